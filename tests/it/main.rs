//! Black-box tests, one target: each further one would link tantivy and SQLite again. `tests/README.md` says what belongs where.

mod postgres; // a server of our own, one database a test
mod support; // a home, a vault and the binary
