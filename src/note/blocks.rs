//! The grammar of a block id: ` ^id` at the end of a block's text, or alone.

/// Returns the id at the end of `text`, the last line of a block. It stands after whitespace or alone.
pub(super) fn id_at_end(text: &str) -> Option<&str> {
    let caret = text.len() - text.bytes().rev().take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'-').count();
    let before = text[..caret].strip_suffix('^')?;
    let is_free = before.is_empty() || before.ends_with(char::is_whitespace);
    (is_free && caret < text.len()).then_some(&text[caret..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_ends_the_text_after_whitespace() {
        for (text, id) in [
            ("a ^b-1", Some("b-1")),
            ("^b", Some("b")),
            ("a^b", None),
            ("a ^b c", None),
            ("a ^b_c", None),
            ("a ^", None),
            ("a ^b ", None),
            ("ä\u{a0}^b", Some("b")),
            ("", None),
        ] {
            assert_eq!(id_at_end(text), id, "{text:?}");
        }
    }
}
