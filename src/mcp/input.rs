//! What agents give the tools, as types: their fields and comments are the schema that an agent reads.

use schemars::JsonSchema;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Search {
    // Not a doc comment, which would take the brackets for a link.
    #[schemars(
        description = "Words (all must occur), \"a phrase\", -not, OR, (groups), /regex/, and operators: tag:#x path:x file:x title:x section:(x y) line:(x y) \
        [property:value] project:x type:x task-todo:x link:NOTE backlink:NOTE modified:7d created:2026-01..2026-03"
    )]
    pub query: String,
    /// Only notes of this project.
    pub project: Option<String>,
    /// Only notes of this knowledge type, such as pattern or gotcha.
    pub r#type: Option<String>,
    /// Only notes with this tag or one below it.
    pub tag: Option<String>,
    /// Only notes whose path holds this text: a folder, `Projects/`.
    pub path: Option<String>,
    /// Only this vault, by its name, where there are several.
    pub vault: Option<String>,
    /// Make each hit a section of a note, with the paragraph that answers, instead of a note.
    #[serde(default)]
    pub sections: bool,
    /// Leave out related hits (other forms of words, some of the words, typos), which come last and are marked `relaxed`.
    #[serde(default)]
    pub strict: bool,
    /// At most so many hits; 10 unless given.
    pub limit: Option<usize>,
    /// Skip so many hits: the next page is at `next.offset` of the answer before.
    #[serde(default)]
    pub offset: usize,
    /// The answer is cut to about so many tokens of 4 bytes; 4000 unless given.
    pub max_tokens: Option<usize>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Get {
    /// A path in the vault, a note's name, an alias, or an id (`id` or `short_id` of other answers).
    pub note: String,
    /// Only the section below this heading: `Heading`, or `Outer > Heading`; or a block, `^id`.
    pub section: Option<String>,
    /// Only these lines: `12`, `12-40` or `12-`.
    pub lines: Option<String>,
    /// Only this vault, by its name, where there are several.
    pub vault: Option<String>,
    /// The text is cut to about so many tokens of 4 bytes; 4000 unless given.
    pub max_tokens: Option<usize>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Links {
    /// `out`: what `note` links to, in order. `in`: who links to `note`. `unresolved`: what is linked to and not there, in the whole vault.
    pub direction: Direction,
    /// The note, by path, name, alias or id; for `out` and `in`.
    pub note: Option<String>,
    /// Only links whose other end has this text in its path; for `unresolved`, links from there.
    pub path: Option<String>,
    /// Only this vault, by its name, where there are several.
    pub vault: Option<String>,
    /// At most so many links; 100 unless given.
    pub limit: Option<usize>,
    /// Skip so many: the next page is at `next.offset` of the answer before.
    #[serde(default)]
    pub offset: usize,
    /// The answer is cut to about so many tokens of 4 bytes; 4000 unless given.
    pub max_tokens: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    #[default]
    Out,
    In,
    Unresolved,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    /// `tags`, `properties` and `projects` count notes; `values` are those of one `property`; `recent` are the notes written last; `notes` are
    /// all, by path; `orphans` those to which nothing links; `tasks` the open ones, where they stand.
    pub what: What,
    /// The property whose `values` are listed.
    pub property: Option<String>,
    /// Only notes of this project.
    pub project: Option<String>,
    /// Only notes of this knowledge type.
    pub r#type: Option<String>,
    /// Only notes with this tag or one below it.
    pub tag: Option<String>,
    /// Only notes whose path holds this text: a folder, `Projects/`.
    pub path: Option<String>,
    /// Only notes changed since then: `7d`, `2026-01-31`, `yesterday`.
    pub since: Option<String>,
    /// Only this vault, by its name, where there are several.
    pub vault: Option<String>,
    /// At most so many rows; 50 unless given.
    pub limit: Option<usize>,
    /// Skip so many: the next page is at `next.offset` of the answer before.
    #[serde(default)]
    pub offset: usize,
    /// The answer is cut to about so many tokens of 4 bytes; 4000 unless given.
    pub max_tokens: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    #[default]
    Tags,
    Properties,
    Values,
    Projects,
    Recent,
    Notes,
    Orphans,
    Tasks,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    /// Only what came after this revision (`read_to` or `next.since` of an answer before), or since a time: `12h`, `7d`, `2026-01-31`. Without
    /// it, the last changes.
    pub since: Option<Since>,
    /// Only this vault, by its name, where there are several.
    pub vault: Option<String>,
    /// At most so many changes; 50 unless given.
    pub limit: Option<usize>,
    /// The answer is cut to about so many tokens of 4 bytes; 4000 unless given.
    pub max_tokens: Option<usize>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Since {
    Revision(u32),
    When(String),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Feedback {
    /// The `log_id` of an answer of `search`.
    pub log_id: String,
    pub verdict: Verdict,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Useful,
    Useless,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Status {
    /// Only this vault, by its name, where there are several.
    pub vault: Option<String>,
}
