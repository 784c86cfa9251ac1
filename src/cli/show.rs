//! `show`: a note's text, by path, name, alias or id; or a part of it.

mod part;

use super::args::ShowArgs;
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless};
use crate::clock::Timestamp;
use crate::nearest::nearest;
use crate::path::FileKind;
use crate::search::{self, Patience};
use crate::state;
use anyhow::Result;
use part::{Outline, Span};
use serde_json::json;

pub(super) fn run(args: &ShowArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut session = Session::open(surface).await?;
        let (vault, path) = session.one_file(&args.note).await?;
        let text = session.store.text(&vault, &path).await?.unwrap_or_default();
        let settings = &session.settings;
        let (state, now_ms) = (state::read(&settings.data_dir.value), Timestamp::now().millis());
        let freshness = search::freshness(&settings.index_dir(), &session.sites, &state, now_ms, Patience::Glance);
        session.close().await?;
        let outline = Outline::of(if path.kind() == FileKind::Note { &text } else { "" });
        let n_lines = text.lines().count();
        let span = wanted(args, &outline, n_lines)?;
        let shown = span.of(&text);
        if surface.global.json {
            surface.json(&json!({
                "vault": vault.name,
                "path": path,
                "text": shown,
                "line": span.first,
                "end_line": span.last,
                "lines": n_lines,
                "headings": outline.headings,
                "freshness": freshness,
                "warnings": freshness.warnings(),
            }))?;
        } else {
            freshness.warnings().iter().for_each(|warning| surface.note(&format!("vault-sync: {}", harmless(warning))));
            surface.raw(shown)?;
        }
        Ok(Exit::Success)
    })
}

/// Returns the lines that the flags ask for.
fn wanted(args: &ShowArgs, outline: &Outline, n_lines: usize) -> Result<Span> {
    let whole = Span { first: 1, last: n_lines };
    let refusal = |exit, message, hint| Err(Refusal { exit, message, hint: Some(hint) }.into());
    if let Some(lines) = &args.lines {
        return match Span::parse(lines, n_lines) {
            Some(span) if span.first <= n_lines.max(1) => Ok(span),
            Some(_) => refusal(Exit::Findings, format!("there is no line {}", harmless(lines)), format!("it has {n_lines} lines")),
            None => refusal(Exit::Usage, format!("'{}' are no lines", harmless(lines)), "write them as 12, 12-40 or 12-".to_owned()),
        };
    }
    let Some(name) = &args.section else { return Ok(whole) };
    if let Some(span) = outline.find(name, n_lines) {
        return Ok(span);
    }
    let near = nearest(name, outline.headings.iter().map(|heading| heading.heading.as_str()));
    let hint = match near {
        Some(near) => format!("did you mean '{}'?", harmless(near)),
        None if outline.headings.is_empty() => "it has no headings".to_owned(),
        None => "`vault-sync show --json` lists its headings".to_owned(),
    };
    refusal(Exit::Findings, format!("no section '{}'", harmless(name)), hint)
}
