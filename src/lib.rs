//! `vault-sync`: an Obsidian vault, mirrored live into SQL and a full-text index. In the order in which a newcomer should read it:
//!
//! `observe -> plan -> parse -> apply -> follow`, over a scope.

#![cfg_attr(test, allow(clippy::needless_pass_by_value, reason = "expectations are written where they are checked"))]

pub mod path; // names and keys
pub mod clock; // time, written down
pub mod nearest; // what was mistyped
pub mod refusal; // exit codes, and errors that know theirs
pub mod points; // where a test may kill
pub mod note; // bytes -> Note, pure
pub mod resolve; // which file a link means, pure
pub mod suggest; // what a link that leads nowhere may have meant, pure
pub mod facts; // what the rows say of a file, pure
pub mod tally; // what many notes say together, pure
#[cfg(test)]
pub mod laws; // what holds whatever the input
pub mod plan; // observed x known -> Plan, pure
pub mod disk; // list and read the vault
pub mod writeback; // `synced: true` in a note, where the settings ask for it
pub mod store; // the `claude` schema on two engines
pub mod index; // the full-text index
pub mod sync; // reconcile(scope): the one path that writes
pub mod verify; // disk = SQL = index, or the differences
pub mod watch; // file events, as scopes
pub mod mirror; // events narrow the scope, for as long as you like
pub mod query; // Obsidian's search language, pure
pub mod search; // question -> confirmed answer
pub mod refresh; // the sync before an answer
pub mod spool; // lookups on their way to SQL
pub mod machine; // who writes
pub mod lock; // one at a time, across processes
pub mod state; // what a search may know without SQL
pub mod config; // flags, environment, sync.toml
pub mod service; // a watcher that the system keeps running
pub mod doctor; // what may be wrong round it, and the cure
pub mod render; // answers as text
pub mod graph; // the link graph, drawn, pure
pub mod stats; // the shape of the vault in figures, pure
pub mod mcp; // what agents may ask
pub mod find; // finding while typing, on a whole screen
pub mod cli; // the surface
