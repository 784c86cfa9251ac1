//! Times the index on a folder of notes: bulk load, one-note updates, searches. `cargo bench --bench index -- FOLDER [WORD...]`
//!
//! It fills the index itself, from raw text, so that what it measures is the index and nothing else.

#![allow(clippy::print_stdout, reason = "its figures are its answer")]

use std::path::{Path, PathBuf};
use std::time::Instant;
use vault_sync::index::{Document, Filters, Index, Watermark};
use vault_sync::path::VaultPath;
use vault_sync::query::{Matcher, parse};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let Some(vault) = arguments.next().map(PathBuf::from) else {
        println!("usage: cargo bench --bench index -- FOLDER [WORD...]");
        return Ok(());
    };
    let words: Vec<String> = arguments.collect();
    let root = std::env::temp_dir().join(format!("vault-sync-bench-{}", std::process::id()));
    let documents = read(&vault)?;
    println!("{} files, {:.1} MB of text", documents.len(), documents.iter().map(|d| d.text.len()).sum::<usize>() as f64 / 1e6);
    let mut watermark = Watermark { store: "bench".into(), revision: 1 };

    let start = Instant::now();
    let mut update = Index::rebuild(&root)?;
    for document in &documents {
        update.put(document)?;
    }
    update.commit(&watermark)?;
    println!("bulk load      {:9.2} ms, {:.1} MB on disk", ms(start), size(&root)? as f64 / 1e6);

    let mut times = Vec::new();
    for i in 0..40 {
        let mut document = documents[i * 131 % documents.len()].clone();
        document.text.push_str("\nzqprobe\n");
        watermark.revision += 1;
        let start = Instant::now();
        let index = Index::open(&root)?.expect("it was just built");
        let mut update = index.update()?;
        update.put(&document)?;
        update.commit(&watermark)?;
        times.push(ms(start));
    }
    times.sort_by(f64::total_cmp);
    println!("update p50     {:9.2} ms, p95 {:.2} ms, max {:.2} ms", times[20], times[38], times[39]);

    for word in words.iter().map(String::as_str).chain(["zqprobe"]) {
        let matcher = Matcher::new(&parse(word)?.expect("a word asks for something"));
        let start = Instant::now();
        drop(Index::open(&root)?.expect("it was just built"));
        let opened = ms(start);
        let searcher = Index::searcher(&root)?.expect("it was just built");
        let reader = ms(start);
        let mut found = searcher.candidates(&matcher, &Filters::default())?;
        let n_found = found.n_left();
        let best = found.take(&searcher, 10)?.to_vec();
        let ranked = ms(start);
        for candidate in &best {
            std::hint::black_box(searcher.document(*candidate)?);
        }
        println!(
            "search {word:16} {:6} candidates, sure {:5}: open {opened:.2} reader {:.2} rank {:.2} load {:.2} ms",
            n_found,
            found.is_sure,
            reader - opened,
            ranked - reader,
            ms(start) - ranked
        );
    }
    let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    memory.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("RssAnon")).for_each(|line| println!("{line}"));
    if std::env::var_os("KEEP").is_none() {
        std::fs::remove_dir_all(&root)?;
    }
    Ok(())
}

fn read(vault: &Path) -> anyhow::Result<Vec<Document>> {
    let mut documents = Vec::new();
    let mut folders = vec![vault.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let relative = VaultPath::new(&path.strip_prefix(vault)?.to_string_lossy());
            let is_read = relative.kind().is_read();
            let text = if is_read { String::from_utf8_lossy(&std::fs::read(&path)?).into_owned() } else { String::new() };
            documents.push(document(relative, text));
        }
    }
    Ok(documents)
}

fn document(path: VaultPath, text: String) -> Document {
    Document {
        doc_id: path.as_str().to_owned(),
        knowledge_id: String::new(),
        vault: "bench".into(),
        kind: path.kind(),
        title: path.name().to_owned(),
        body_start: 0,
        tags: Vec::new(),
        aliases: Vec::new(),
        headings: text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect(),
        properties: serde_json::Map::new(),
        knowledge_type: None,
        projects: Vec::new(),
        mtime_ns: 0,
        size: text.len() as i64,
        created_ms: 0,
        written_ms: 0,
        backlink_bucket: 0,
        is_ignored: false,
        path,
        text,
    }
}

fn size(folder: &Path) -> anyhow::Result<u64> {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        sum += if entry.path().is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(sum)
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
