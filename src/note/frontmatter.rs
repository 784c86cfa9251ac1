//! Frontmatter: where it stands, and its YAML as JSON. The only home of `serde_yaml`.
//!
//! Obsidian reads YAML 1.2 with its core schema: dates and `yes` are strings, `010` is ten, equal keys are an error. `serde_yaml` agrees on the
//! most of it; [`Core`] holds the rest.

use super::Problem;
use super::text::problem_after;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess as _, Visitor};
use serde_json::{Map, Value};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
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
pub(super) struct Reading {
    /// `None` for an empty block, for anything but a mapping, and for an error.
    pub properties: Option<Entries>,
    pub error: Option<Problem>,
}

/// A YAML value whose mappings keep their order, as a JSON object here does not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    Scalar(Value),
    List(Vec<Self>),
    Map(Entries),
}

pub(super) type Entries = Vec<(String, Yaml)>;

impl From<Yaml> for Value {
    fn from(yaml: Yaml) -> Self {
        match yaml {
            Yaml::Scalar(value) => value,
            Yaml::List(list) => list.into_iter().map(Self::from).collect(),
            Yaml::Map(entries) => Self::Object(to_json(entries)),
        }
    }
}

/// Returns the entries as a JSON object.
pub(super) fn to_json(entries: Entries) -> Map<String, Value> {
    entries.into_iter().map(|(key, value)| (key, value.into())).collect()
}

/// Returns where the frontmatter stands: a text whose first line is `---`, blank lines aside, up to the next line that begins so.
pub(super) fn find(text: &str) -> Option<Block> {
    let start = text.bytes().take_while(|&byte| byte == b'\n').count();
    let yaml_start = start + text[start..].strip_prefix("---\n").map(|_| "---\n".len())?;
    let close = if text[yaml_start..].starts_with("---") {
        yaml_start
    } else {
        yaml_start + memchr::memmem::find(&text.as_bytes()[yaml_start..], b"\n---")? + 1
    };
    let end = memchr::memchr(b'\n', &text.as_bytes()[close..]).map_or(text.len(), |at| close + at);
    Some(Block { range: start..end, yaml: yaml_start..close, body_start: (end + 1).min(text.len()) })
}

/// Reads the YAML of a block of `text`; errors carry the note's own lines.
pub(super) fn read(text: &str, block: &Block) -> Reading {
    let yaml = &text[block.yaml.clone()];
    let first_line = text[..block.yaml.start].matches('\n').count() + 1;
    if yaml.len() > MAX_YAML {
        let message = format!("the properties take more than {} KiB and were not read", MAX_YAML >> 10);
        return Reading { properties: None, error: Some(Problem { line: first_line, column: 1, message }) };
    }
    if yaml.trim().is_empty() {
        return Reading::default();
    }
    let last_text = Cell::new(0);
    let values = deep_part(yaml).map_or_else(|| values(yaml, &last_text), Err);
    match values {
        Ok(Yaml::Map(properties)) => Reading { properties: Some(properties), error: None },
        Ok(_) => Reading::default(),
        Err(error) if error.to_string().contains(TWICE) => {
            let problem = problem_after(&text[..block.yaml.start + last_text.get()], format!("{INVALID}: {TWICE}"));
            Reading { properties: None, error: Some(problem) }
        }
        Err(error) => Reading { properties: None, error: Some(problem(&error, first_line)) },
    }
}

fn values(yaml: &str, last_text: &Cell<usize>) -> Result<Yaml, serde_yaml::Error> {
    let core = Core { yaml, last_text, left: &Cell::new(MAX_VALUES) };
    core.deserialize(serde_yaml::Deserializer::from_str(yaml))
}

/// Returns the error of brackets that are nested too deeply, if there may be such ones.
fn deep_part(yaml: &str) -> Option<serde_yaml::Error> {
    memchr::memchr2_iter(b'[', b'{', yaml.as_bytes()).nth(MANY_BRACKETS)?;
    let parts = (PART..yaml.len()).step_by(PART).map(|end| &yaml[..yaml.floor_char_boundary(end)]);
    parts.filter_map(|part| values(part, &Cell::new(0)).err()).find(|error| error.to_string().contains("recursion limit"))
}

