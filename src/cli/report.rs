//! A run's report, for people and as JSON: what was added, changed, renamed, archived, unchanged, excluded and failed.

use super::one_line;
use crate::store::Why;
use crate::sync::Report;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// So many notes with problems are listed without being asked for.
const FEW: usize = 5;

pub(super) fn json(vault: &str, report: &Report) -> Value {
    let problems = report.problems.iter().map(|(path, problems)| json!({"path": path, "problems": problems}));
    let changes: Vec<_> = report.changes().collect();
    json!({
        "vault": vault,
        "counts": report.counts(),
        "revision": report.revision,
        "changes": changes,
        "left_out": report.left_out.values().collect::<Vec<_>>(),
        "problems": problems.collect::<Vec<_>>(),
    })
}

pub(super) fn text(vault: &str, report: &Report, in_full: bool) -> String {
    let counts = report.counts();
    let some = ["added", "modified", "renamed", "returned", "archived", "unchanged", "excluded", "private", "failed", "written_back"];
    let said: Vec<String> =
        some.iter().filter(|name| counts[**name] > 0).map(|name| format!("{} {}", counts[*name], name.replace('_', " "))).collect();
    let mut text = format!("{}: {}\n", one_line(vault), if said.is_empty() { "no files".to_owned() } else { said.join(", ") });
    for left in report.left_out.values().filter(|l| in_full || l.outcome == Why::Failed) {
        let _ = writeln!(text, "  {}: {} ({})", left.outcome.as_str(), one_line(left.path.as_str()), one_line(&left.reason));
    }
    let shown = if in_full { usize::MAX } else { FEW };
    for (path, problems) in report.problems.iter().take(shown) {
        for problem in problems {
            let message = one_line(problem.message.lines().next().unwrap_or_default());
            let _ = writeln!(text, "  {}:{}:{}: {message}", one_line(path.as_str()), problem.line, problem.column);
        }
    }
    let rest = report.problems.len().saturating_sub(shown);
    if rest > 0 {
        let _ = writeln!(text, "  and {rest} more notes with problems; -v lists them");
    }
    text
}
