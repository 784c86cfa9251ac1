//! `dump` (hidden): what equal means, as text.

use super::session::{Session, block_on};
use super::{Exit, Surface};
use anyhow::Result;

pub(super) fn run(surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut session = Session::open(surface).await?;
        for vault in session.vaults().await? {
            let dump = session.store.dump(&vault).await?;
            surface.text(&(crate::render::json_harmless(&serde_json::to_string_pretty(&dump)?) + "\n"))?;
        }
        session.close().await?;
        Ok(Exit::Success)
    })
}
