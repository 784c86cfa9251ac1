//! `show`: a note's text, by path, name, alias or id.

use super::args::ShowArgs;
use super::session::{Session, block_on};
use super::{Exit, Surface};
use anyhow::Result;
use serde_json::json;

pub(super) fn run(args: &ShowArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut session = Session::open(surface).await?;
        let (vault, path) = session.one_file(&args.note).await?;
        let text = session.store.text(&vault, &path).await?.unwrap_or_default();
        session.close().await?;
        if surface.global.json {
            surface.json(&json!({"vault": vault.name, "path": path, "text": text}))?;
        } else {
            surface.raw(&text)?;
        }
        Ok(Exit::Success)
    })
}
