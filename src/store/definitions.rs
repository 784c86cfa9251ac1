//! The tables that the numbered changes make on PostgreSQL, read out of their text: so nothing that is said of a table can drift from it.
//!
//! Understands `create table if not exists claude.x (...)` and `alter table claude.x add column if not exists ...`, which is all that
//! makes tables and columns; a test compares the outcome with a database that has them.

use std::collections::BTreeMap;

/// A table as the changes make it.
#[derive(Debug, Default)]
pub(super) struct Definition {
    pub columns: Vec<Column>,
    /// What is unique; first of all the primary key.
    pub keys: Vec<Vec<String>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    /// As it is written: `text`, `uuid[]`, `numeric(5,2)`.
    pub kind: String,
    pub default: Option<String>,
    pub is_nullable: bool,
    /// The table and column that it refers to.
    pub references: Option<(String, String)>,
    /// It is also added to a table that was there before.
    pub is_added: bool,
}

/// Where a definition of a column goes on after its type or default.
const NEXT: &[&str] = &["primary", "not", "null", "default", "references", "check", "unique", "collate", "generated", "constraint"];

/// Returns the tables that these texts of SQL make or add to, by name.
pub(super) fn definitions<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, Definition> {
    let mut tables = BTreeMap::new();
    for sql in texts {
        let words = words(sql);
        for statement in words.split(|word| *word == ";") {
            match statement {
                ["create", "table", "if", "not", "exists", "claude", ".", table, "(", inner @ ..] => {
                    let made = tables.entry((*table).to_owned()).or_default();
                    parts(inner).into_iter().for_each(|part| create(made, part));
                }
                ["alter", "table", "claude", ".", table, changes @ ..] => {
                    let Some(altered) = tables.get_mut(*table) else { continue };
                    parts(changes).into_iter().for_each(|part| add(altered, part));
                }
                _ => {}
            }
        }
    }
    tables
}

fn create(table: &mut Definition, part: &[&str]) {
    match part {
        ["constraint", _, rest @ ..] => create(table, rest),
        ["primary", "key", "(", names @ ..] => table.keys.insert(0, listed(names)),
        ["unique", "(", names @ ..] => table.keys.push(listed(names)),
        ["check" | "foreign" | "exclude", ..] | [] => {}
        [name, rest @ ..] => column(table, name, rest, false),
    }
}

fn add(table: &mut Definition, part: &[&str]) {
    if let ["add", "column", "if", "not", "exists", name, rest @ ..] = part {
        match table.columns.iter_mut().find(|column| column.name == *name) {
            Some(column) => column.is_added = true,
            None => column(table, name, rest, true),
        }
    }
}

fn column(table: &mut Definition, name: &str, rest: &[&str], is_added: bool) {
    let kind = joined(until_next(rest));
    let after = |word: &str| rest.iter().position(|w| *w == word).map(|at| &rest[at + 1..]);
    let default = after("default").map(|expression| {
        // The first word is the value even if it is `null`.
        let end = 1 + until_next(expression.get(1..).unwrap_or_default()).len();
        joined(&expression[..end.min(expression.len())])
    });
    let is_key = rest.contains(&"primary");
    let is_nullable = !is_key && !rest.windows(2).any(|pair| pair == ["not", "null"]);
    let references = match after("references") {
        Some(["claude", ".", table, "(", column, ..]) => Some(((*table).to_owned(), (*column).to_owned())),
        _ => None,
    };
    if is_key {
        table.keys.insert(0, vec![name.to_owned()]);
    } else if rest.contains(&"unique") {
        table.keys.push(vec![name.to_owned()]);
    }
    table.columns.push(Column { name: name.to_owned(), kind, default, is_nullable, references, is_added });
}

fn until_next<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    let mut depth = 0;
    let is_end = |word: &&str| {
        depth += depth_of(word);
        depth == 0 && NEXT.contains(word)
    };
    &words[..words.iter().position(is_end).unwrap_or(words.len())]
}

