//! List items as source: where one begins, and the character in a task's brackets.
//!
//! Markdown parsers know only `[ ]` and `[x]`; in Obsidian any one character makes a task.

/// Returns where a list item begins, given where the Markdown parser says so. Before a tab that it took apart it is off by some bytes.
pub fn start_of_item(text: &str, reported: usize) -> usize {
    let marker = reported + text[reported..].bytes().take_while(u8::is_ascii_whitespace).count();
    if text[reported..marker].contains(['\n', '\t']) { marker } else { reported }
}

/// Returns the character between the brackets that follow the marker of the item at `start`, when a space or tab follows them.
pub fn state(text: &str, start: usize) -> Option<char> {
    let item = text[start..].trim_start_matches([' ', '\t']);
    let rest = item.trim_start_matches(|c: char| c.is_ascii_digit());
    let rest = if rest.len() < item.len() { rest.strip_prefix(['.', ')']) } else { rest.strip_prefix(['-', '*', '+']) };
    let rest = rest?.trim_start_matches([' ', '\t']).strip_prefix('[')?;
    let mut chars = rest.chars();
    let state = chars.next().filter(|&c| c != '\n')?;
    chars.as_str().strip_prefix(']')?.starts_with([' ', '\t']).then_some(state)
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
            ("- a", None),
        ] {
            assert_eq!(state(item, 0), expected, "{item}");
        }
    }

    #[test]
    fn an_item_behind_a_tab_begins_at_its_marker() {
        assert_eq!(start_of_item("- a\n\t- b", 3), 5);
        assert_eq!(start_of_item("- a\n    - b", 6), 6);
    }
}
