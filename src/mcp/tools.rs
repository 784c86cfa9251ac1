//! The tools, as data: what each is for, what it takes, and the command line that it comes to. Pure: nothing is asked here.

use super::Asked;
use super::input::{Changes, Direction, Feedback, Get, Links, List, Search, Since, Status, Verdict, What};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Tokens of an answer, unless an agent asks for more or fewer.
const MAX_TOKENS: usize = 4000;
/// Fewer say nothing.
const FEWEST_TOKENS: usize = 200;
const HITS: usize = 10;
const LINKS: usize = 100;
const ROWS: usize = 50;

/// What an agent can ask for.
pub(super) struct Tool {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    /// It answers, and changes nothing but the log.
    pub is_reading: bool,
    pub schema: fn() -> Map<String, Value>,
    pub read: fn(Map<String, Value>) -> Result<Asked, String>,
}

/// Says what a server is good for, to an agent that has just met it.
pub(super) const INSTRUCTIONS: &str = "\
Notes of an Obsidian vault, indexed. Use `search` first, then `get` the section or lines that you need; cite notes as `path:line`, which \
answers give as `cite`. Each answer says in `freshness` and `warnings` whether the notes may have changed since, and in `next` how to get \
what was cut. Nothing here changes a note. Tell with `feedback` whether a search helped.";

pub(super) const TOOLS: [Tool; 7] = [
    tool::<Search>(
        "search",
        "Search notes",
        "Searches the notes with Obsidian's query language, best hits first. Each hit has `path`, `title`, `cite` (path:line of the best \
         passage), `short_id` for `get`, and the passages that match. `total` counts all hits; `suggestions` say what may have been meant \
         when there is none. Prefer a few distinctive words to a sentence.",
    ),
    tool::<Get>(
        "get",
        "Read a note",
        "Returns the text of a note, or of one section or some lines of it, with the lines it stands at. A long text is cut: then \
         `headings` is its outline, and `next.lines` where to go on.",
    ),
    tool::<Links>(
        "links",
        "Follow links",
        "Lists the links of a note (`out`), the links to it (`in`), or what is linked to in the vault and does not exist (`unresolved`). \
         A link has its place as `cite`, its text as `original`, and as `dest` the file it leads to; without `dest` it leads nowhere.",
    ),
    tool::<List>(
        "list",
        "List what there is",
        "Lists what the vault has: tags, properties and their values, projects, recent notes, all notes, orphans, open tasks; narrowed by \
         project, type, tag, path or time. Use it to learn which names exist before filtering a search by them.",
    ),
    tool::<Changes>(
        "changes",
        "What has changed",
        "Lists which notes were added, modified, renamed, archived (gone) or have returned, oldest first, with the revision of each change. \
         Remember `read_to`, and ask with it as `since` the next time.",
    ),
    Tool {
        is_reading: false,
        ..tool::<Feedback>(
            "feedback",
            "Say whether a search helped",
            "Records that an answer of `search` was useful or useless, by its `log_id`. It changes no note; people learn from it what the \
             vault lacks.",
        )
    },
    tool::<Status>(
        "status",
        "How fresh the index is",
        "Says how many files each vault has, how many are indexed, left out or waiting, when it was last synced, and whether a watcher \
         follows it.",
    ),
];

/// What a tool takes.
trait Input: JsonSchema + DeserializeOwned {
    fn asked(self) -> Result<Asked, String>;
}

const fn tool<T: Input>(name: &'static str, title: &'static str, description: &'static str) -> Tool {
    Tool { name, title, description, is_reading: true, schema: schema::<T>, read: read::<T> }
}

fn read<T: Input>(arguments: Map<String, Value>) -> Result<Asked, String> {
    serde_json::from_value::<T>(arguments.into()).map_err(|error| error.to_string())?.asked()
}

/// Returns the schema of what a tool takes, all in one piece.
fn schema<T: Input>() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = std::mem::take(settings.into_generator().into_root_schema_for::<T>().ensure_object());
    schema.remove("title");
    schema
}

