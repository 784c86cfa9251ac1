//! What hits have in common, as text.

use super::{Style, one_line};
use crate::search::{Answer, Counted};
use std::fmt::Write as _;

/// Values of a facet that a terminal shows.
const MOST: usize = 10;

/// Returns the facets of an answer: as a table for a terminal, the first values of each; for a pipe one value a line, after facet and count.
pub fn facets(answer: &Answer, is_terminal: bool, has_colour: bool) -> String {
    let mut text = String::new();
    for (name, values) in answer.facets.iter().flatten() {
        let _ = if is_terminal {
            table(&mut text, name, values, &Style { has_colour })
        } else {
            values.iter().try_for_each(|counted| writeln!(text, "{}\t{}\t{}", one_line(name), counted.count, shown(counted)))
        };
    }
    text
}

fn table(text: &mut String, name: &str, values: &[Counted], style: &Style) -> std::fmt::Result {
    writeln!(text, "{}", style.paint("1", &one_line(name)))?;
    for counted in values.iter().take(MOST) {
        writeln!(text, "{}  {}", style.paint("32", &format!("{:>5}", counted.count)), shown(counted))?;
    }
    match values.len().saturating_sub(MOST) {
        0 => writeln!(text),
        n_more => writeln!(text, "{}\n", style.paint("2", &format!("       and {n_more} more"))),
    }
}

fn shown(counted: &Counted) -> String {
    one_line(&counted.value.as_str().map_or_else(|| counted.value.to_string(), str::to_owned))
}
