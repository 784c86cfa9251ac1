//! Characters that libyaml refuses, or takes for line ends, and Obsidian's reader does not: control characters, U+0085, the line and
//! paragraph separators that come along with pasted text, a byte order mark within. They travel through libyaml in disguise.

use std::borrow::Cow;

/// Stands before a character in disguise. A noncharacter, which no text for interchange holds.
const MASK: char = '\u{fdd0}';

/// Returns the text in a form in which libyaml reads each of its characters as a letter.
pub(super) fn disguise(text: &str) -> Cow<'_, str> {
    if !text.contains(is_odd) {
        return Cow::Borrowed(text);
    }
    let mut disguised = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_odd(c) {
            disguised.push(MASK);
            disguised.extend(char::from_u32(0x100 + (u32::from(c) & 0xff)));
        } else {
            disguised.push(c);
        }
    }
    Cow::Owned(disguised)
}

/// Returns the text as it was before its disguise.
pub(super) fn reveal(text: &str) -> Cow<'_, str> {
    if !text.contains(MASK) {
        return Cow::Borrowed(text);
    }
    let mut revealed = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let unmasked = chars.peek().filter(|_| c == MASK).and_then(|&c| unmask(c));
        if unmasked.is_some() {
            chars.next();
        }
        revealed.push(unmasked.unwrap_or(c));
    }
    Cow::Owned(revealed)
}

fn is_odd(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') || (c.is_control() && !matches!(c, '\t' | '\n'))
}

/// Returns the odd character behind a mask: the low bytes of all odd characters differ.
fn unmask(c: char) -> Option<char> {
    let low = u32::from(c).checked_sub(0x100)?;
    let high = match low {
        0x28 | 0x29 => 0x2000,
        0xff => 0xfe00,
        _ => 0,
    };
    char::from_u32(high + low).filter(|&c| is_odd(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disguise_can_be_taken_off() {
        for text in ["plain é", "a\u{7}\u{7f}\u{85}\u{2028}b\u{2029}\u{feff}\u{b}", "\u{fdd0}\u{fdd0}x", "\u{fdd0}"] {
            assert!(!disguise(text).contains(is_odd));
            assert_eq!(reveal(&disguise(text)), text);
        }
    }
}
