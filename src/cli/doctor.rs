//! `doctor`: what is wrong round the mirror, with the cure for each; `--fix` does what is safe. Works without a configuration or a database.

use super::args::DoctorArgs;
use super::session::block_on;
use super::{Exit, Surface, in_words, one_line};
use crate::doctor::{self, Finding, Grade};
use anyhow::Result;
use serde_json::json;
use std::fmt::Write as _;
use std::io::IsTerminal as _;

pub(super) fn run(args: &DoctorArgs, surface: &Surface) -> Result<Exit> {
    let flags = surface.global.flags();
    let (mut findings, settings) = block_on(async { Ok(doctor::examine(&flags).await) })?;
    let mut mended = Vec::new();
    if let Some(settings) = settings.filter(|_| args.fix) {
        mended = block_on(async { Ok(doctor::mend(&findings, &settings).await) })?;
        if !mended.is_empty() {
            findings = block_on(async { Ok(doctor::examine(&flags).await.0) })?;
        }
    }
    let n_failed = mended.iter().filter(|done| done.outcome.is_err()).count();
    if surface.global.json {
        let done = mended.iter().map(|done| json!({"what": done.what, "error": done.outcome.as_ref().err().map(in_words)}));
        let n_wrong = findings.iter().filter(|finding| finding.grade == Grade::Wrong).count();
        surface.json(&json!({"findings": findings, "fixed": done.collect::<Vec<_>>(), "wrong": n_wrong}))?;
    } else {
        let mut text = String::new();
        for done in &mended {
            match &done.outcome {
                Ok(()) => writeln!(text, "fixed  {}", one_line(&done.what))?,
                Err(error) => writeln!(text, "failed {}: {}", one_line(&done.what), one_line(&in_words(error)))?,
            }
        }
        let has_colour = surface.has_colour() && std::io::stdout().is_terminal();
        findings.iter().try_for_each(|finding| write!(text, "{}", shown(finding, has_colour)))?;
        surface.text(&text)?;
    }
    let is_well = n_failed == 0 && findings.iter().all(|finding| finding.grade != Grade::Wrong);
    Ok(if is_well { Exit::Success } else { Exit::Findings })
}

fn shown(finding: &Finding, has_colour: bool) -> String {
    let (word, colour) = match finding.grade {
        Grade::Ok => ("ok", "32"),
        Grade::Note => ("note", "33"),
        Grade::Wrong => ("wrong", "31"),
    };
    let word = format!("{word:<6}");
    let word = if has_colour { format!("\x1b[{colour}m{word}\x1b[0m") } else { word };
    let cure = finding.cure.as_deref().map(|cure| format!("       -> {}\n", one_line(cure))).unwrap_or_default();
    format!("{word} {}: {}\n{cure}", finding.check, one_line(&finding.sentence))
}
