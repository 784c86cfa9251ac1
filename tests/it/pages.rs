//! What pages of `docs/` are made of or speak of: the configuration's keys, and the messages that trouble is known by.

use crate::readme::{pages, writes};
use crate::support::{Sandbox, column, fixture};

/// Between these lines of docs/configuration.md stands what is made here.
const FROM: &str = "<!-- From sync.example.toml, by tests/it/pages.rs. -->\n";
const TO: &str = "<!-- end -->\n";

fn read(name: &str) -> String {
    std::fs::read_to_string(fixture("..").join(name)).unwrap()
}

/// A table of the configuration as the example explains it, and its keys: their names, their values, and the comment above them.
#[derive(Default)]
struct Table {
    name: String,
    meaning: String,
    keys: Vec<(Vec<String>, Vec<String>, String)>,
}

/// Reads the example. What is itself in comments, `[[vault]]`, counts too; keys below one comment share it.
fn tables() -> Vec<Table> {
    let example = read("sync.example.toml");
    let (mut tables, mut comment, mut is_vault) = (vec![Table::default()], Vec::new(), false);
    for line in example.lines() {
        is_vault = line == "# [[vault]]" || is_vault && line.starts_with('#');
        let line = if is_vault { line.strip_prefix("# ").unwrap_or(line) } else { line };
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if line.starts_with('[') {
            tables.push(Table { name: line.to_owned(), meaning: std::mem::take(&mut comment).join(" "), keys: Vec::new() });
        } else if let Some((name, value)) = line.split_once(" = ") {
            let keys = &mut tables.last_mut().unwrap().keys;
            if !comment.is_empty() {
                keys.push((Vec::new(), Vec::new(), std::mem::take(&mut comment).join(" ")));
            }
            let (names, values, _) = keys.last_mut().unwrap_or_else(|| panic!("nothing explains {name}"));
            names.push(format!("`{name}`"));
            values.push(format!("`{value}`"));
        } else {
            comment.clear();
        }
    }
    tables
}

#[test]
fn the_page_on_configuration_has_every_key() {
    let page = read("docs/configuration.md");
    let mut made = String::new();
    for Table { name, meaning, keys } in tables() {
        let head = if name.is_empty() { "At the top".to_owned() } else { format!("`{name}`") };
        let meaning = if meaning.is_empty() { meaning } else { meaning.trim().to_owned() + "\n\n" };
        made += &format!("\n### {head}\n\n{meaning}| key | value | meaning |\n|---|---|---|\n");
        for (names, values, meaning) in keys {
            made += &format!("| {} | {} | {} |\n", names.join(", "), values.join(", "), meaning.trim().replace('|', "\\|"));
        }
    }
    let (head, rest) = page.split_once(FROM).unwrap();
    let (_, tail) = rest.split_once(TO).unwrap();
    let today = format!("{head}{FROM}{made}\n{TO}{tail}");
    if writes() {
        std::fs::write(fixture("../docs/configuration.md"), today).unwrap();
        return;
    }
    assert!(today == page, "docs/configuration.md is not what sync.example.toml says: `README=write tests/run pages` writes it");
}

/// Besides those of a vault, which has no defaults.
#[test]
fn no_key_is_missing_on_the_page_on_configuration() {
    let page = read("docs/configuration.md");
    let settings = Sandbox::new().json(&["config"]);
    let keys: Vec<String> = column(&settings, "settings", "/key").into_iter().filter(|key| !key.contains("vault")).collect();
    assert!(keys.len() > 20, "{keys:?}");
    let named = |key: &&String| page.contains(&format!("`{}`", key.rsplit('.').next().unwrap()));
    let missing: Vec<&String> = keys.iter().filter(|key| !named(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_messages_on_the_page_on_trouble_are_ours() {
    let sources = walkdir::WalkDir::new(fixture("../src")).into_iter().map(|entry| entry.unwrap().into_path());
    let code: String = sources.filter(|path| path.is_file()).map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let page = read("docs/trouble.md");
    let heads = page.lines().filter_map(|line| line.strip_prefix("- **")?.split_once("**").map(|(head, _)| head));
    let quoted: Vec<&str> = heads.filter(|head| head.starts_with('"')).flat_map(|head| head.split('"').skip(1).step_by(2)).collect();
    assert!(quoted.len() > 12, "{quoted:?}");
    let is_ours = |part: &&str| part.trim().is_empty() || code.contains(part.trim());
    let strange: Vec<&&str> = quoted.iter().filter(|message| !message.split("...").all(|part| is_ours(&part))).collect();
    assert!(strange.is_empty(), "no such message: {strange:?}");
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut dead = Vec::new();
    for path in pages() {
        let page = std::fs::read_to_string(&path).unwrap();
        let text: String = page.split("```").step_by(2).collect();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|link| !link.contains("://")) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = path.parent().unwrap().join(file);
            let headings = std::fs::read_to_string(&target).unwrap_or_default().to_lowercase().replace(' ', "-");
            if !target.exists() || !(heading.is_empty() || headings.contains(&format!("#-{heading}\n"))) {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(dead.is_empty(), "{dead:?}");
}
