//! `show`: a note's text, by path, name, alias or id.

use super::args::ShowArgs;
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless};
use crate::path::VaultPath;
use crate::store::Vault;
use anyhow::Result;
use serde_json::json;
use std::io::IsTerminal as _;

pub(super) fn run(args: &ShowArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut session = Session::open(surface).await?;
        let mut found: Vec<(Vault, VaultPath)> = Vec::new();
        for vault in session.vaults().await? {
            let paths = session.store.find(&vault, &args.note).await?;
            found.extend(paths.into_iter().map(|path| (vault.clone(), path)));
        }
        let (vault, path) = match found.as_slice() {
            [one] => one,
            [] => return Err(refusal(&format!("no note '{}'", args.note), "`vault-sync ls` lists all files")),
            many => {
                let paths: Vec<&str> = many.iter().map(|(_, path)| path.as_str()).collect();
                return Err(refusal(
                    &format!("'{}' could be {} notes", args.note, many.len()),
                    &format!("give a path: {}", paths.join(", ")),
                ));
            }
        };
        let text = session.store.text(vault, path).await?.unwrap_or_default();
        session.close().await?;
        if surface.global.json {
            surface.json(&json!({"vault": vault.name, "path": path, "text": text}))?;
        } else if std::io::stdout().is_terminal() {
            surface.text(&harmless(&text))?;
        } else {
            surface.text(&text)?;
        }
        Ok(Exit::Success)
    })
}

fn refusal(message: &str, hint: &str) -> anyhow::Error {
    Refusal { exit: Exit::Findings, message: harmless(message), hint: Some(harmless(hint)) }.into()
}
