//! Comment and math blocks: the two constructs of Obsidian that span blocks and that no Markdown parser knows.
//!
//! A line that begins with `%%` (or `$$`) and has no other such sign opens a block, which ends at the next `%%` (or at a line that ends in
//! `$$`), else with the text. Found beforehand, so that the Markdown parser sees only what lies between; cut once more where [`Starts`] says so.

use super::depth;
use super::starts::{Starts, starts_item};
use memchr::memmem;
use std::ops::Range;

/// A piece of a text; the pieces follow one another without a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// What the Markdown parser may read in one go.
    Markdown(Range<usize>),
    /// A comment, with its fences. Links and tags in it count, headings and list items do not.
    Comment(Range<usize>),
    /// Nothing in it counts.
    Math(Range<usize>),
}

/// What a text is cut into.
#[derive(Debug)]
pub(super) struct Regions {
    pub list: Vec<Region>,
    /// The first marker that is nested too deeply for the Markdown parser.
    pub deep: Option<usize>,
}

/// Cuts the text from `start` on into its regions.
pub(super) fn regions(text: &str, start: usize) -> Regions {
    let (mut regions, mut deep) = (Vec::new(), None);
    let (mut from, mut at) = (start, start);
    let (mut code, mut is_list, mut starts) = (None, false, Starts::default());
    while let Some(&first) = text.as_bytes().get(at) {
        // Of all lines a third is blank, and there is nothing to be found in them.
        if first == b'\n' && code.is_none() {
            starts.goes_on("", is_list);
            at += 1;
            continue;
        }
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end);
        let line = &text[at..line_end];
        let mut next = line_end + 1;
        if line.len() > depth::SHORT {
            deep = deep.or_else(|| Some(at + depth::deep_marker(line.as_bytes())?));
        }
        if code.is_none() && starts.goes_on(line, is_list) {
            is_list = matches!(line.as_bytes(), [b'-' | b'*' | b'+', b' ', ..]);
        } else {
            let was_list = is_list;
            is_list = starts_item(line) || (was_list && (line.is_empty() || line.starts_with([' ', '\t'])));
            if code.is_some() {
                starts.restart();
            } else if starts.begins_block(line, text.get(next..).unwrap_or_default(), was_list) {
                push_markdown(&mut regions, from..at);
                from = at;
            }
            // Signs in code are code, and what is indented in a list belongs to its item.
            if is_code(line, &mut code) || (is_list && line.starts_with("  ")) {
                at = next;
                continue;
            }
        }
        if let Some(opener) = opener(line) {
            push_markdown(&mut regions, from..at);
            let start = at + opener;
            let (end, region) = if text[start..].starts_with('%') {
                let end = comment_end(text, start + 2);
                deep = deep.or_else(|| Some(start + 2 + depth::deep_markers(&text[start + 2..end]).next()?));
                (end, Region::Comment(start..end))
            } else {
                let end = math_end(text, next.min(text.len()));
                (end, Region::Math(start..end))
            };
            regions.push(region);
            (from, next) = (end, end);
        }
        at = next;
    }
    push_markdown(&mut regions, from..text.len());
    Regions { list: regions, deep }
}

fn push_markdown(regions: &mut Vec<Region>, range: Range<usize>) {
    if !range.is_empty() {
        regions.push(Region::Markdown(range));
    }
}

/// Returns where `%%` or `$$` stands on a line that begins with it and has it only once.
fn opener(line: &str) -> Option<usize> {
    let indent = line.bytes().take_while(|&byte| byte == b' ').count();
    let [sign @ (b'%' | b'$'), second, rest @ ..] = &line.as_bytes()[indent..] else { return None };
    (indent <= 3 && second == sign && memchr::memchr(*sign, rest).is_none()).then_some(indent)
}

/// Returns the end of the comment whose text begins at `at`.
fn comment_end(text: &str, at: usize) -> usize {
    memmem::find(&text.as_bytes()[at..], b"%%").map_or(text.len(), |close| at + close + 2)
}

/// Returns the end of the first line from `at` on that ends in `$$`; the end of the text if there is none.
fn math_end(text: &str, at: usize) -> usize {
    for found in memmem::find_iter(&text.as_bytes()[at..], b"$$") {
        let rest = &text[at + found + 2..];
        let after = rest.trim_start_matches([' ', '\t', '$']);
        if after.is_empty() || after.starts_with('\n') {
            return text.len() - after.len();
        }
    }
    text.len()
}

/// Returns whether the line is part of fenced code, and keeps in `code` the fence that is open. Fences count at any indentation and in quotes
/// and lists: to take one for text would cost more than to miss a comment.
fn is_code(line: &str, code: &mut Option<(u8, usize)>) -> bool {
    let n_markers = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'-' | b'*' | b'+')).count();
    let bare = &line[n_markers..];
    let sign = bare.bytes().next().unwrap_or_default();
    if !matches!(sign, b'`' | b'~') {
        return code.is_some();
    }
    let length = bare.bytes().take_while(|&byte| byte == sign).count();
    let is_fence = length >= 3;
    let rest = &bare[if is_fence { length } else { 0 }..];
    match *code {
        None if is_fence && !(sign == b'`' && rest.contains('`')) => *code = Some((sign, length)),
        None => return false,
        Some((open, n)) if is_fence && sign == open && length >= n && rest.trim().is_empty() => *code = None,
        Some(_) => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let show = |region| match region {
            Region::Markdown(range) => format!("m:{}", &text[range]),
            Region::Comment(range) => format!("c:{}", &text[range]),
            Region::Math(range) => format!("$:{}", &text[range]),
        };
        assert_eq!(regions(text, 0).list.into_iter().map(show).collect::<Vec<_>>(), expected, "{text:?}");
    }

    #[test]
    fn a_comment_runs_to_the_next_sign() {
        check("a\n%%\n# b\n%% c\nd", &["m:a\n", "c:%%\n# b\n%%", "m: c\nd"]);
        check(" %% kanban\nx\n%%", &["c:%% kanban\nx\n%%"]);
        check("%%\nopen", &["c:%%\nopen"]);
    }

    #[test]
    fn a_comment_within_a_line_is_no_block() {
        for text in ["%%a%% b\n", "a %%\nb\n", "    %%\n", "%%%\na", "plain"] {
            check(text, &[&format!("m:{text}")]);
        }
    }

    #[test]
    fn math_runs_to_a_line_that_ends_in_its_sign() {
        check("$$\n# a\n$$\nb", &["$:$$\n# a\n$$", "m:\nb"]);
        check("$$x\ny $$ z\nw $$ \nb", &["$:$$x\ny $$ z\nw $$ ", "m:\nb"]);
        check("$$x$$\n", &["m:$$x$$\n"]);
    }

    #[test]
    fn signs_in_code_and_in_list_items_are_theirs() {
        for text in ["- a\n\n  $$\n  x\n  $$\n", "1. a\n   %%\n"] {
            check(text, &[&format!("m:{text}")]);
        }
        check("- a\nb\n  %%\n", &["m:- a\nb\n", "c:%%\n"]);
        for text in ["```\n%%\n```\n", "- ~~~\n  $$\n  ~~~\n", "````\n```\n%%\n````"] {
            check(text, &[&format!("m:{text}")]);
        }
        check("``` `x`\n%%\n", &["m:``` `x`\n", "c:%%\n"]);
    }
}
