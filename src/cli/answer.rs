//! An answer to a search on its way out: cut to fit, in the format that was asked for, what else there is to say on stderr.

use super::args::{Format, SearchArgs};
use super::{Exit, Refusal, Surface, harmless, one_line};
use crate::render::budget::{self, Budget};
use crate::render::{self, Passages};
use crate::search::{Answer, Cut, Hit, Suggestions};
use anyhow::Result;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// Refuses what a format has no place for.
pub(super) fn refuse_unshown(format: Format, args: &SearchArgs) -> Result<()> {
    let flag = match format {
        Format::Text | Format::Json => return Ok(()),
        _ if !args.hits.facet.is_empty() => "--facet",
        _ if args.hits.count => "--count",
        _ => return Ok(()),
    };
    let message = format!("{flag} counts, and this format has place for hits only");
    Err(Refusal { exit: Exit::Usage, message, hint: Some("use it with --json, or without --format".to_owned()) }.into())
}

/// Prints an answer, as much of it as fits, and returns that.
pub(super) fn print(
    mut answer: Answer,
    format: Format,
    args: &SearchArgs,
    roots: &[(String, PathBuf)],
    surface: &Surface,
) -> Result<Answer> {
    let is_for_people = format == Format::Text && std::io::stdout().is_terminal();
    let passages = match args.hits.context {
        None if !args.hits.all_lines && !is_for_people => Passages::Best,
        _ => Passages::All,
    };
    let shown = |answer: &Answer| match format {
        Format::Json => surface.document(answer).expect("an answer is plain data"),
        Format::Jsonl => render::json_lines(answer),
        Format::Csv => render::csv(answer),
        Format::Path => render::paths(answer, args.output.end_of_path()),
        Format::Text if args.hits.count => format!("{}\n{}", answer.total, render::facets(answer, is_for_people, surface.has_colour())),
        Format::Text if is_for_people => render::on_terminal(answer, roots, surface.has_colour()),
        Format::Text => render::in_pipe(answer, passages),
    };
    let budget = Budget { bytes: args.hits.max_bytes, tokens: args.hits.max_tokens };
    let text = if budget == Budget::default() {
        shown(&answer)
    } else {
        keep_shown(&mut answer.results, format, passages);
        budget::fit(&mut answer, budget, shown)
    };
    if format != Format::Json {
        answer.plan.iter().for_each(|plan| surface.note(&format!("vault-sync: the index was asked for {}", harmless(plan))));
        if !is_for_people {
            let sums = answer.results.iter().filter_map(|hit| Some(format!("{}: {}", hit.path, render::sum(hit)?)));
            sums.for_each(|sum| surface.note(&one_line(&sum)));
        }
        answer.warnings.iter().for_each(|warning| surface.note(&format!("vault-sync: {}", harmless(warning))));
        let is_empty = answer.results.is_empty();
        let has_said = answer.suggestions.as_ref().is_some_and(|suggestions| suggest(suggestions, is_empty, surface));
        // On a terminal the answer itself says so.
        if answer.total == 0 && is_empty && !has_said && format == Format::Text && !is_for_people && !args.hits.count {
            surface.note("vault-sync: nothing matches");
        }
    }
    if let Some(cut) = answer.cut.filter(|_| format != Format::Json) {
        surface.note(&format!("vault-sync: {}", said(cut, args.offset + answer.results.len())));
    }
    if budget.is_over(&text) {
        surface.note(&format!("vault-sync: {} bytes remain without any hit: that is the least", text.len()));
    }
    match format {
        Format::Text | Format::Json => surface.text(&text)?,
        _ => surface.raw(&text)?,
    }
    Ok(answer)
}

/// Forgets passages that the format does not show, so that they are neither measured nor counted as left out.
fn keep_shown(hits: &mut [Hit], format: Format, passages: Passages) {
    let n_shown = match format {
        Format::Path => 0,
        Format::Csv => 1,
        Format::Text if passages == Passages::Best => 1,
        _ => return,
    };
    hits.iter_mut().for_each(|hit| hit.passages.truncate(n_shown));
}

fn said(cut: Cut, next: usize) -> String {
    let counted = |n: usize, what: &str| (n > 0).then(|| format!("{n} {what}{}", if n == 1 { "" } else { "s" }));
    let all = [counted(cut.hits, "hit"), counted(cut.passages, "passage"), counted(cut.facets, "counted value")];
    let all: Vec<String> = all.into_iter().flatten().collect();
    let go_on = if cut.hits > 0 { format!("; --offset {next} goes on") } else { String::new() };
    format!("left out to fit: {}{go_on}", all.join(", "))
}

/// Says what may have been meant, and returns whether there was anything to say. Where related hits are shown, only unknown words are worth
/// a line.
fn suggest(suggestions: &Suggestions, is_empty: bool, surface: &Surface) -> bool {
    let mut said = Vec::new();
    let counted = |words: Vec<(&str, usize)>| {
        let words = words.into_iter().map(|(word, n)| format!("{} ({n})", harmless(word)));
        words.collect::<Vec<_>>().join(", ")
    };
    for asked in suggestions.words.iter().filter(|asked| asked.count == 0) {
        let near = counted(asked.near.iter().map(|near| (near.term.as_str(), near.count)).collect());
        let near = if near.is_empty() { near } else { format!("; near to it: {near}") };
        said.push(format!("nothing has '{}'{near}", harmless(&asked.word)));
    }
    let is_known = suggestions.words.iter().all(|asked| asked.count > 0);
    if is_known && is_empty && suggestions.words.len() > 1 {
        let words = counted(suggestions.words.iter().map(|asked| (asked.word.as_str(), asked.count)).collect());
        said.push(format!("nothing has all of this; alone there are {words}"));
    }
    if let Some(query) = &suggestions.query {
        said.push(format!("did you mean: {}", harmless(query)));
    }
    said.iter().for_each(|said| surface.note(&format!("vault-sync: {said}")));
    !said.is_empty()
}
