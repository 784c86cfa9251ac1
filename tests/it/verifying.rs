//! `verify` on what is not SQL: documents of the index that are not what the rows say, files that changed since the last sync, and a watcher
//! that works while somebody verifies.

use crate::support::{Sandbox, wait_until};
use crate::verify::{set, stages};
use crate::watching::Watch;
use std::path::Path;
use std::time::Duration;
use vault_sync::index::{Document, Index, Watermark};

#[test]
fn each_document_of_the_index_that_is_altered_added_or_taken_away_is_named_and_nothing_else() {
    type Change = fn(&mut Vec<Document>);
    let at = |documents: &[Document], path: &str| documents.iter().position(|d| d.path.as_str() == path).unwrap();
    let changes: [(Change, &str); 11] = [
        (|d| d.retain(|d| d.path.as_str() != "Alpha.md"), "index missing Alpha.md"),
        (|d| d.push(Document { doc_id: "x".into(), ..d[0].clone() }), "index extra {0}"),
        (|d| d[0].title = "x".into(), "index altered title {0}"),
        (|d| d[0].text.push('x'), "index altered text {0}"),
        (|d| d[0].tags = vec!["#x".into()], "index altered tags {0}"),
        (|d| d[0].headings.push("x".into()), "index altered headings {0}"),
        (|d| d[0].projects = vec!["x".into()], "index altered projects {0}"),
        (|d| d[0].vault = "x".into(), "index altered vault {0}"),
        (|d| drop(d[0].properties.insert("x".into(), 1.into())), "index altered properties {0}"),
        (|d| d[0].backlink_bucket = 7, "index altered backlink_bucket {0}"),
        (|d| d[0].size = 7, "index altered size {0}"),
    ];
    for mut stage in stages() {
        let root = stage.sandbox.data_dir.join("index");
        let index = Index::open(&root).unwrap().unwrap();
        let (mut documents, mark) = (Vec::new(), index.watermark().clone());
        index.documents(|document| documents.push(document)).unwrap();
        let alpha = at(&documents, "Alpha.md");
        documents.swap(0, alpha);
        for (change, finding) in changes {
            let mut changed = documents.clone();
            change(&mut changed);
            rebuild(&root, &changed, &mark);
            assert_eq!(stage.verify(), set(&[&finding.replace("{0}", "Alpha.md")]));
        }
        let foreign = Watermark { store: "x".into(), ..mark.clone() };
        let ahead = Watermark { revision: mark.revision + 1, ..mark.clone() };
        for mark in [foreign, ahead, Watermark { revision: 0, ..mark.clone() }] {
            rebuild(&root, &documents, &mark);
            assert_eq!(stage.verify(), set(&["index behind"]), "{mark:?}");
        }
        rebuild(&root, &documents, &mark);
        assert_eq!(stage.verify(), set(&[]));
        index_otherwise(&root, &documents[0], "nothing");
        assert_eq!(stage.verify(), set(&["index doubled Alpha.md"]));
        index_otherwise(&root, &documents[0], &documents[0].doc_id);
        assert_eq!(stage.verify(), set(&["index altered words Alpha.md"]), "all that is stored is right");
        assert!(crate::support::stdout(&stage.sandbox.vault_sync(&["verify"])).contains("Alpha.md words"));
        stage.sandbox.text(&["resync"]);
        assert_eq!(stage.verify(), set(&[]));
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(stage.verify(), set(&["index behind"]));
    }
}

fn rebuild(root: &Path, documents: &[Document], mark: &Watermark) {
    let mut update = Index::rebuild(root).unwrap();
    documents.iter().for_each(|document| update.put(document).unwrap());
    update.commit(mark).unwrap();
}

/// Puts a document as it is stored, with the words of another text, in place of what has this id.
fn index_otherwise(root: &Path, document: &Document, instead: &str) {
    use tantivy::{Index, IndexWriter, TantivyDocument, Term};
    let folder = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap).find(|entry| entry.file_name() == "meta.json").unwrap();
    let index = Index::open_in_dir(folder.path().parent().unwrap()).unwrap();
    // Any tokenizer will do: the words are others anyway.
    index.tokenizers().register("words", tantivy::tokenizer::SimpleTokenizer::default());
    let field = |name| index.schema().get_field(name).unwrap();
    let mut otherwise = TantivyDocument::new();
    otherwise.add_text(field("key"), format!("d{}", document.doc_id));
    otherwise.add_text(field("body"), "other words");
    otherwise.add_text(field("record"), serde_json::to_string(document).unwrap());
    otherwise.add_text(field("text"), &document.text);
    let payload = index.load_metas().unwrap().payload.unwrap();
    let mut writer: IndexWriter = index.writer_with_num_threads(1, 15_000_000).unwrap();
    writer.delete_term(Term::from_field_text(field("key"), &format!("d{instead}")));
    writer.add_document(otherwise).unwrap();
    let mut commit = writer.prepare_commit().unwrap();
    commit.set_payload(&payload);
    commit.commit().unwrap();
}

