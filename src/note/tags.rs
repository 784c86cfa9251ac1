//! The grammar of one tag. Where a tag may stand is for `inline`.

/// Returns where the tag ends whose `#` stands at `at`: after all characters that a tag may hold, provided one of them is no digit.
pub fn end(text: &str, at: usize) -> Option<usize> {
    let body = &text[at + 1..];
    let length = body.find(|c| !is_tag_char(c)).unwrap_or(body.len());
    let body = &body[..length];
    body.bytes().any(|byte| !byte.is_ascii_digit()).then_some(at + 1 + length)
}

/// Returns whether a tag may hold `c`: letters and digits of any script, `_`, `-`, `/`, emoji and other symbols.
pub fn is_tag_char(c: char) -> bool {
    match c {
        '-' | '/' | '_' => true,
        '\u{2000}'..='\u{206f}' | '\u{2e00}'..='\u{2e7f}' | '\u{feff}' => false,
        _ => !c.is_ascii_punctuation() && !c.is_whitespace(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_holds_letters_of_any_script_and_is_no_number() {
        for (text, tag) in [
            ("#a/b-c_d e", Some("#a/b-c_d")),
            ("#1984", None),
            ("#1984a", Some("#1984a")),
            ("#1-2", Some("#1-2")),
            ("#７", Some("#７")),
            ("#", None),
            ("# x", None),
            ("#測試“x”", Some("#測試")),
            ("#👨\u{200d}👩", Some("#👨")),
            ("#⚙️", Some("#⚙️")),
            ("#a.b", Some("#a")),
        ] {
            assert_eq!(end(text, 0).map(|end| &text[..end]), tag, "{text}");
        }
    }
}
