//! List items as source: where one begins, and the character in a task's brackets.
//!
//! Markdown parsers know only `[ ]` and `[x]`; in Obsidian any one character makes a task.

/// Returns where a list item begins, given where the Markdown parser says so. Before a tab that it took apart it is off by some bytes.
pub(super) fn start_of_item(text: &str, reported: usize) -> usize {
    let marker = reported + text[reported..].bytes().take_while(u8::is_ascii_whitespace).count();
    if text[reported..marker].contains(['\n', '\t']) { marker } else { reported }
}

/// The marker that a list item begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker {
    /// What tells lists apart: the bullet, or the sign after a number.
    pub(super) sign: u8,
    /// Where it ends.
    pub(super) end: usize,
    is_one_digit: bool,
}

/// Returns the marker at `start` of the text, white space before it aside.
pub(super) fn marker(text: &str, start: usize) -> Option<Marker> {
    let at = start + text[start..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let n_digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let sign = *text.as_bytes().get(at + n_digits)?;
    let end = at + n_digits + 1;
    let is_marker = if n_digits > 0 { matches!(sign, b'.' | b')') } else { matches!(sign, b'-' | b'*' | b'+') };
    let is_free = text.as_bytes().get(end).is_none_or(u8::is_ascii_whitespace);
    (is_marker && is_free).then_some(Marker { sign, end, is_one_digit: n_digits == 1 })
}

/// Returns the character between the brackets that follow the marker of the item at `start`, when a space or tab follows them.
pub(super) fn state(text: &str, start: usize) -> Option<char> {
    Some(task_box(text, start)?.0)
}

/// Returns where the content begins that follows the box of the task at `start`.
pub fn content(text: &str, start: usize) -> Option<usize> {
    Some(task_box(text, start)?.1)
}

/// Returns the character in the box of the task at `start`, and where the content begins that follows it.
fn task_box(text: &str, start: usize) -> Option<(char, usize)> {
    let end = marker(text, start)?.end;
    let rest = &text[end..];
    let n_spaces = rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let mut chars = rest[n_spaces..].strip_prefix('[')?.chars();
    let state = chars.next().filter(|&c| c != '\n')?;
    let is_box = chars.as_str().strip_prefix(']')?.starts_with([' ', '\t']);
    is_box.then(|| (state, end + n_spaces + "[] ".len() + state.len_utf8()))
}

/// Returns whether the lines below the item at `start` belong to it by one more space than its text stands in. So Obsidian's parser has
/// them after `1. `, but not after `1) ` or `10. `: it shifts a short number to make its length even.
pub(super) fn is_shifted(text: &str, start: usize) -> bool {
    let Some(marker) = marker(text, start).filter(|marker| marker.is_one_digit && marker.sign == b'.') else { return false };
    let n_spaces = text[marker.end..].bytes().take_while(|&byte| byte == b' ').count();
    (marker.end - start + n_spaces) % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_one_character_makes_a_task() {
        for (item, expected) in [
            ("- [ ] a", Some(' ')),
            ("  * [x] a", Some('x')),
            ("12) [/]\ta", Some('/')),
            ("+ [é] a", Some('é')),
            ("- []] a", Some(']')),
            ("- [] a", None),
            ("- [ab] a", None),
            ("- [x]a", None),
            ("- [ ]", None),
            ("-", None),
            ("-[ ] a", None),
            ("- a", None),
        ] {
            assert_eq!(state(item, 0), expected, "{item}");
        }
    }

    #[test]
    fn a_short_number_is_shifted() {
        for (item, expected) in [("1. a", true), (" 1. a", false), ("1.  a", false), ("1) a", false), ("10. a", false), ("- a", false)] {
            assert_eq!(is_shifted(item, 0), expected, "{item}");
        }
    }

    #[test]
    fn the_content_of_a_task_follows_its_box() {
        assert_eq!(content("- [é] 1. a", 0).map(|at| &"- [é] 1. a"[at..]), Some("1. a"));
        assert_eq!(content("- a", 0), None);
    }

    #[test]
    fn an_item_behind_a_tab_begins_at_its_marker() {
        assert_eq!(start_of_item("- a\n\t- b", 3), 5);
        assert_eq!(start_of_item("- a\n    - b", 6), 6);
    }
}
