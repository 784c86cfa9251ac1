//! Write-back: `synced: true` and `synced_at` in a note's own frontmatter, where the settings ask for it. The only room that writes into a
//! vault.
//!
//! [`splice()`] decides what the note will be, from its bytes alone. The store is told of that note before [`put`] makes it so: so SQL and
//! file are equal after it, and its own echo is no change.

mod edge;
mod splice;

pub use edge::{Outcome, put, sweep, why_not};
pub use splice::splice;
