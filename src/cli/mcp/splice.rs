//! One entry more, or one less, in a JSON file of somebody else: the rest of its text stays as it is, to the byte. Pure.

use anyhow::{Context as _, Result, ensure};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use std::ops::Range;

/// Where the servers of clients stand.
const SERVERS: &str = "mcpServers";

/// Returns the file's text with this server in it, in place of one of the same name.
///
/// # Errors
/// When the text is no JSON object, or its servers are none.
pub(super) fn with_server(text: &str, name: &str, server: &Value) -> Result<String> {
    let text = if text.trim().is_empty() { "{}\n" } else { text };
    let file = Object::read(text, 0..text.len())?;
    let step = file.step(text);
    let Some(servers) = file.find(SERVERS) else {
        let servers = serde_json::json!({ name: server });
        return Ok(file.with(text, SERVERS, &servers, 1, &step));
    };
    let servers = Object::read(text, servers)?;
    match servers.find(name) {
        Some(old) if serde_json::from_str::<Value>(&text[old.clone()])? == *server => Ok(text.to_owned()),
        Some(old) => Ok(format!("{}{}{}", &text[..old.start], shown(server, 2, &step), &text[old.end..])),
        None => Ok(servers.with(text, name, server, 2, &step)),
    }
}

/// Returns the file's text without this server; without any, if it was the only one.
///
/// # Errors
/// As [`with_server`].
pub(super) fn without_server(text: &str, name: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Ok(text.to_owned());
    }
    let file = Object::read(text, 0..text.len())?;
    let Some(servers) = file.find(SERVERS) else { return Ok(text.to_owned()) };
    let servers = Object::read(text, servers)?;
    match servers.position(name) {
        None => Ok(text.to_owned()),
        Some(_) if servers.members.len() == 1 => Ok(file.without(text, SERVERS)),
        Some(_) => Ok(servers.without(text, name)),
    }
}

/// An object, where it stands in a text.
struct Object {
    range: Range<usize>,
    /// The names, and where the values stand.
    members: Vec<(String, Range<usize>)>,
}

impl Object {
    fn read(text: &str, range: Range<usize>) -> Result<Self> {
        let is_object = serde_json::from_str::<Value>(&text[range.clone()])?.is_object();
        ensure!(is_object, "what should be a JSON object is none");
        let mut members = Vec::new();
        // It is known to be one: between its parts stand blanks and one sign each.
        let mut at = after(text, range.start, '{');
        while !text[at..].trim_start().starts_with('}') {
            let (name, end) = read_one::<String>(text, at)?;
            let start = after(text, end, ':');
            let start = start + text[start..].len() - text[start..].trim_start().len();
            let (_, end) = read_one::<IgnoredAny>(text, start)?;
            members.push((name, start..end));
            at = if text[end..].trim_start().starts_with(',') { after(text, end, ',') } else { end };
        }
        Ok(Self { range, members })
    }

    fn position(&self, name: &str) -> Option<usize> {
        // Of two of one name the last counts.
        self.members.iter().rposition(|(known, _)| known == name)
    }

    fn find(&self, name: &str) -> Option<Range<usize>> {
        self.position(name).map(|which| self.members[which].1.clone())
    }

    /// Returns by how much a member is indented; nothing where all stands in one line.
    fn step(&self, text: &str) -> String {
        let Some((_, first)) = self.members.first() else { return "  ".to_owned() };
        let head = &text[self.range.start..first.start];
        let Some((_, line)) = head.split_once('\n') else { return String::new() };
        line.trim_start_matches(['\n', '\r']).chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
    }

    /// Returns the text with a member more, the last one.
    fn with(&self, text: &str, name: &str, value: &Value, depth: usize, step: &str) -> String {
        let end = match self.members.last() {
            Some((_, last)) => last.end,
            None => after(text, self.range.start, '{'),
        };
        let comma = if self.members.is_empty() { "" } else { "," };
        let member = format!("{}: {}", Value::from(name), shown(value, depth, step));
        let gap = if step.is_empty() { comma.to_owned() } else { format!("{comma}\n{}", step.repeat(depth)) };
        let tail = if self.members.is_empty() && !step.is_empty() {
            format!("\n{}{}", step.repeat(depth - 1), text[end..].trim_start_matches([' ', '\t', '\n', '\r']))
        } else {
            text[end..].to_owned()
        };
        format!("{}{gap}{member}{tail}", &text[..end])
    }

