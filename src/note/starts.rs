//! Where a block begins to Obsidian's parser, but not in CommonMark. Found line by line, before the Markdown parser sees the text: it is cut
//! there, and each piece then begins as Obsidian has it.
//!
//! - An empty bullet ends a paragraph. In CommonMark `Tasks:` above `- ` is a heading, because it takes the bullet for an underline.
//! - An item of a list ends HTML that stands below the item before. In CommonMark it goes on to the next blank line.
//! - What is indented as code, or is a heading by the line below, ends a quote. In CommonMark it goes on with the quote's text.

/// What stands above a line without a blank line between, as far as it matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Above {
    #[default]
    Nothing,
    /// A paragraph of so many lines.
    Paragraph(usize),
    Quote,
    /// HTML below the item of a list.
    HtmlInList,
    /// Anything that such a line goes on with as CommonMark has it.
    Other,
}

/// Knows the lines above the next one.
#[derive(Default)]
pub(super) struct Starts {
    above: Above,
}

impl Starts {
    /// Forgets the lines above: they are code.
    pub(super) fn restart(&mut self) {
        self.above = Above::Nothing;
    }

    /// Takes the next line if it is clear at a glance that no block begins with it, and returns whether it was. Most lines are so: blank,
    /// text, headings, and items with a text.
    pub(super) fn goes_on(&mut self, line: &str, is_list: bool) -> bool {
        let Some(&first) = line.as_bytes().first() else {
            self.above = Above::Nothing;
            return true;
        };
        self.above = match (self.above, first) {
            (Above::Quote, _) | (_, b' ' | b'\t' | b'>' | b'_' | b'0'..=b'9' | b'`' | b'~') => return false,
            (Above::HtmlInList, b'-' | b'*' | b'+') => return false,
            (_, b'-' | b'*' | b'+') if !is_plain_item(line) && line != "---" => return false,
            (_, b'<') if is_list => return false,
            (Above::HtmlInList, _) => Above::HtmlInList,
            (Above::Other, _) => Above::Other,
            _ if is_list => Above::Other,
            _ if is_one_line(line) => Above::Nothing,
            (Above::Nothing, b'<') => Above::Other,
            (Above::Nothing, _) => Above::Paragraph(1),
            (Above::Paragraph(n_lines), _) => Above::Paragraph(n_lines + 1),
        };
        true
    }

    /// Takes the next line and returns whether a block begins with it. `rest` is what follows the line; `is_list` says that the lines above
    /// leave a list open.
    pub(super) fn begins_block(&mut self, line: &str, rest: &str, is_list: bool) -> bool {
        let indent = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let bare = &line[indent..];
        let is_indented = line.starts_with('\t') || indent > 3;
        let begins = match self.above {
            _ if bare.is_empty() => false,
            // Further in, an item is part of the one above, and so of its HTML.
            Above::HtmlInList => indent < 2 && starts_item(line),
            _ if is_list => false,
            Above::Quote => !bare.starts_with('>') && (is_indented || is_underlined(rest)),
            Above::Paragraph(n_lines) => !is_indented && is_empty_item(bare, n_lines),
            Above::Nothing | Above::Other => false,
        };
        self.above = match (self.above, bare.bytes().next()) {
            (_, None) => Above::Nothing,
            (Above::HtmlInList, _) => {
                if begins {
                    Above::Other
                } else {
                    Above::HtmlInList
                }
            }
            (_, Some(b'<')) if is_list && !is_indented => Above::HtmlInList,
            _ if begins && is_indented => Above::Nothing,
            _ if is_list || begins => Above::Other,
            (Above::Other, _) => Above::Other,
            (Above::Quote, _) if is_indented => Above::Quote,
            (Above::Nothing, _) if is_indented => Above::Nothing,
            (Above::Paragraph(n_lines), _) if is_indented => Above::Paragraph(n_lines + 1),
            _ if is_one_line(bare) => Above::Nothing,
            (Above::Quote, _) | (_, Some(b'>')) => Above::Quote,
            (Above::Paragraph(n_lines), _) => Above::Paragraph(n_lines + 1),
            (Above::Nothing, Some(b'<')) => Above::Other,
            (Above::Nothing, _) => Above::Paragraph(1),
        };
        begins
    }
}

