//! `sync.toml` as it is written. Unknown keys are refused with the nearest known one; errors name file, line and column.

use crate::index::Languages;
use crate::refusal::{Exit, Refusal};
use anyhow::Result;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::path::Path;

pub const FILE_NAME: &str = "sync.toml";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub data_dir: Option<String>,
    #[serde(deserialize_with = "database")]
    pub database: Database,
    pub vault: Vec<VaultEntry>,
    pub notes: Notes,
    pub projects: Projects,
    pub search: Search,
    pub log: Log,
    pub sql: Sql,
    pub watch: Watch,
}

/// Where a team's PostgreSQL is. Never printed: it may hold a password.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Database {
    pub url: Option<String>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database(***)")
    }
}

/// Reads the table, and shows nothing of what stands in its place.
fn database<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Database, D::Error> {
    struct Table;
    impl<'de> Visitor<'de> for Table {
        type Value = Database;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table with `url`")
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Database, E> {
            Err(E::custom("the address of the database is `url` in the table `[database]`"))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Database, A::Error> {
            Database::deserialize(MapAccessDeserializer::new(map))
        }
    }
    deserializer.deserialize_any(Table)
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VaultEntry {
    /// `None` where the files are on other machines only.
    pub path: Option<String>,
    pub name: Option<String>,
    #[serde(default)]
    pub exclude: Vec<toml::Spanned<String>>,
    /// The line of each of them.
    #[serde(skip)]
    pub exclude_lines: Vec<usize>,
    #[serde(default)]
    pub private: Vec<String>,
    #[serde(default)]
    pub follow_symlinks: Folders,
    #[serde(default)]
    pub folder_types: BTreeMap<String, String>,
}

/// The folders into which symbolic links may lead. There is no word for all: a link to anywhere is what a hostile vault would hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Folders(pub Vec<String>);

impl<'de> Deserialize<'de> for Folders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Folders;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of the folders into which symbolic links may lead, as [\"~/Shared\"]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Folders, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(Folders)
            }
        }
        deserializer.deserialize_any(List)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Notes {
    pub labels: Option<bool>,
    pub private_property: Option<String>,
    pub write_back: Option<bool>,
    pub largest_mib: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Projects {
    pub unknown: Option<UnknownProjects>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Search {
    pub limit: Option<usize>,
    pub fresh: Option<Fresh>,
    pub languages: Option<Vec<LanguageName>>,
    pub rank: Rank,
}

/// The weights of the ranking, by the names of [`crate::index::Weights`].
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rank {
    name: Option<Weight>,
    labels: Option<Weight>,
    stem: Option<Weight>,
    accents: Option<Weight>,
    beginning: Option<Weight>,
    typo: Option<Weight>,
    function_words: Option<Weight>,
    nearness: Option<Weight>,
    exact_name: Option<Weight>,
    backlinks: Option<Weight>,
    recency: Option<Weight>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(try_from = "f64")]
pub(super) struct Weight(f64);

impl TryFrom<f64> for Weight {
    type Error = &'static str;

    fn try_from(weight: f64) -> Result<Self, Self::Error> {
        if weight.is_finite() && weight >= 0.0 { Ok(Self(weight)) } else { Err("a weight is 0 or more") }
    }
}

/// The name of a language, or of none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LanguageName(pub String);

impl<'de> Deserialize<'de> for LanguageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if Languages::NAMES.contains(&name.as_str()) { Ok(Self(name)) } else { Err(D::Error::unknown_variant(&name, Languages::NAMES)) }
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Log {
    pub keep_days: Option<u32>,
    pub keep_run_days: Option<u32>,
    pub keep_change_days: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Sql {
    pub timeout_seconds: Option<NonZeroU32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Watch {
    pub mode: Option<WatchMode>,
    pub poll_seconds: Option<u64>,
}

/// What to do with a project that a note names and nobody made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownProjects {
    Auto,
    Create,
    Ignore,
}

/// When a search takes in what has changed before it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fresh {
    /// When it sees a little that no watcher follows.
    Auto,
    Always,
    Never,
}

/// How changes are noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WatchMode {
    #[default]
    Auto,
    Native,
    Poll,
}

pub(super) fn read(path: &Path) -> Result<File> {
    let text = std::fs::read_to_string(path).map_err(|error| Refusal {
        exit: Exit::Usage,
        message: format!("cannot read the configuration {}: {error}", path.display()),
        hint: None,
    })?;
    parse(&text, path)
}

pub(super) fn parse(text: &str, path: &Path) -> Result<File> {
    let mut file: File = toml::from_str(text).map_err(|error| refusal(text, path, &error))?;
    for entry in &mut file.vault {
        entry.exclude_lines = entry.exclude.iter().map(|glob| text[..glob.span().start].matches('\n').count() + 1).collect();
    }
    Ok(file)
}

fn refusal(text: &str, path: &Path, error: &toml::de::Error) -> Refusal {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let message = error.message();
    Refusal {
        exit: Exit::Usage,
        message: format!("{}:{line}:{column}: {message}", path.display()),
        hint: nearest_known(message).map(|known| format!("did you mean `{known}`?")),
    }
}

/// Reads the unknown and the known names out of serde's message: "unknown field `x`, expected one of `a`, `b`".
fn nearest_known(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next().filter(|_| message.starts_with("unknown "))?;
    crate::nearest::nearest(unknown, quoted).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let error = parse(text, Path::new("sync.toml")).unwrap_err();
        let refusal = error.downcast_ref::<Refusal>().unwrap();
        assert_eq!(format!("{} | {}", refusal.message, refusal.hint.clone().unwrap_or_default()), expected);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_place_and_the_nearest_one() {
        check(
            "[search]\nlimits = 3\n",
            "sync.toml:2:1: unknown field `limits`, expected one of `limit`, `fresh`, `languages`, `rank` | did you mean `limit`?",
        );
        check(
            "[[vault]]\npath = \"v\"\nfollow_symlinks = true\n",
            "sync.toml:3:19: invalid type: boolean `true`, expected a list of the folders into which symbolic links may lead, as [\"~/Shared\"] | ",
        );
        check("[search.rank]\nrecency = -1\n", "sync.toml:2:11: a weight is 0 or more | ");
        check(
            "[watch]\nmode = \"pol\"\n",
            "sync.toml:2:8: unknown variant `pol`, expected one of `auto`, `native`, `poll` | did you mean `poll`?",
        );
    }

    #[test]
    fn what_may_be_a_password_is_not_shown() {
        for (text, expected) in [
            ("database = \"postgres://me:secret@host\"", "1:12: the address of the database is `url` in the table `[database]` | "),
            ("database_url = \"postgres://me:secret@host\"", "1:1: unknown field `database_url`, expected one of"),
            ("[database]\nurl = postgres://me:secret@host", "2:7: "),
            ("[database]\nurl = [\"postgres://me:secret@host\"]", "2:7: invalid type: sequence, expected a string | "),
            ("[database]\nurl = \"postgres://me:secret@host", "2:33: "),
        ] {
            let error = parse(text, Path::new("sync.toml")).unwrap_err();
            let refusal = error.downcast_ref::<Refusal>().unwrap();
            let said = format!("{} | {}", refusal.message, refusal.hint.clone().unwrap_or_default());
            assert!(said.starts_with(&format!("sync.toml:{expected}")) && !format!("{said}{error:?}").contains("secret"), "{said}");
        }
    }

    #[test]
    fn an_unknown_language_is_told_with_the_nearest() {
        let error = parse("[search]\nlanguages = [\"german\", \"englisch\"]\n", Path::new("sync.toml")).unwrap_err();
        let refusal = error.downcast_ref::<Refusal>().unwrap();
        assert!(refusal.message.starts_with("sync.toml:2:13: unknown variant `englisch`, expected one of `arabic`"), "{refusal}");
        assert_eq!(refusal.hint.as_deref(), Some("did you mean `english`?"));
    }

    #[test]
    fn the_example_sets_every_key() {
        let file = parse(crate::config::EXAMPLE, Path::new("sync.example.toml")).unwrap();
        assert!(file.data_dir.is_some() && file.database.url.is_some() && file.vault.is_empty());
        assert!(file.notes.labels.is_some() && file.notes.private_property.is_some() && file.notes.write_back.is_some());
        assert!(file.projects.unknown.is_some() && file.search.limit.is_some());
        let rank = serde_json::to_value(&file.search.rank).unwrap();
        assert!(file.search.languages.is_some() && rank.as_object().unwrap().values().all(|weight| !weight.is_null()));
        assert!(file.search.fresh.is_some());
        assert!(
            file.log.keep_days.is_some()
                && file.log.keep_run_days.is_some()
                && file.log.keep_change_days.is_some()
                && file.watch.mode.is_some()
                && file.watch.poll_seconds.is_some()
        );
    }
}
