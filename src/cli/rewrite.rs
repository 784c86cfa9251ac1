//! A file of the user's that other programs read, written anew: the difference can be shown first, and what it was stays beside it.

use anyhow::Result;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Writes a file in one step, what it was beside it; returns where that is. One that is to hold nothing goes.
pub(super) fn put(file: &Path, before: &str, after: &str) -> Result<Option<PathBuf>> {
    let beside = |ending: &str| {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        file.with_file_name(name)
    };
    let backup = (!before.is_empty()).then(|| beside(".vault-sync-backup"));
    if let Some(backup) = &backup {
        std::fs::copy(file, backup)?;
    }
    if after.is_empty() {
        std::fs::remove_file(file)?;
        return Ok(backup);
    }
    let draft = beside(".vault-sync-draft");
    std::fs::write(&draft, after)?;
    if let Ok(there) = std::fs::metadata(file) {
        std::fs::set_permissions(&draft, there.permissions())?;
    }
    std::fs::rename(&draft, file)?;
    Ok(backup)
}

/// Returns the lines that go and come, with one line around them.
pub(super) fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |a: &mut dyn Iterator<Item = (&&str, &&str)>| a.take_while(|(a, b)| a == b).count();
    let head = same(&mut old.iter().zip(&new));
    let tail = same(&mut old[head..].iter().rev().zip(new[head..].iter().rev()));
    let mut text = String::new();
    let mut put = |mark: &str, lines: &[&str]| lines.iter().for_each(|line| writeln!(text, "{mark} {line}").expect("a text takes text"));
    put(" ", &old[head.saturating_sub(1)..head]);
    put("-", &old[head..old.len() - tail]);
    put("+", &new[head..new.len() - tail]);
    put(" ", &old[old.len() - tail..(old.len() - tail + 1).min(old.len())]);
    text
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_change_is_shown_with_what_stands_around_it() {
        assert_eq!(difference("a\nb\nc\n", "a\nb\nx\ny\nc\n"), "  b\n+ x\n+ y\n  c\n");
        assert_eq!(difference("a\nb\nc\n", "a\nc\n"), "  a\n- b\n  c\n");
        assert_eq!(difference("", "a\n"), "+ a\n");
        assert_eq!(difference("a\na\n", "a\na\na\n"), "  a\n+ a\n");
    }
}
