//! One statement as it was typed: that it asks, and, for SQLite, that it is one. The engines judge the rest.
//!
//! PostgreSQL takes one statement only, by its protocol, and what is one it alone knows: a text between dollars may hold anything. SQLite
//! would run one after the other, so its words are read here exactly as it reads them.

use crate::nearest::nearest;
use crate::refusal::{Exit, Refusal};

/// What begins a question. The last only on PostgreSQL, and SQLite says so itself.
const QUERIES: [&str; 4] = ["select", "with", "values", "table"];

/// Whose words a statement is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// What is said of several statements, and what to do.
pub(super) const ONE_AT_A_TIME: &str = "one statement at a time";
pub(super) const ONE_BY_ONE: &str = "run `vault-sync sql` once for each";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// The statement as it stands, from its first word to its end.
    pub text: &'a str,
    /// Where it begins in what was typed.
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Query,
    /// The plan of one. `explain` is its first word.
    Plan,
}

impl<'a> Statement<'a> {
    pub(super) fn read(typed: &'a str, dialect: Dialect) -> Result<Self, Refusal> {
        if typed.contains('\0') {
            return Err(refused("a statement holds no NUL character", "leave it out"));
        }
        let mut tokens = Tokens { text: typed, at: 0, dialect };
        let brackets = tokens.clone().take_while(|(_, token)| *token == "(").count();
        let words: Vec<String> = tokens.clone().skip(brackets).take(2).map(|(_, word)| word.to_ascii_lowercase()).collect();
        let Some((at, _)) = tokens.next() else {
            return Err(refused("there is no statement", "write one, as `vault-sync sql 'select count(*) from claude.knowledge'`"));
        };
        let is_query = |word: Option<&String>| word.is_some_and(|word| QUERIES.contains(&word.as_str()));
        let kind = match words.first().map(String::as_str) {
            _ if is_query(words.first()) => Kind::Query,
            Some("explain") if brackets == 0 => Kind::Plan,
            first => return Err(no_query(first.unwrap_or("("))),
        };
        let (end, behind) = match dialect {
            Dialect::Postgres => (typed.len(), None),
            Dialect::Sqlite => {
                let end = tokens.find(|(_, token)| *token == ";").map_or(typed.len(), |(end, _)| end);
                (end, tokens.find(|(_, token)| *token != ";"))
            }
        };
        if let Some((behind, _)) = behind {
            let message = format!("{ONE_AT_A_TIME}: another begins at {}", place(typed, behind));
            return Err(refused(&message, ONE_BY_ONE));
        }
        let statement = Self { text: &typed[at..end], at, kind };
        match statement.explained().and_then(|rest| first_stray(rest, dialect)) {
            Some(word) => Err(no_query(word)),
            None => Ok(statement),
        }
    }

    /// Returns what stands behind `explain`.
    pub(super) fn explained(&self) -> Option<&'a str> {
        (self.kind == Kind::Plan).then(|| &self.text["explain".len()..])
    }
}

/// Returns what follows `explain` instead of a query, past the words and brackets that say how to explain it.
fn first_stray(rest: &str, dialect: Dialect) -> Option<&str> {
    let mut depth = 0_usize;
    for (_, token) in (Tokens { text: rest, at: 0, dialect }) {
        match token.to_ascii_lowercase().as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            word if QUERIES.contains(&word) => return None,
            "query" | "plan" | "analyze" | "analyse" | "verbose" => {}
            _ if depth > 0 => {}
            _ => return Some(token),
        }
    }
    Some("explain")
}

fn no_query(word: &str) -> Refusal {
    let message = format!("'{word}' begins no query: `sql` only reads");
    let near = nearest(word, QUERIES.into_iter().chain(["explain"]));
    let near = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
    let hint = "begin with SELECT, WITH, VALUES or EXPLAIN; what the vault's notes say is changed in the notes";
    refused(&message, &(near + hint))
}

fn refused(message: &str, hint: &str) -> Refusal {
    Refusal { exit: Exit::Usage, message: message.to_owned(), hint: Some(hint.to_owned()) }
}

/// Returns line and column, as editors count, of a place in a text.
pub(super) fn place(text: &str, at: usize) -> String {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

/// The words, quoted texts and signs of a statement, without comments, each with where it begins. The rules are SQLite's, to the letter:
/// else one could hide a second statement from us. Of PostgreSQL's only the first words are looked at, and comments are all that differs.
#[derive(Clone)]
struct Tokens<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            let length = match first {
                _ if first.is_ascii_whitespace() || first == '\u{feff}' => first.len_utf8(),
                '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => comment_length(rest, self.dialect),
                _ => {
                    let length = token_length(rest, first);
                    let token = (self.at, &rest[..length]);
                    self.at += length;
                    return Some(token);
                }
            };
            self.at += length;
        }
    }
}