#[test]
fn what_changes_on_disk_is_news_until_the_next_sync() {
    for mut stage in stages() {
        type Step = fn(&Sandbox);
        let steps: [(Step, &[&str]); 8] = [
            (|s| s.write("alone.md", "Edited.\n"), &["sql changed documents.file_hash alone.md"]),
            (|s| s.write("new.md", "New: [[Alpha]].\n"), &["sql new documents new.md"]),
            (|s| s.write("x/Alpha.md", "Another.\n"), &["sql new documents x/Alpha.md"]),
            (|s| s.remove("Beta.md"), &["sql gone documents Beta.md"]),
            (|s| s.rename("alone.md", "x/y.md"), &["sql renamed documents alone.md"]),
            (|s| s.write("pic.png", "other"), &["sql changed documents.size_bytes pic.png"]),
            (|s| s.write("attic/More.md", "Left out."), &["sql left_out vault_files attic/More.md"]),
            (|s| s.write(".obsidian/app.json", r#"{"userIgnoreFilters":["x/y"]}"#), &["sql touched documents.is_ignored x/y.md"]),
        ];
        for (step, findings) in steps {
            step(&stage.sandbox);
            assert_eq!(stage.verify(), set(findings));
            let output = stage.sandbox.vault_sync(&["verify"]);
            let text = crate::support::stdout(&output);
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert!(text.ends_with("run `vault-sync sync`\n"), "{text}");
            stage.sandbox.sync();
            assert_eq!(stage.verify(), set(&[]), "after the sync of {findings:?}");
            let text = stage.sandbox.text(&["verify"]);
            assert!(text.starts_with("disk = SQL = index: "), "{text}");
        }
        // What no look can see: other bytes, the same size, time and identity.
        let file = stage.sandbox.vault.join("Moved.md");
        let before = std::fs::metadata(&file).unwrap().modified().unwrap();
        let text = stage.sandbox.read("Moved.md").replace("enough", "plenty");
        std::fs::write(&file, text).unwrap();
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(before).unwrap();
        let hashes = ["sql altered documents.content_hash Moved.md", "sql altered documents.file_hash Moved.md"];
        assert_eq!(stage.verify(), set(&[&hashes[..], &["sql altered knowledge.description Moved.md"]].concat()));
        assert_eq!(stage.sandbox.vault_sync(&["--json", "verify"]).status.code(), Some(1));
        stage.sandbox.text(&["resync"]);
        assert_eq!(stage.sandbox.json(&["verify"])["verified"], true);
    }
}

/// A resync counts the backlinks of live documents only, so a count may outlive the links while its document is archived.
#[test]
fn a_document_that_comes_back_has_the_backlinks_of_now() {
    for mut stage in stages() {
        let s = &stage.sandbox;
        s.write("Source.md", "See [[Target]].\n");
        s.write("Target.md", "A note with enough text in it that it is known again by what it says.\n");
        s.sync();
        s.remove("Target.md");
        s.text(&["resync"]);
        s.write("Source.md", "See nothing.\n");
        s.sync();
        s.write("Target.md", "A note with enough text in it that it is known again by what it says.\n");
        s.sync();
        assert_eq!(stage.verify(), set(&[]));
    }
}

/// Whoever verifies while a watcher works sees news at most, and in the end nothing.
#[test]
fn a_watcher_at_work_is_no_difference() {
    let s = Sandbox::new();
    for i in 0..60 {
        s.write(&format!("{}/{i}.md", i % 5), format!("# Note {i}\n\nTo [[{}]] and [[{}]]. #t{}\n", i + 1, i / 2, i % 3));
    }
    s.sync();
    let watch = Watch::start(&s);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for i in 0..200 {
                let path = format!("{}/{}.md", i % 5, i % 60);
                match i % 4 {
                    0 => s.write(&format!("new/{i}.md"), format!("[[{}]]", i % 60)),
                    1 => s.write(&format!("new/{}.md", i - 1), format!("Edited: [[{}]] [[{}]]", i % 60, i - 1)),
                    2 => s.rename(&format!("new/{}.md", i - 2), &format!("moved/{i}.md")),
                    _ => s.write(&path, format!("Anew {i}: [[{}]]", (i + 7) % 60)),
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        while !writer.is_finished() {
            let output = s.vault_sync(&["verify", "--json", "--all"]);
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
            assert!(report["verified"] == true || report["cure"] == "vault-sync sync", "{report}");
        }
    });
    wait_until(Duration::from_secs(60), "all is taken in", || s.vault_sync(&["verify"]).status.success());
    watch.stop();
}