impl Input for Search {
    fn asked(self) -> Result<Asked, String> {
        let max_tokens = max_tokens(self.max_tokens);
        let line = Line::of("search")
            .value("limit", Some(self.limit.unwrap_or(HITS)))
            .value("offset", Some(self.offset))
            .filters(self.project, self.r#type, self.tag, self.path, None)
            .flag("granularity=section", self.sections)
            .flag("strict", self.strict)
            // Some are left for what is added to the answer.
            .value("max-tokens", Some(max_tokens - FEWEST_TOKENS / 4))
            .value("max-bytes", Some(4 * (max_tokens - FEWEST_TOKENS / 4)));
        Ok(Asked { offset: self.offset, ..line.asked(&[self.query], self.vault, max_tokens) })
    }
}

impl Input for Get {
    fn asked(self) -> Result<Asked, String> {
        let line = Line::of("show").value("section", self.section).value("lines", self.lines);
        Ok(line.asked(&[self.note], self.vault, max_tokens(self.max_tokens)))
    }
}

impl Input for Links {
    fn asked(self) -> Result<Asked, String> {
        let command = match self.direction {
            Direction::Out => "links",
            Direction::In => "backlinks",
            Direction::Unresolved => "unresolved",
        };
        let note = match (self.direction, self.note) {
            (Direction::Unresolved, Some(_)) => {
                return Err("`unresolved` is of the whole vault: of a note, `out` lists such links too, without `dest`".to_owned());
            }
            (Direction::Unresolved, None) => Vec::new(),
            (_, Some(note)) => vec![note],
            (_, None) => return Err("`out` and `in` need a `note`".to_owned()),
        };
        let line = Line::of(command)
            .flag("sources", self.direction == Direction::Unresolved)
            .value("limit", Some(self.limit.unwrap_or(LINKS)))
            .value("offset", Some(self.offset))
            .filters(None, None, None, self.path, None);
        Ok(Asked { offset: self.offset, ..line.asked(&note, self.vault, max_tokens(self.max_tokens)) })
    }
}

impl Input for List {
    fn asked(self) -> Result<Asked, String> {
        let (command, flag) = match self.what {
            What::Tags => ("tags", "sort=count"),
            What::Properties | What::Values => ("properties", "sort=count"),
            What::Projects => ("projects", "sort=count"),
            What::Recent => ("recent", ""),
            What::Notes => ("ls", "kind=note"),
            What::Orphans => ("orphans", ""),
            What::Tasks => ("tasks", "todo"),
        };
        let property = match (self.what, self.property) {
            (What::Values, None) => return Err("`values` needs a `property`".to_owned()),
            (What::Values, Some(name)) => vec![name],
            (_, Some(_)) => return Err("`property` goes with `values`".to_owned()),
            (_, None) => Vec::new(),
        };
        let line = Line::of(command)
            .flag(flag, !flag.is_empty())
            .value("limit", Some(self.limit.unwrap_or(ROWS)))
            .value("offset", Some(self.offset))
            .filters(self.project, self.r#type, self.tag, self.path, self.since);
        Ok(Asked { offset: self.offset, ..line.asked(&property, self.vault, max_tokens(self.max_tokens)) })
    }
}

impl Input for Changes {
    fn asked(self) -> Result<Asked, String> {
        let since = self.since.map(|since| match since {
            Since::Revision(revision) => revision.to_string(),
            Since::When(when) => when,
        });
        let line = Line::of("changes").value("since", since).value("limit", Some(self.limit.unwrap_or(ROWS)));
        Ok(line.asked(&[], self.vault, max_tokens(self.max_tokens)))
    }
}

impl Input for Feedback {
    fn asked(self) -> Result<Asked, String> {
        let verdict = match self.verdict {
            Verdict::Useful => "useful",
            Verdict::Useless => "useless",
        };
        Ok(Line(vec!["log".to_owned(), "feedback".to_owned()]).asked(&[self.log_id, verdict.to_owned()], None, MAX_TOKENS))
    }
}

impl Input for Status {
    fn asked(self) -> Result<Asked, String> {
        Ok(Line::of("status").asked(&[], self.vault, MAX_TOKENS))
    }
}

fn max_tokens(given: Option<usize>) -> usize {
    given.unwrap_or(MAX_TOKENS).max(FEWEST_TOKENS)
}

/// A command line on its way. Values stand in the word of their flag, and what is no flag behind `--`: whatever an agent gives is a value.
struct Line(Vec<String>);

impl Line {
    fn of(command: &str) -> Self {
        Self(vec![command.to_owned()])
    }