fn problem(error: &serde_yaml::Error, first_line: usize) -> Problem {
    let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    let message = error.to_string();
    // The library counts lines from the block's start; ours stand in the problem's own fields.
    let message = message.split(" at line ").next().unwrap_or_default();
    Problem { line: first_line - 1 + line, column, message: format!("{INVALID}: {message}") }
}

impl From<Value> for Yaml {
    fn from(scalar: Value) -> Self {
        Self::Scalar(scalar)
    }
}

/// Reads a YAML value by the rules of the core schema. Holds the source, because of one value it must know whether it was quoted.
#[derive(Clone, Copy)]
struct Core<'s> {
    yaml: &'s str,
    /// Where the last text stood that was read: the key, when a key is found to stand there twice.
    last_text: &'s Cell<usize>,
    /// How many bytes the values may still come to.
    left: &'s Cell<usize>,
}

const TWICE: &str = "this key stands there twice";
const TOO_MUCH: &str = "its aliases make it too long";

impl<'de> DeserializeSeed<'de> for Core<'_> {
    type Value = Yaml;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        self.take(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Core<'_> {
    type Value = Yaml;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Yaml, E> {
        Ok(Value::Null.into())
    }

    fn visit_none<E>(self) -> Result<Yaml, E> {
        Ok(Value::Null.into())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Yaml, E> {
        Ok(Value::Bool(value).into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Yaml, E> {
        Ok(Value::from(value).into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Yaml, E> {
        Ok(Value::from(value).into())
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Yaml, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Yaml, E> {
        self.visit_f64(value as f64)
    }

    /// JSON has one kind of number: YAML's `1e3` is 1000. It has no infinities: they are null, as in Obsidian's own JSON.
    fn visit_f64<E>(self, value: f64) -> Result<Yaml, E> {
        let is_whole = value.fract() == 0.0 && value.abs() < 9e15;
        Ok(if is_whole { Value::from(value as i64).into() } else { Value::from(value).into() })
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Yaml, E> {
        self.take(value.len())?;
        Ok(Value::from(value).into())
    }

    /// Gets the text that stands in the source as it is. To the library `010` is text; in the core schema it is ten, unless quoted.
    fn visit_borrowed_str<E: serde::de::Error>(self, value: &'de str) -> Result<Yaml, E> {
        let at = (value.as_ptr() as usize).saturating_sub(self.yaml.as_ptr() as usize);
        self.last_text.set(at.min(self.yaml.len()));
        match padded_integer(value) {
            Some(number) if !self.is_quoted(at) => self.visit_f64(number),
            _ => self.visit_str(value),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Yaml, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = items.next_element_seed(self)? {
            list.push(value);
        }
        Ok(Yaml::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Yaml, A::Error> {
        let mut seen = HashSet::new();
        let mut map = Vec::new();
        while let Some(key) = entries.next_key_seed(self)? {
            let key = key_text(key.into());
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(TWICE));
            }
            map.push((key, entries.next_value_seed(self)?));
        }
        Ok(Yaml::Map(map))
    }

    /// A tag of somebody's own, `!x value`: the value counts.
    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<Yaml, A::Error> {
        let (_tag, value) = tagged.variant_seed(self)?;
        value.newtype_variant_seed(self)
    }
}

impl Core<'_> {
    /// Counts what a value takes.
    fn take<E: serde::de::Error>(self, n_bytes: usize) -> Result<(), E> {
        self.left.set(self.left.get().checked_sub(n_bytes).ok_or_else(|| E::custom(TOO_MUCH))?);
        Ok(())
    }

    /// Returns whether the text at `at` of the source stands in quotes.
    fn is_quoted(self, at: usize) -> bool {
        at > 0 && matches!(self.yaml.as_bytes()[at - 1], b'"' | b'\'')
    }
}

/// Returns the number for an integer with zeros in front.
fn padded_integer(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_padded = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_padded { text.parse().ok() } else { None }
}

/// Returns a key as Obsidian names it: keys that are no text in their YAML form, so that a template's `{{title}}` is kept.
fn key_text(key: Value) -> String {
    match key {
        Value::String(text) => text,
        Value::Null => String::new(),
        Value::Object(map) => {
            let entry = |(key, value): (String, Value)| if value.is_null() { key } else { format!("{key}: {}", key_text(value)) };
            format!("{{ {} }}", map.into_iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::Array(list) => format!("[ {} ]", list.into_iter().map(key_text).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(yaml: &str, expected: Value) {
        let text = format!("---\n{yaml}\n---\n");
        let reading = read(&text, &find(&text).unwrap());
        assert_eq!(reading.error, None, "{yaml}");
        assert_eq!(reading.properties.map_or(Value::Null, |entries| Value::Object(to_json(entries))), expected, "{yaml}");
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        check(
            "a: 010\nb: 0o10\nc: 0x1F\nd: 1_000\ne: .5\nf: 1e3\nh: +12\ni: \"010\"\nj: '007'\nk: -08",
            json!({"a": 10, "b": 8, "c": 31, "d": "1_000", "e": 0.5, "f": 1000, "h": 12, "i": "010", "j": "007", "k": -8}),
        );
        check("a: yes\nb: 12:30\nc: 2024-01-01\nd: ~\ne: True", json!({"a": "yes", "b": "12:30", "c": "2024-01-01", "d": null, "e": true}));
        check("a: .inf\nb: 99999999999999999999", json!({"a": null, "b": 1e20}));
    }

    #[test]
    fn template_text_and_own_tags_are_kept() {
        check("title: {{title}}", json!({"title": {"{ title }": null}}));
        check("a: !x 1\nb: !y [2]\n? 3\n: c", json!({"a": 1, "b": [2], "3": "c"}));
        check("<<: {a: 1}\nb: &x [1]\nc: *x", json!({"<<": {"a": 1}, "b": [1], "c": [1]}));
    }

    #[test]
    fn what_is_no_mapping_has_no_properties_and_no_error() {
        for yaml in ["", "\n", "# only", "just text", "- a\n- b"] {
            check(yaml, Value::Null);
        }
    }

    #[test]
    fn errors_carry_the_lines_of_the_note() {
        for (text, line) in [
            ("---\na: 1\na: 2\n---\n", 3),
            ("---\na: b: c\n---\n", 2),
            ("\n\n---\na: 1\nb: `x`\n---\n", 5),
            ("---\na:\n\t- b\n---\n", 3),
            ("---\na: \"open\n---\n", 3),
            ("---\na: 1\n...\nb: 2\n---\n", 2),
        ] {
            let error = read(text, &find(text).unwrap()).error.unwrap();
            assert_eq!(error.line, line, "{text:?}: {}", error.message);
        }
    }

    #[test]
    fn hostile_yaml_is_refused_soon() {
        let list = format!("a: &a [{}]\nb: [{}]", "x, ".repeat(5000), "*a, ".repeat(5000));
        let text = format!("a: &a {}\nb: [{}]", "x".repeat(20_000), "*a, ".repeat(5000));
        let late = format!("{}- {}", "- x\n".repeat(2000), "[".repeat(20_000));
        for yaml in ["[".repeat(MAX_YAML), format!("a: {}", "{a: ".repeat(1000)), "x".repeat(MAX_YAML + 1), list, text, late] {
            let text = format!("---\n{yaml}\n---\n");
            assert!(read(&text, &find(&text).unwrap()).error.is_some());
        }
    }

    #[test]
    fn a_block_opens_at_the_top_and_closes_at_the_next_dashes() {
        for (text, expected) in [
            ("---\na: 1\n---\nbody", Some((0..12, 13))),
            ("---\n---\n", Some((0..7, 8))),
            ("\n---\na: 1\n---", Some((1..13, 13))),
            ("---\na: 1\n---   \nbody", Some((0..15, 16))),
            ("--- \na: 1\n---\n", None),
            ("----\na: 1\n---\n", None),
            (" ---\na: 1\n---\n", None),
            ("---\na: 1\n...\n", None),
            ("x\n---\na: 1\n---\n", None),
            ("---", None),
        ] {
            assert_eq!(find(text).map(|block| (block.range, block.body_start)), expected, "{text:?}");
        }
    }
}