fn depth_of(word: &str) -> i32 {
    match word {
        "(" => 1,
        ")" => -1,
        _ => 0,
    }
}

/// Puts words together as they were, but for blanks that mean nothing.
fn joined(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words {
        let is_word = |c: char| c.is_alphanumeric() || "_'".contains(c);
        if text.ends_with(is_word) && word.starts_with(is_word) {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Splits at the commas outside of brackets, up to the bracket that closes the whole.
fn parts<'a, 'b>(words: &'a [&'b str]) -> Vec<&'a [&'b str]> {
    let (mut depth, mut end) = (0, words.len());
    let mut commas = Vec::new();
    for (i, word) in words.iter().enumerate() {
        depth += depth_of(word);
        if depth < 0 {
            end = i;
            break;
        }
        if depth == 0 && *word == "," {
            commas.push(i);
        }
    }
    let starts = std::iter::once(0).chain(commas.iter().map(|at| at + 1));
    let ends = commas.iter().copied().chain(std::iter::once(end));
    starts.zip(ends).map(|(start, end)| &words[start..end]).collect()
}

fn listed(words: &[&str]) -> Vec<String> {
    words.iter().take_while(|word| **word != ")").filter(|word| **word != ",").map(|word| (*word).to_owned()).collect()
}

/// Cuts SQL into words, signs, texts in quotes and bodies between dollars; comments are left out.
fn words(sql: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let n_bytes = match first {
            '-' if rest.starts_with("--") => {
                rest = rest.find('\n').map_or("", |end| &rest[end..]).trim_start();
                continue;
            }
            '\'' | '"' => closed(rest, &rest[..1]),
            '$' => match rest[1..].find('$') {
                Some(end) => closed(rest, &rest[..end + 2]),
                None => 1,
            },
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            _ if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        words.push(&rest[..n_bytes]);
        rest = rest[n_bytes..].trim_start();
    }
    words
}

/// Returns the length of what begins and ends with `quote`; a doubled one is two texts side by side, which does no harm here.
fn closed(text: &str, quote: &str) -> usize {
    text[quote.len()..].find(quote).map_or(text.len(), |end| end + 2 * quote.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_out_of_sql() {
        let sql = "\
create table if not exists claude.t ( -- with; a comment
    t_id uuid primary key default gen_random_uuid(),
    names text[] not null default '{}' check (names <> '{a,b}'),
    share numeric(5, 2) generated always as (1) stored,
    at timestamptz not null default now(), state text default 'x' || 'y',
    other_id uuid references claude.t (t_id) on delete set null,
    unique (names, share)
);
do $$ begin create table if not exists claude.no (a text); end $$;
alter table claude.t add column if not exists share numeric(5, 2), add column if not exists late text collate \"C\";
";
        let tables = definitions([sql]);
        let table = &tables["t"];
        let columns: Vec<_> = table.columns.iter().map(|c| (c.name.as_str(), c.kind.as_str(), c.default.as_deref(), c.is_added)).collect();
        let expected = [
            ("t_id", "uuid", Some("gen_random_uuid()"), false),
            ("names", "text[]", Some("'{}'"), false),
            ("share", "numeric(5,2)", None, true),
            ("at", "timestamptz", Some("now()"), false),
            ("state", "text", Some("'x'||'y'"), false),
            ("other_id", "uuid", None, false),
            ("late", "text", None, true),
        ];
        assert_eq!((tables.len(), columns), (1, expected.to_vec()));
        assert_eq!(table.keys, [vec!["t_id"], vec!["names", "share"]]);
        let nullable: Vec<_> = table.columns.iter().filter(|c| c.is_nullable).map(|c| c.name.as_str()).collect();
        assert_eq!(nullable, ["share", "state", "other_id", "late"]);
        let references: Vec<_> = table.columns.iter().filter_map(|c| c.references.clone()).collect();
        assert_eq!(references, [("t".to_owned(), "t_id".to_owned())]);
    }
}
