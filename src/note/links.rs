//! The grammar of one link: `[[wiki]]` and `[markdown](url)`, and what each says about its target. Where links may stand is for `inline`.

use crate::path;
use std::borrow::Cow;

/// What a link says: its target, and its text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'t> {
    pub link: Cow<'t, str>,
    pub display: Cow<'t, str>,
}

/// Returns what the content of `[[...]]` says.
///
/// The alias begins after the first `|`, unless that is the first character. A `\` at the target's end stands there for a table's sake.
pub fn wiki(content: &str) -> Target<'_> {
    let (target, alias) = match content.bytes().position(|byte| byte == b'|') {
        Some(at) if at > 0 => (&content[..at], Some(&content[at + 1..])),
        _ => (content, None),
    };
    let link = path::normalized(target.strip_suffix('\\').unwrap_or(target).trim());
    let display = alias.map_or_else(|| for_people(target.trim()), |alias| Cow::Borrowed(alias.trim()));
    Target { link, display }
}

/// Returns the target of a Markdown link, given its destination without escapes; `None` when it leads out of the vault or nowhere.
pub fn markdown(destination: &str) -> Option<String> {
    let is_internal = destination.starts_with("./") || destination.starts_with("../") || !destination.bytes().any(|byte| byte == b':');
    let link = if is_internal { decode_uri(destination)? } else { return None };
    let link = path::normal(link.trim());
    (!link.is_empty()).then_some(link)
}

/// Returns the link that `text` is as a whole, as a property may hold it.
pub fn whole(text: &str) -> Option<Target<'_>> {
    if let Some(content) = text.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")) {
        return (!content.is_empty()).then(|| wiki(content));
    }
    let (label, destination) = text.strip_prefix('[')?.strip_suffix(')')?.split_once("](")?;
    let destination = match destination.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        Some(bare) => bare,
        None if destination.contains([' ', '(', ')']) => return None,
        None => destination,
    };
    Some(Target { link: Cow::Owned(markdown(destination)?), display: Cow::Borrowed(label) })
}

/// Returns a target for people: `Note > Heading`.
fn for_people(target: &str) -> Cow<'_, str> {
    if !target.bytes().any(|byte| byte == b'#') {
        return Cow::Borrowed(target);
    }
    Cow::Owned(target.split('#').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" > "))
}

/// Decodes percent signs as JavaScript's `decodeURI` does: what has a meaning in a URL stays encoded. `None` for a malformed sequence.
fn decode_uri(uri: &str) -> Option<String> {
    if !uri.bytes().any(|byte| byte == b'%') {
        return Some(uri.to_owned());
    }
    let mut out = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..at]);
        let escape = rest.get(at..at + 3)?;
        let byte = std::str::from_utf8(&escape[1..]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())?;
        match byte {
            b'#' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'?' | b'@' => out.extend_from_slice(escape),
            _ => out.push(byte),
        }
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest);
    String::from_utf8(out).ok()
}

/// Returns the content of a wiki link, given the text after its `[[`: the shortest up to `]]`, on one line, without another `[[`.
///
/// Looks no further than to the next `[[`, so that all links of a text together take linear time.
pub(super) fn wiki_content(rest: &str) -> Option<&str> {
    let end = memchr::memchr3_iter(b'[', b']', b'\n', rest.as_bytes())
        .find(|&at| matches!(&rest.as_bytes()[at..], b"\n" | [b'\n', ..] | [b'[', b'[', ..] | [b']', b']', ..]))?;
    (end > 0 && rest.as_bytes()[end] == b']').then(|| &rest[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_wiki(content: &str, link: &str, display: &str) {
        assert_eq!(wiki(content), Target { link: link.into(), display: display.into() }, "{content}");
    }

    #[test]
    fn a_wiki_link_splits_at_its_first_bar() {
        check_wiki("a|b|c", "a", "b|c");
        check_wiki(" a | b ", "a", "b");
        check_wiki("a\\|b", "a", "b");
        check_wiki("a|", "a", "");
        check_wiki("|a", "|a", "|a");
    }

    #[test]
    fn a_wiki_link_ends_at_the_first_closing_brackets() {
        for (rest, content) in [
            ("a]]b]]", Some("a")),
            ("a]b[c]]", Some("a]b[c")),
            ("a]]]", Some("a")),
            ("[a]]", Some("[a")),
            ("]]", None),
            ("]]]", None),
            ("a[[b]]", None),
            ("a\n]]", None),
            ("a]", None),
            ("", None),
        ] {
            assert_eq!(wiki_content(rest), content, "{rest:?}");
        }
    }

    #[test]
    fn a_link_without_alias_is_shown_as_a_path() {
        check_wiki("Note#H#I", "Note#H#I", "Note > H > I");
        check_wiki("##x", "##x", "x");
        check_wiki("c\\", "c", "c\\");
        check_wiki("Cafe\u{301}\u{a0}x", "Café x", "Cafe\u{301}\u{a0}x");
    }

    #[test]
    fn a_markdown_destination_is_decoded_where_it_has_no_meaning_in_a_url() {
        for (destination, link) in [
            ("a%20b%C3%A4.md", Some("a bä.md")),
            ("a%23b%2Fc%26", Some("a%23b%2Fc%26")),
            ("./a:b", Some("./a:b")),
            ("https://x.org", None),
            ("a%zz", None),
            ("a%C3", None),
            ("%2", None),
            ("", None),
            (" ", None),
            ("#h", Some("#h")),
        ] {
            assert_eq!(markdown(destination).as_deref(), link, "{destination}");
        }
    }

    #[test]
    fn a_property_is_a_link_only_as_a_whole() {
        for (text, link) in [
            ("[[A#b|c]]", Some("A#b")),
            ("see [[A]]", None),
            ("[x](y%20z.md)", Some("y z.md")),
            ("[x](<y z.md>)", Some("y z.md")),
            ("[x](y z.md)", None),
            ("[x](y) and [z](w)", None),
            ("[[]]", None),
        ] {
            assert_eq!(whole(text).map(|target| target.link).as_deref(), link, "{text}");
        }
    }
}