    /// Returns the text without a member, and without the comma that it needs no more.
    fn without(&self, text: &str, name: &str) -> String {
        let Some(which) = self.position(name) else { return text.to_owned() };
        let start = match which.checked_sub(1) {
            Some(before) => self.members[before].1.end,
            None => after(text, self.range.start, '{'),
        };
        let mut end = self.members[which].1.end;
        let is_last = which + 1 == self.members.len();
        if which == 0 && !is_last {
            end = after(text, end, ',');
        } else if which == 0 {
            end += text[end..].find('}').unwrap_or(0);
        }
        format!("{}{}", &text[..start], &text[end..])
    }
}

/// Returns a value as it stands so deep in a file.
fn shown(value: &Value, depth: usize, step: &str) -> String {
    if step.is_empty() {
        return value.to_string();
    }
    let pretty = serde_json::to_string_pretty(value).expect("a value is JSON");
    let mut lines = pretty.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |text, line| {
        let inner = line.trim_start_matches(' ');
        format!("{text}\n{}{inner}", step.repeat(depth + (line.len() - inner.len()) / 2))
    })
}

/// Reads the JSON value that begins at a place, behind blanks perhaps, and returns where it ends.
fn read_one<T: DeserializeOwned>(text: &str, at: usize) -> Result<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter();
    let value = values.next().context("the object ends too early")??;
    Ok((value, at + values.byte_offset()))
}

/// Returns the place behind the next such sign.
fn after(text: &str, at: usize, sign: char) -> usize {
    text[at..].find(sign).map_or(text.len(), |found| at + found + sign.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::{with_server, without_server};
    use serde_json::{Value, json};

    fn server() -> Value {
        json!({"args": ["mcp"], "command": "/bin/vs"})
    }

    /// What comes in goes out again, and nothing else has moved.
    fn check(before: &str, after: &str) {
        let with = with_server(before, "vs", &server()).unwrap();
        assert_eq!(with, after);
        assert_eq!(with_server(&with, "vs", &server()).unwrap(), with, "twice is once");
        assert_eq!(without_server(&with, "vs").unwrap(), before);
        assert_eq!(without_server(before, "vs").unwrap(), before);
    }

    const ENTRY: &str = "\"vs\": {\n      \"args\": [\n        \"mcp\"\n      ],\n      \"command\": \"/bin/vs\"\n    }";

    #[test]
    fn a_server_comes_and_goes_and_all_else_stays() {
        check(
            "{\n  \"z\": 1.50,\n  \"a\": [1,2]\n}\n",
            &format!("{{\n  \"z\": 1.50,\n  \"a\": [1,2],\n  \"mcpServers\": {{\n    {ENTRY}\n  }}\n}}\n"),
        );
        check(
            "{\n  \"mcpServers\": {\n    \"b\": {}\n  },\n  \"a\" : \"}\"\n}",
            &format!("{{\n  \"mcpServers\": {{\n    \"b\": {{}},\n    {ENTRY}\n  }},\n  \"a\" : \"}}\"\n}}"),
        );
        check("{\"a\":1}", "{\"a\":1,\"mcpServers\": {\"vs\":{\"args\":[\"mcp\"],\"command\":\"/bin/vs\"}}}");
        let tabs = "{\n\t\"a\": {\n\t\t\"b\": 1\n\t}\n}\n";
        assert!(with_server(tabs, "vs", &server()).unwrap().contains("},\n\t\"mcpServers\": {\n\t\t\"vs\": {\n\t\t\t\"args\": ["));
    }

    #[test]
    fn an_empty_file_is_filled_and_an_entry_of_before_replaced() {
        let new = format!("{{\n  \"mcpServers\": {{\n    {ENTRY}\n  }}\n}}\n");
        for empty in ["", "{}\n", "\n"] {
            assert_eq!(with_server(empty, "vs", &server()).unwrap(), new, "{empty:?}");
        }
        assert_eq!(without_server(&new, "vs").unwrap(), "{}\n");
        let old = "{\n  \"mcpServers\": {\n    \"vs\": {\"command\": \"old\"},\n    \"c\": {}\n  }\n}\n";
        assert_eq!(
            with_server(old, "vs", &server()).unwrap(),
            format!("{{\n  \"mcpServers\": {{\n    {ENTRY},\n    \"c\": {{}}\n  }}\n}}\n")
        );
        assert_eq!(without_server(old, "vs").unwrap(), "{\n  \"mcpServers\": {\n    \"c\": {}\n  }\n}\n");
        assert!(with_server("{\"mcpServers\": {}}", "vs", &server()).unwrap().contains("\"vs\""));
    }

    #[test]
    fn what_is_no_such_file_is_left_alone() {
        for text in ["[]", "{\"mcpServers\": []}", "{// comment\n}", "{\"a\": 1", "x"] {
            assert!(with_server(text, "vs", &server()).is_err(), "{text}");
            assert!(without_server(text, "vs").is_err(), "{text}");
        }
    }
}