    fn value(mut self, flag: &str, value: Option<impl ToString>) -> Self {
        self.0.extend(value.map(|value| format!("--{flag}={}", value.to_string())));
        self
    }

    fn flag(mut self, flag: &str, is_given: bool) -> Self {
        self.0.extend(is_given.then(|| format!("--{flag}")));
        self
    }

    fn filters(
        self,
        project: Option<String>,
        kind: Option<String>,
        tag: Option<String>,
        path: Option<String>,
        since: Option<String>,
    ) -> Self {
        self.value("project", project).value("type", kind).value("tag", tag).value("path", path).value("since", since)
    }

    fn asked(mut self, values: &[String], vault: Option<String>, max_tokens: usize) -> Asked {
        if !values.is_empty() {
            self.0.push("--".to_owned());
            self.0.extend_from_slice(values);
        }
        Asked { line: self.0, vault, offset: 0, max_tokens }
    }
}

#[cfg(test)]
mod tests {
    use super::{TOOLS, Value};
    use serde_json::json;

    fn line(tool: &str, input: Value) -> Result<String, String> {
        let tool = TOOLS.iter().find(|known| known.name == tool).unwrap();
        (tool.read)(input.as_object().unwrap().clone()).map(|asked| asked.line.join(" "))
    }

    #[test]
    fn a_tool_comes_to_a_command_line() {
        for (tool, input, expected) in [
            ("search", json!({"query": "-x a"}), "search --limit=10 --offset=0 --max-tokens=3950 --max-bytes=15800 -- -x a"),
            (
                "search",
                json!({"query": "a", "tag": "-t", "type": "pattern", "project": "p q", "path": "In/", "sections": true, "strict": true,
                    "limit": 3, "offset": 6, "max_tokens": 1}),
                "search --limit=3 --offset=6 --project=p q --type=pattern --tag=-t --path=In/ --granularity=section --strict \
                 --max-tokens=150 --max-bytes=600 -- a",
            ),
            ("get", json!({"note": "Home", "section": "One > Two"}), "show --section=One > Two -- Home"),
            ("get", json!({"note": "--json", "lines": "-7"}), "show --lines=-7 -- --json"),
            ("links", json!({"direction": "in", "note": "a"}), "backlinks --limit=100 --offset=0 -- a"),
            ("links", json!({"direction": "unresolved", "path": "In/"}), "unresolved --sources --limit=100 --offset=0 --path=In/"),
            ("list", json!({"what": "values", "property": "status"}), "properties --sort=count --limit=50 --offset=0 -- status"),
            ("list", json!({"what": "tasks", "project": "p"}), "tasks --todo --limit=50 --offset=0 --project=p"),
            ("changes", json!({"since": 128}), "changes --since=128 --limit=50"),
            ("changes", json!({"since": "7d", "limit": 5}), "changes --since=7d --limit=5"),
            ("feedback", json!({"log_id": "0190", "verdict": "useless"}), "log feedback -- 0190 useless"),
            ("status", json!({}), "status"),
        ] {
            assert_eq!(line(tool, input.clone()).as_deref(), Ok(expected), "{tool} {input}");
        }
    }

    #[test]
    fn what_is_no_input_is_said() {
        for (tool, input, expected) in [
            ("search", json!({}), "missing field `query`"),
            ("search", json!({"query": "a", "tags": ["b"]}), "unknown field `tags`, expected one of `query`, `project`, "),
            ("links", json!({"direction": "out"}), "need a `note`"),
            ("links", json!({"direction": "unresolved", "note": "a"}), "of the whole vault"),
            ("list", json!({"what": "values"}), "needs a `property`"),
            ("list", json!({"what": "everything"}), "unknown variant `everything`, expected one of `tags`, "),
        ] {
            let said = line(tool, input.clone()).unwrap_err();
            assert!(said.contains(expected), "{tool} {input}: {said}");
        }
    }
}
