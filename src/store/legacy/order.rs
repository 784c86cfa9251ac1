//! Rows that refer to rows of their own table, put in an order in which each finds what it refers to.

use super::row::Draft;
use std::collections::HashSet;

/// Returns the rows in order, and those that wait for one that does not come. `there` gets the keys of those that come.
pub(super) fn in_order(
    table: &str,
    drafts: Vec<Draft>,
    columns: &[String],
    there: &mut HashSet<String>,
    left_out: &HashSet<(String, String)>,
) -> (Vec<Draft>, Vec<Draft>) {
    let (mut ordered, mut waiting) = (Vec::new(), Vec::new());
    let mut stays: HashSet<String> = left_out.iter().filter(|(of, _)| of == table).map(|(_, key)| key.clone()).collect();
    let mut open = drafts;
    while !open.is_empty() {
        let is_ready = |draft: &Draft| parents(draft, columns).all(|(_, parent)| there.contains(parent));
        let (ready, rest): (Vec<Draft>, Vec<Draft>) = open.into_iter().partition(is_ready);
        open = rest;
        let has_come = !ready.is_empty();
        there.extend(ready.iter().filter_map(|draft| draft.key.clone()));
        ordered.extend(ready);
        if has_come {
            continue;
        }
        // Whoever waits for one that never comes goes on without; in a circle the first does.
        let keys: HashSet<String> = open.iter().filter_map(|draft| draft.key.clone()).collect();
        let mut is_stuck = true;
        let mut rest = Vec::new();
        for mut draft in open {
            let missing: Vec<(String, String)> = parents(&draft, columns)
                .filter(|(_, parent)| !there.contains(*parent) && !keys.contains(*parent))
                .map(|(name, parent)| (name.to_owned(), parent.to_owned()))
                .collect();
            is_stuck &= missing.is_empty();
            if let Some((name, parent)) = missing.iter().find(|(_, parent)| stays.contains(parent)) {
                draft.faults.push(format!("its {name} waits for claude.{table} {parent}, which is left out"));
                stays.extend(draft.key.clone());
                waiting.push(draft);
                continue;
            }
            for (name, parent) in missing {
                draft.part_with(&name, &format!("claude.{table} has no {parent}: {name} is left empty"));
            }
            rest.push(draft);
        }
        open = rest;
        if is_stuck && let Some(draft) = open.first_mut() {
            let first = parents(draft, columns).map(|(name, _)| name.to_owned()).next();
            if let Some(name) = first {
                draft.part_with(&name, &format!("{name} leads in a circle: it is left empty"));
            }
        }
    }
    (ordered, waiting)
}

/// Returns what a row refers to in its own table, but for itself.
fn parents<'a>(draft: &'a Draft, columns: &'a [String]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let given = columns.iter().filter_map(|name| Some((name.as_str(), draft.values.get(name)?.as_str())));
    given.filter(|(_, parent)| draft.key.as_deref() != Some(parent))
}
