//! Measures how good the ranking is, with every factor and with each switched off: nDCG@10 on test collections.
//! `cargo bench --bench rank -- COLLECTION...`
//!
//! A collection is a folder with `vault/` (one note a document), `queries.tsv` (id, text) and `qrels.tsv` (query id, note name, gain).
//! Questions are asked as a person types them, and answered as `search` answers them: strict hits first, then relaxed ones.

#![allow(clippy::print_stdout, reason = "its figures are its answer")]

use anyhow::Context as _;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use vault_sync::index::{Document, Index, Languages, Ranking, Watermark, Weights};
use vault_sync::path::{FileKind, VaultPath};
use vault_sync::query::{Given, parse};
use vault_sync::search::{Detail, Filters, Order, Request, search};
use vault_sync::state::State;
use vault_sync::{clock, note};

/// Hits that count.
const DEPTH: usize = 10;

fn main() -> anyhow::Result<()> {
    let folders: Vec<PathBuf> = std::env::args().skip(1).filter(|argument| argument != "--bench").map(PathBuf::from).collect();
    if folders.is_empty() {
        println!("usage: cargo bench --bench rank -- COLLECTION...");
        return Ok(());
    }
    let collections: Vec<Collection> = folders.iter().map(|folder| Collection::open(folder)).collect::<anyhow::Result<_>>()?;
    println!("{:24}{}", "nDCG@10", collections.iter().map(|c| format!("{:>12.11}", c.name)).collect::<String>());
    for (what, ranking) in rankings()? {
        let figures: Vec<String> =
            collections.iter().map(|c| Ok(format!("{:12.4}", c.measure(&ranking)?))).collect::<anyhow::Result<_>>()?;
        println!("{what:24}{}", figures.concat());
    }
    Ok(())
}

/// Returns the ranking as it is by default, and with each factor switched off.
fn rankings() -> anyhow::Result<Vec<(String, Ranking)>> {
    let default = Ranking { now_ms: clock::Timestamp::now().millis(), ..Ranking::default() };
    let mut rankings = vec![("all factors".to_owned(), default.clone())];
    let Value::Object(weights) = serde_json::to_value(Weights::default())? else { return Ok(rankings) };
    for name in weights.keys() {
        let mut weights = weights.clone();
        // Function words are switched off by default: here they count as all others do.
        let (what, weight) = if name == "function_words" { ("with", 1.0) } else { ("without", 0.0) };
        weights.insert(name.clone(), json!(weight));
        rankings.push((format!("{what} {name}"), Ranking { weights: serde_json::from_value(weights.into())?, ..default.clone() }));
    }
    rankings.push(("languages = none".to_owned(), Ranking { languages: Languages::named(["none"]), ..default }));
    Ok(rankings)
}

struct Collection {
    name: String,
    index: tempfile::TempDir,
    queries: Vec<(String, String)>,
    /// By query: the gain of each note that answers it.
    gains: HashMap<String, HashMap<String, f64>>,
}

impl Collection {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let read =
            |name: &str| std::fs::read_to_string(folder.join(name)).with_context(|| format!("reading {name} of {}", folder.display()));
        let index = tempfile::tempdir()?;
        let mut update = Index::rebuild(index.path())?;
        for entry in std::fs::read_dir(folder.join("vault"))? {
            let path = entry?.path();
            update.put(&document(&path.file_name().unwrap_or_default().to_string_lossy(), &std::fs::read(&path)?))?;
        }
        update.commit(&Watermark { store: "bench".into(), revision: 1 })?;
        let queries = read("queries.tsv")?;
        let queries = queries.lines().filter_map(|line| line.split_once('\t')).map(|(id, text)| (id.to_owned(), as_typed(text)));
        let mut gains: HashMap<String, HashMap<String, f64>> = HashMap::new();
        for line in read("qrels.tsv")?.lines() {
            let [query, note, gain] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
            gains.entry(query.to_owned()).or_default().insert(note.to_owned(), gain.parse()?);
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, index, queries: queries.filter(|(id, _)| gains.contains_key(id)).collect(), gains })
    }

    fn measure(&self, ranking: &Ranking) -> anyhow::Result<f64> {
        let mut sum = 0.0;
        for (id, text) in &self.queries {
            let ast = parse(text)?;
            let request = Request {
                index: self.index.path(),
                text,
                query: ast.as_ref(),
                conditions: &[],
                given: &Given::default(),
                filters: Filters::default(),
                order: Order::Relevance,
                ranking,
                limit: DEPTH,
                offset: 0,
                strict: false,
                explain: false,
                detail: Detail::default(),
                vaults: &[],
                state: &State::default(),
                asker: None,
            };
            let gains = &self.gains[id];
            let found = search(&request)?.results.into_iter();
            let found = found.map(|hit| gains.get(VaultPath::new(&hit.path).name()).copied().unwrap_or_default());
            let mut ideal: Vec<f64> = gains.values().copied().collect();
            ideal.sort_by(|a, b| b.total_cmp(a));
            sum += discounted(found) / discounted(ideal.into_iter().take(DEPTH));
        }
        Ok(sum / self.queries.len() as f64)
    }
}

fn discounted(gains: impl Iterator<Item = f64>) -> f64 {
    gains.zip(2..).map(|(gain, rank)| gain / f64::from(rank).log2()).sum()
}

/// A person who types a question does not mean its signs as operators.
fn as_typed(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '\'' | '.' | '-');
    text.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect::<String>().replace(" -", " ")
}

fn document(file: &str, bytes: &[u8]) -> Document {
    let source = note::Source::of(bytes);
    let (path, note) = (VaultPath::new(file), note::parse(&source));
    let properties = note.json().unwrap_or_default();
    Document {
        doc_id: file.to_owned(),
        knowledge_id: String::new(),
        vault: "bench".into(),
        kind: FileKind::Note,
        title: note.title.as_deref().unwrap_or_else(|| path.name()).to_owned(),
        body_start: note.body_start,
        tags: note.all_tags().map(str::to_owned).collect(),
        aliases: note.aliases.iter().flatten().map(|alias| alias.clone().into_owned()).collect(),
        headings: note.headings.into_iter().map(|heading| heading.text.to_owned()).collect(),
        properties,
        knowledge_type: None,
        projects: Vec::new(),
        mtime_ns: 0,
        size: 0,
        created_ms: 0,
        written_ms: 0,
        backlink_bucket: 0,
        is_ignored: false,
        path,
        text: note.text.to_owned(),
    }
}
