//! `ls`: every live file of the vault.

use super::session::{Session, block_on};
use super::{Exit, Surface, harmless};
use anyhow::Result;
use serde_json::json;

pub(super) fn run(surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut session = Session::open(surface).await?;
        let mut rows = Vec::new();
        for vault in session.vaults().await? {
            rows.extend(session.store.list(&vault).await?);
        }
        session.close().await?;
        if surface.global.json {
            surface.json(&json!({"results": rows, "total": rows.len()}))?;
        } else {
            surface.text(&rows.iter().map(|row| harmless(row.path.as_str()) + "\n").collect::<String>())?;
        }
        Ok(Exit::Success)
    })
}
