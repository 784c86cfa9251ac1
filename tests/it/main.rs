//! Black-box tests, one target: each further one would link tantivy and SQLite again. `tests/README.md` says what belongs where.

#![allow(unreachable_pub, reason = "one crate, nobody reaches in")]
#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod agents; // what they meet, by their own client
mod agreement; // lists = inspect = resolve
mod away; // the database, for a while
mod browser; // the page of a graph, where people look at it
mod clients; // who starts a server, and by which line
mod changes; // the change feed, for those who follow it
mod crash; // a kill is an ordinary event
mod exec; // `watch --exec`: beside the mirror, never in its way
mod failing; // a disk that fails, or takes nothing
mod faults; // what the machine refuses
mod damage; // torn, gone, foreign
mod feed; // the change feed, and what leaves it
mod followers; // machines without the files
mod finding; // while typing, on a terminal
mod fresh; // answers while nobody watches
mod crowd; // sixteen at a time
mod doctor; // damage, found and mended
mod equivalence; // watching = resync = fresh
mod guide; // its statements, as they stand
mod help; // on one screen, with examples that work
mod hits; // how much of an answer is shown, and what is counted
mod hostile; // notes and names made to do harm
mod init; // the first minutes
mod inspect; // what a note parses to, where a link leads
mod json; // what programs read, and that it stays
mod leases; // one machine writes a vault
mod ledger; // every file counts once, and why
mod lists; // what they list, in which order and form
mod legacy; // what the schemas of old hold
mod load; // a first load, which leaves indexes for its end
mod log; // every search once, and what is said of them
mod large; // notes that outgrow what may be read
mod manners; // exit codes, streams, hints
mod migrating; // who migrates, from where, and what stays
mod dependents; // what others have built on columns
mod service; // one that the system keeps running
#[cfg(target_os = "linux")]
mod notified; // a manager, of how a watch is
mod operators; // those that Obsidian has not
mod packages; // and images, as far as no engine is needed
mod pages; // what the docs are made of
mod pictures; // what is drawn of a vault
mod postgres; // a server of our own, one database a test
mod saves; // how programs save, played under `watch`
mod ranking; // which hit goes first, and why
mod settings; // what a server has set for all who come
mod schema; // 51 tables, what fills them, what the registries say
mod scripts; // every script alike
mod secrets; // the ways into PostgreSQL, and what is not shown
mod shells; // what they complete, and the manual
mod sql; // reads, and nothing else
mod stepped; // stops at each named point
mod statements; // each is prepared on both engines
mod symlinks; // where they are followed, and where never
mod takeover; // a schema that was there before us
mod story; // one story on both engines
mod search; // what it finds and says
mod private; // what is, and where nothing of it stays
mod readme; // its answers are today's
mod support; // a home, a vault and the binary
mod teams; // machines under faults
mod terminal; // what notes say to it
mod tidy; // the rules of the house
mod told; // each change once, whoever is killed
mod trials; // what a system does to a watcher
mod trips; // how often the database is spoken to
mod unharmed; // not a bit of the vault, not a row by accident
mod verify; // each row that is wrong, and nothing else
mod verifying; // each file and document, too
mod vaults; // literal vaults, each with what it must give
mod watching; // `watch` from outside
mod watcher; // real events, real batches
mod writeback; // what a note is told