/// PostgreSQL's comments hold others.
fn comment_length(rest: &str, dialect: Dialect) -> usize {
    let (mut depth, mut at) = (1, 2);
    while depth > 0 {
        let Some(found) = rest[at..].find(['*', '/']) else { return rest.len() };
        at += found;
        match &rest.as_bytes()[at..] {
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            [b'/', b'*', ..] if dialect == Dialect::Postgres => (depth, at) = (depth + 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

/// A quote that is doubled within a text ends it here and begins another: for what is asked of tokens that is the same.
fn token_length(rest: &str, first: char) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "_$".contains(c) || !c.is_ascii();
    let end_of = |is_part: &dyn Fn(char) -> bool| rest[1..].find(|c| !is_part(c)).map_or(rest.len(), |at| at + 1);
    let closed_by = |end: char| rest[1..].find(end).map_or(rest.len(), |at| at + 2);
    match first {
        '\'' | '"' | '`' => closed_by(first),
        '[' => closed_by(']'),
        '?' => end_of(&|c| c.is_ascii_digit()),
        // A parameter may end in brackets with anything but blanks in them: `$1(;)`.
        '$' | '@' | ':' | '#' => {
            let name = end_of(&|c| is_word(c) || c == ':');
            let inner = rest[name..].strip_prefix('(').map(|inner| inner.find(|c: char| c == ')' || c.is_ascii_whitespace()));
            inner.map_or(name, |end| end.map_or(rest.len(), |end| name + end + 2))
        }
        _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        _ => first.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_query_is_taken_as_it_stands() {
        for (typed, text) in [
            ("select 1", "select 1"),
            ("  -- why\n/* what; */ SELECT ';' ; -- done\n;", "SELECT ';' "),
            ("with x as (select 1) select * from x", "with x as (select 1) select * from x"),
            ("values (1), (2)", "values (1), (2)"),
            ("(select 1) union (select 2)", "(select 1) union (select 2)"),
            ("\u{feff}select 1", "select 1"),
            ("select $1, $a::b, ?2, $1(;')", "select $1, $a::b, ?2, $1(;')"),
            ("select 'it''s; so' as \"a;b\", [c;d], `e;f`", "select 'it''s; so' as \"a;b\", [c;d], `e;f`"),
            ("explain query plan select 1", "explain query plan select 1"),
            ("explain (analyze, buffers off) select 1", "explain (analyze, buffers off) select 1"),
            ("EXPLAIN ANALYZE VERBOSE (select 1)", "EXPLAIN ANALYZE VERBOSE (select 1)"),
            ("select 1 /* no end;", "select 1 /* no end;"),
        ] {
            assert_eq!(
                Statement::read(typed, Dialect::Sqlite).map(|statement| statement.text).map_err(|refusal| refusal.message),
                Ok(text),
                "{typed}"
            );
        }
    }

    /// What is one statement there, its server says.
    #[test]
    fn of_postgresql_only_the_first_words_are_read() {
        for (typed, text) in [
            ("/* a /* ; */ b */ select $$a;b$$", "select $$a;b$$"),
            ("select $tag$ it's; $tag$; -- done", "select $tag$ it's; $tag$; -- done"),
            ("explain /* a /* ; */ b */ (analyze) select E'it\\'s; x'", "explain /* a /* ; */ b */ (analyze) select E'it\\'s; x'"),
            ("table claude.documents", "table claude.documents"),
            ("select 1; select 2", "select 1; select 2"),
        ] {
            let read = Statement::read(typed, Dialect::Postgres);
            assert_eq!(read.map(|statement| statement.text).map_err(|refusal| refusal.message), Ok(text), "{typed}");
        }
        for typed in ["/* /* */ select */ copy x to program 'true'", "explain /* /* */ select */ copy x to program 'true'"] {
            let refusal = Statement::read(typed, Dialect::Postgres).expect_err(typed);
            assert!(refusal.message.contains("'copy' begins no query"), "{typed}: {}", refusal.message);
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for (typed, said) in [
            ("", "there is no statement"),
            (" -- only a comment", "there is no statement"),
            ("delete from claude.knowledge", "'delete' begins no query"),
            ("pragma claude.journal_mode = delete", "'pragma' begins no query"),
            ("ATTACH 'x.db' AS x", "'attach' begins no query"),
            ("/* select */ vacuum into 'x'", "'vacuum' begins no query"),
            ("copy (select 1) to program 'true'", "'copy' begins no query"),
            ("explain pragma query_only = 0", "'pragma' begins no query"),
            ("explain /* */ copy (select 1) to program 'true'", "'copy' begins no query"),
            ("(delete from claude.knowledge)", "'delete' begins no query"),
            ("select 1; select 2", "another begins at line 1, column 11"),
            ("select 'ä';\n attach 'x' as x", "another begins at line 2, column 2"),
            ("select $1('); pragma query_only = false; --')", "another begins at line 1, column 15"),
            ("select a$1(', '); select ');'", "another begins at line 1, column 19"),
            ("select ?1$2(';'); select ');'", "another begins at line 1, column 19"),
            ("select 1 as \u{20ac}$1(', '); select ');'", "another begins at line 1, column 24"),
            ("select 1 as \u{a0}$1(', '); select ');'", "another begins at line 1, column 24"),
            ("select $$a;b$$", "another begins at line 1, column 12"),
            ("select /* a /* ; */ 1; */ 2", "another begins at line 1, column 24"),
            ("select 1\0", "NUL"),
        ] {
            let refusal = Statement::read(typed, Dialect::Sqlite).expect_err(typed);
            assert!(refusal.message.contains(said), "{typed}: {}", refusal.message);
        }
    }
}
