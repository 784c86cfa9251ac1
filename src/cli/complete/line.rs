//! The line that is being typed, as bash and fish have it: its words without their quotes, and a name as it goes into it. Pure.

use clap_complete::Shell;

/// What was typed up to the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// The words that are complete, the command's own name first.
    pub before: Vec<String>,
    /// The word at the cursor, which may be empty.
    pub word: String,
    /// The quote that is open at the cursor.
    quote: Option<char>,
    /// So many bytes of the word stay: bash exchanges only what stands behind them.
    n_kept: usize,
}

impl Typed {
    /// Takes words that the shell has read already.
    pub(super) fn words(before: &[String], word: &str) -> Self {
        Self { before: before.to_vec(), word: word.to_owned(), ..Self::default() }
    }

    /// Returns the line that offers a name to the shell; `None` where it cannot take the place of what was typed.
    pub(super) fn shown(&self, shell: Shell, name: &str, help: &str) -> Option<String> {
        let beside = |separator: char| if help.is_empty() { String::new() } else { format!("{separator}{help}") };
        Some(match shell {
            Shell::Bash => {
                let rest = name.strip_prefix(&self.word[..self.n_kept])?;
                quoted(rest, self.quote, self.n_kept == 0)
            }
            Shell::Zsh => format!("{}{}", name.replace('\\', "\\\\").replace(':', "\\:"), beside(':')),
            Shell::PowerShell => format!("{}\t{name}{}", powershell(name), beside('\t')),
            Shell::Elvish => name.to_owned(),
            _ => format!("{name}{}", beside('\t')),
        })
    }
}

/// Reads a line. Nothing is expanded: what a `$` or a `~` means only the shell knows.
pub(super) fn read(line: &str, shell: Shell, breaks: &str) -> Typed {
    let (mut typed, mut is_begun) = (Typed::default(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (typed.quote, c) {
            (Some(quote), c) if c == quote => {
                typed.quote = None;
                typed.n_kept = typed.word.len();
            }
            (Some('"'), '\\') if chars.peek().is_some_and(|next| "\\\"$`".contains(*next)) => typed.word.extend(chars.next()),
            (Some('\''), '\\') if shell == Shell::Fish && chars.peek().is_some_and(|next| "\\'".contains(*next)) => {
                typed.word.extend(chars.next())
            }
            (Some(_), c) => typed.word.push(c),
            (None, '\\') => {
                typed.word.extend(chars.next());
                is_begun = true;
            }
            (None, '"' | '\'') => {
                (typed.quote, is_begun) = (Some(c), true);
                typed.n_kept = typed.word.len();
            }
            (None, c) if c.is_whitespace() => {
                if is_begun {
                    typed.before.push(std::mem::take(&mut typed.word));
                }
                (is_begun, typed.n_kept) = (false, 0);
            }
            (None, c) => {
                typed.word.push(c);
                is_begun = true;
                if breaks.contains(c) {
                    typed.n_kept = typed.word.len();
                }
            }
        }
    }
    typed
}

/// Returns a text as bash reads it back, behind an open quote or none.
fn quoted(text: &str, quote: Option<char>, is_whole: bool) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || "_-./,+@%:=".contains(c);
    let mut said = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some('\''), '\'') => said.push_str("'\\''"),
            // Within these the shell's history would still be looked up.
            (Some('"'), '!') => said.push_str("\"'!'\""),
            (Some('"'), '\\' | '"' | '$' | '`') => said.extend(['\\', c]),
            (Some(_), c) => said.push(c),
            (None, '~') if !(at == 0 && is_whole) => said.push(c),
            (None, c) if is_plain(c) => said.push(c),
            (None, c) => said.extend(['\\', c]),
        }
    }
    said
}

/// Returns a text as PowerShell reads it back.
fn powershell(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./\\:=+".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As bash has them unless somebody says otherwise.
    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    #[test]
    fn a_line_is_read_as_the_shell_reads_it() {
        for (line, before, word, quote, kept) in [
            ("vs show ", &["vs", "show"][..], "", None, ""),
            ("vs show Fo", &["vs", "show"], "Fo", None, ""),
            ("vs show Foo\\ b", &["vs", "show"], "Foo b", None, ""),
            ("vs show \"Foo b", &["vs", "show"], "Foo b", Some('"'), ""),
            ("vs show 'it'\\'s' \"", &["vs", "show"], "it's \"", Some('\''), "it's"),
            ("vs ls --tag=a/b", &["vs", "ls"], "--tag=a/b", None, "--tag="),
            ("vs --vault 'My Notes' show  C:", &["vs", "--vault", "My Notes", "show"], "C:", None, "C:"),
            ("vs show '' \"a\\\"b\\c\" x", &["vs", "show", "", "a\"b\\c"], "x", None, ""),
            ("vs show Foo\\", &["vs", "show"], "Foo", None, ""),
        ] {
            let typed = read(line, Shell::Bash, BREAKS);
            assert_eq!(typed.before, before, "{line}");
            assert_eq!((typed.word.as_str(), typed.quote, &typed.word[..typed.n_kept]), (word, quote, kept), "{line}");
        }
        assert_eq!(read("vs show 'it\\'s", Shell::Fish, "").word, "it's");
    }

    #[test]
    fn a_name_goes_into_the_line_as_the_shell_takes_it() {
        let name = "Don't \"stop\" $now! (é) & ~x";
        for (line, shell, expected) in [
            ("vs show D", Shell::Bash, Some("Don\\'t\\ \\\"stop\\\"\\ \\$now\\!\\ \\(é\\)\\ \\&\\ ~x")),
            ("vs show \"D", Shell::Bash, Some("Don't \\\"stop\\\" \\$now\"'!'\" (é) & ~x")),
            ("vs show 'D", Shell::Bash, Some("Don'\\''t \"stop\" $now! (é) & ~x")),
            ("vs show Don\\'t\\ x:", Shell::Bash, None),
            ("vs show D", Shell::PowerShell, Some("'Don''t \"stop\" $now! (é) & ~x'\tDon't \"stop\" $now! (é) & ~x\thelp")),
            ("vs show D", Shell::Fish, Some("Don't \"stop\" $now! (é) & ~x\thelp")),
            ("vs show D", Shell::Elvish, Some(name)),
        ] {
            assert_eq!(read(line, shell, BREAKS).shown(shell, name, "help").as_deref(), expected, "{shell} {line}");
        }
        let typed = Typed::words(&[], "");
        assert_eq!(typed.shown(Shell::Zsh, "a:b\\c", "d:e").as_deref(), Some("a\\:b\\\\c:d:e"));
        assert_eq!(read("vs ls --tag=a", Shell::Bash, BREAKS).shown(Shell::Bash, "--tag=a/b", "").as_deref(), Some("a/b"));
        assert_eq!(read("vs show ", Shell::Bash, "").shown(Shell::Bash, "~x", "").as_deref(), Some("\\~x"));
    }
}
