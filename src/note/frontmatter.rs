//! Frontmatter: where it stands, and its YAML as JSON. The only home of `serde_yaml`.
//!
//! Obsidian reads YAML 1.2 with its core schema: dates and `yes` are strings, `010` is ten, equal keys are an error. libyaml below
//! `serde_yaml` agrees on the most of it; `dialect` holds the rest of the syntax, `core` the rest of the values.

mod core;
mod dialect;
mod disguise;
mod plain;
mod recover;
#[cfg(test)]
mod tests;

use super::Problem;
use super::text::problem_after;
use core::Core;
use disguise::{disguise, reveal};
use recover::recover;
use serde::de::DeserializeSeed as _;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

/// Longer frontmatter is not read: properties are for people.
const MAX_YAML: usize = 64 << 10;

/// What the values of one block may come to, in bytes of text and one for each value: anchors and aliases can make much of little.
const MAX_VALUES: usize = 4 * MAX_YAML;

/// Brackets within brackets cost the parser the square of their depth before it says that they are too deep. Where there are more than these,
/// the block is first read in growing parts, each by this many bytes longer: in the part where it gets too deep it is not yet much so.
const MANY_BRACKETS: usize = 1000;
const PART: usize = 4 << 10;

const INVALID: &str = "the properties are not valid YAML";

pub use recover::Recovered;

/// Where the frontmatter of a text stands, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// From the first dash to the end of the closing line, without its line end.
    pub range: Range<usize>,
    /// What stands between the fences.
    pub yaml: Range<usize>,
    /// Where the body begins: after the closing line.
    pub body_start: usize,
}

/// What the YAML says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reading<'t> {
    /// `None` for an empty block, for anything but a mapping, and for an error.
    pub properties: Option<Properties<'t>>,
    pub error: Option<Problem>,
    /// What stands in broken YAML all the same.
    pub recovered: Option<Recovered>,
}

/// A YAML value whose mappings keep their order, as a JSON object here does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Yaml<'t> {
    Text(Cow<'t, str>),
    /// A number, a truth value or null.
    Scalar(Value),
    List(Vec<Self>),
    Map(Properties<'t>),
}

/// A mapping in the order in which Obsidian holds it.
pub type Properties<'t> = Vec<(Cow<'t, str>, Yaml<'t>)>;

impl From<&Yaml<'_>> for Value {
    fn from(yaml: &Yaml<'_>) -> Self {
        match yaml {
            Yaml::Text(text) => Self::from(&**text),
            Yaml::Scalar(value) => value.clone(),
            Yaml::List(list) => list.iter().map(Self::from).collect(),
            Yaml::Map(properties) => Self::Object(to_json(properties)),
        }
    }
}

/// Returns the properties as a JSON object.
pub(super) fn to_json(properties: &Properties<'_>) -> Map<String, Value> {
    properties.iter().map(|(key, value)| (key.clone().into_owned(), value.into())).collect()
}

/// Returns where the frontmatter stands: a text whose first line is `---`, blank lines aside, up to the next line that begins so.
pub(super) fn find(text: &str) -> Option<Block> {
    let start = text.bytes().take_while(|&byte| byte == b'\n').count();
    let yaml_start = start + text[start..].strip_prefix("---\n").map(|_| "---\n".len())?;
    let close = if text[yaml_start..].starts_with("---") {
        yaml_start
    } else {
        let mut lines = memchr::memchr_iter(b'\n', &text.as_bytes()[yaml_start..]).map(|end| yaml_start + end + 1);
        lines.find(|&line| text[line..].starts_with("---"))?
    };
    let end = memchr::memchr(b'\n', &text.as_bytes()[close..]).map_or(text.len(), |at| close + at);
    Some(Block { range: start..end, yaml: yaml_start..close, body_start: (end + 1).min(text.len()) })
}

/// Reads the YAML of a block of `text`; errors carry the note's own lines.
pub(super) fn read<'t>(text: &'t str, block: &Block) -> Reading<'t> {
    let yaml = &text[block.yaml.clone()];
    if yaml.trim().is_empty() {
        return Reading::default();
    }
    let plain = if yaml.len() <= MAX_YAML { plain::read(yaml) } else { None };
    if let Some(properties) = plain {
        return Reading { properties: Some(properties), ..Reading::default() };
    }
    match parse(&text[..block.yaml.start], yaml) {
        Ok(Yaml::Map(properties)) => Reading { properties: Some(properties), ..Reading::default() },
        Ok(_) => Reading::default(),
        Err(mut error) => {
            let recovered = recover(yaml);
            if let Some(recovered) = &recovered {
                error.message += &format!("; recovered: {recovered}");
            }
            Reading { error: Some(error), recovered, ..Reading::default() }
        }
    }
}

/// Returns the value of the YAML that stands after `before`.
fn parse(before: &str, yaml: &str) -> Result<Yaml<'static>, Problem> {
    if yaml.len() > MAX_YAML {
        return Err(problem_after(before, format!("the properties take more than {} KiB and were not read", MAX_YAML >> 10)));
    }
    let refused = |place: &str, why: &str| problem_after(&(before.to_owned() + &reveal(place)), format!("{INVALID}: {why}"));
    let disguised = disguise(yaml);
    let adapted = dialect::adapt(&disguised).map_err(|error| refused(&disguised[..error.at], error.why))?;
    let last_text = Cell::new(0);
    deep_part(&adapted).map_or_else(|| values(&adapted, &last_text), Err).map_err(|error| {
        if error.to_string().contains(core::TWICE) {
            return refused(&adapted[..last_text.get()], core::TWICE);
        }
        let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
        let message = error.to_string();
        // The library counts lines from the block's start; ours stand in the problem's own fields.
        let message = message.split(" at line ").next().unwrap_or_default();
        Problem { line: before.matches('\n').count() + line, column, message: format!("{INVALID}: {message}") }
    })
}

fn values(yaml: &str, last_text: &Cell<usize>) -> Result<Yaml<'static>, serde_yaml::Error> {
    let core = Core { yaml, last_text, left: &Cell::new(MAX_VALUES) };
    core.deserialize(serde_yaml::Deserializer::from_str(yaml))
}

/// Returns the error of brackets that are nested too deeply, if there may be such ones.
fn deep_part(yaml: &str) -> Option<serde_yaml::Error> {
    memchr::memchr2_iter(b'[', b'{', yaml.as_bytes()).nth(MANY_BRACKETS)?;
    let parts = (PART..yaml.len()).step_by(PART).map(|end| &yaml[..yaml.floor_char_boundary(end)]);
    parts.filter_map(|part| values(part, &Cell::new(0)).err()).find(|error| error.to_string().contains("recursion limit"))
}
