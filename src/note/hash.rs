//! The two hashes of a file: one decides whether it changed, the other whether it still says the same.

use memchr::memchr;
use std::ops::Range;

/// Hashes in lower-case hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hashes {
    /// Of the bytes as they are.
    pub file: String,
    /// Of the bytes without the frontmatter lines `synced` and `synced_at`, which sync itself may write: it serves renames and the echo
    /// of that write.
    pub content: String,
}

/// Returns the hashes of a file.
pub fn hashes(bytes: &[u8]) -> Hashes {
    let file = blake3::hash(bytes).to_hex().to_string();
    let masked = masked(bytes);
    if masked.is_empty() {
        return Hashes { content: file.clone(), file };
    }
    let mut hasher = blake3::Hasher::new();
    let mut from = 0;
    for lines in masked {
        hasher.update(&bytes[from..lines.start]);
        from = lines.end;
    }
    hasher.update(&bytes[from..]);
    Hashes { file, content: hasher.finalize().to_hex().to_string() }
}

/// Returns the lines that the content hash leaves out, with their line ends and the indented lines that belong to them.
fn masked(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut masked = Vec::new();
    let mut lines = lines(bytes).skip_while(|line| is_blank(&bytes[line.clone()]));
    let Some(first) = lines.next() else { return masked };
    if bytes[first].trim_ascii_end().strip_prefix(b"\xef\xbb\xbf").unwrap_or(b"---") != b"---" || !opens(bytes) {
        return masked;
    }
    let mut is_in_masked = false;
    for line in lines {
        let text = &bytes[line.clone()];
        if text.starts_with(b"---") {
            return masked;
        }
        is_in_masked = is_masked_key(text) || (is_in_masked && text.starts_with(b" "));
        if is_in_masked {
            masked.push(line);
        }
    }
    Vec::new() // no closing line: there is no frontmatter
}

fn opens(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let fence = text.trim_ascii_start();
    fence.starts_with(b"---\n") || fence.starts_with(b"---\r")
}

fn is_masked_key(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"synced") else { return false };
    let rest = rest.strip_prefix(b"_at").unwrap_or(rest);
    rest.trim_ascii_start().starts_with(b":")
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Returns the lines of `bytes`, each with its line end.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        from = memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |at| start + at + 1);
        (start < from).then_some(start..from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> String {
        hashes(text.as_bytes()).content
    }

    #[test]
    fn synced_and_its_time_do_not_alter_the_content_hash() {
        let plain = content("---\ntitle: x\n---\nbody\n");
        for text in [
            "---\nsynced: true\ntitle: x\n---\nbody\n",
            "---\ntitle: x\nsynced: false\nsynced_at: '2025-12-20T23:29:45'\n---\nbody\n",
            "---\ntitle: x\nsynced_at : >\n  folded\n---\nbody\n",
        ] {
            assert_eq!(content(text), plain, "{text}");
        }
    }

    #[test]
    fn only_these_keys_of_the_frontmatter_are_masked() {
        for (a, b) in [
            ("---\nsynced_by: a\n---\n", "---\nsynced_by: b\n---\n"),
            ("synced: true\n", "synced: false\n"),
            ("---\na: 1\n---\nsynced: true\n", "---\na: 1\n---\nsynced: false\n"),
            ("---\na:\n  synced: 1\n---\n", "---\na:\n  synced: 2\n---\n"),
            ("---\nsynced: true\n", "---\nsynced: false\n"),
        ] {
            assert_ne!(content(a), content(b), "{a}");
        }
    }

    #[test]
    fn the_file_hash_is_of_the_bytes_and_both_agree_without_such_keys() {
        let hashes = hashes(b"plain");
        assert_eq!(hashes.file, blake3::hash(b"plain").to_hex().as_str());
        assert_eq!(hashes.file, hashes.content);
    }

    #[test]
    fn a_bom_and_crlf_are_no_obstacle() {
        let with = "\u{feff}---\r\nsynced: true\r\na: 1\r\n---\r\n";
        let without = "\u{feff}---\r\na: 1\r\n---\r\n";
        assert_eq!(content(with), content(without));
    }
}