/// Returns whether a list item begins on the line.
pub(super) fn starts_item(line: &str) -> bool {
    let mut bytes = line.bytes().skip_while(|&byte| byte == b' ').peekable();
    let is_number = bytes.next_if(u8::is_ascii_digit).is_some();
    while bytes.next_if(u8::is_ascii_digit).is_some() {}
    let is_sign = |byte| if is_number { matches!(byte, b'.' | b')') } else { matches!(byte, b'-' | b'*' | b'+') };
    bytes.next().is_some_and(is_sign) && matches!(bytes.next(), Some(b' ' | b'\t'))
}

/// Returns whether a bullet is followed by a space, and by neither a further marker nor code.
fn is_plain_item(line: &str) -> bool {
    matches!(line.as_bytes(), [_, b' ', sign, ..] if !matches!(sign, b' ' | b'\t' | b'>' | b'-' | b'*' | b'+' | b'`' | b'~'))
}

/// Returns whether a line is a block of its own: a heading or a rule.
fn is_one_line(bare: &str) -> bool {
    let is_rule = |sign: u8| bare.bytes().all(|byte| byte == sign || byte == b' ') && bare.bytes().filter(|&byte| byte == sign).count() > 2;
    match bare.as_bytes()[0] {
        b'#' => matches!(bare.bytes().find(|&byte| byte != b'#'), None | Some(b' ' | b'\t')),
        sign @ (b'-' | b'*' | b'_') => is_rule(sign),
        _ => false,
    }
}

/// Returns whether the line at the head of `rest` makes a heading of the one before.
fn is_underlined(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default();
    matches!(line.bytes().next(), Some(sign @ (b'=' | b'-')) if line.bytes().all(|byte| byte == sign))
}

/// Returns whether a line is the marker of a list and nothing more. A lone `-` is one only where it makes no heading: below several lines.
fn is_empty_item(bare: &str, n_lines_above: usize) -> bool {
    match bare.trim_end_matches([' ', '\t']) {
        "-" => bare.len() > 1 || n_lines_above > 1,
        marker => matches!(marker, "*" | "+" | "1." | "1)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lines at which a block begins.
    fn check(text: &str, expected: &[usize]) {
        let mut is_list = false;
        let mut starts = Starts::default();
        let mut rest = text;
        let mut found = Vec::new();
        for (i, line) in text.split('\n').enumerate() {
            rest = rest.get(line.len() + 1..).unwrap_or_default();
            if starts.begins_block(line, rest, is_list) {
                found.push(i);
            }
            is_list = starts_item(line);
        }
        assert_eq!(found, expected, "{text:?}");
    }

    proptest! {
        #[test]
        fn the_short_way_is_the_long_way(lines in prop::collection::vec("[ab=>|.-]{1,3}|- [a<`~>+-]|[*+] b|<p>|> c|# d|#e|%%|---||    e", 1..9), is_list: bool) {
            let (mut short, mut long) = (Starts::default(), Starts::default());
            for (i, line) in lines.iter().enumerate() {
                let rest = lines[i + 1..].join("\n");
                let begins = long.begins_block(line, &rest, is_list);
                let goes_on = short.goes_on(line, is_list);
                prop_assert!(!(goes_on && begins));
                if !goes_on {
                    short.begins_block(line, &rest, is_list);
                }
                prop_assert_eq!(short.above, long.above);
            }
        }
    }

    #[test]
    fn an_empty_bullet_ends_a_paragraph() {
        check("Tasks:\n- \n- ", &[1]);
        check("a\n1.\n", &[1]);
        check("a\nb\n-", &[2]);
        for text in ["a\n-", "a\n2.", "a\n\n- ", "> a\n- ", "<div>\n- ", "a\n    - ", "a\n--"] {
            check(text, &[]);
        }
    }

    #[test]
    fn an_item_ends_html_in_the_item_before() {
        check("- a\n<div>\nb\n- c", &[3]);
        check("- a\n<div>\n - b", &[2]);
        for text in ["- a\n<div>\n  - b", "- a\n<div>\n\n- b", "<div>\n- a", "- a\n- b"] {
            check(text, &[]);
        }
    }

    #[test]
    fn code_and_headings_end_a_quote() {
        check("> a\n\tb", &[1]);
        check("> a\nb\n    c", &[2]);
        check("> a\nb\n---", &[1]);
        for text in ["> a\nb\n--- ", "> a\n>\tb", "> a\n\n    b", "a\n    b", "> a\nb"] {
            check(text, &[]);
        }
    }
}
