use super::*;
use crate::query::{self, Matcher};
use proptest::prelude::*;
use serde_json::json;

fn document(path: &str, text: &str) -> Document {
    let path = VaultPath::new(path);
    Document {
        doc_id: format!("id of {path}"),
        knowledge_id: String::new(),
        vault: "Vault".into(),
        kind: path.kind(),
        title: path.name().into(),
        text: text.into(),
        body_start: 0,
        tags: text.split_whitespace().filter(|word| word.starts_with('#')).map(str::to_owned).collect(),
        aliases: Vec::new(),
        headings: Vec::new(),
        properties: Map::new(),
        knowledge_type: None,
        projects: Vec::new(),
        mtime_ns: 0,
        size: 0,
        created_ms: 0,
        written_ms: 0,
        backlink_bucket: 0,
        is_ignored: false,
        path,
    }
}

fn watermark(revision: i64) -> Watermark {
    Watermark { store: "store".into(), revision }
}

fn fill(root: &Path, documents: &[Document]) {
    let mut update = Index::rebuild(root).unwrap();
    documents.iter().for_each(|document| update.put(document).unwrap());
    update.commit(&watermark(1)).unwrap();
}

fn open(root: &Path) -> Index {
    Index::open(root).unwrap().expect("there is an index")
}

/// Returns the paths that a strict search finds, best first.
fn find(root: &Path, query: &str) -> Vec<String> {
    let matcher = Matcher::new(&query::parse(query).unwrap().unwrap());
    let searcher = Index::searcher(root).unwrap().unwrap();
    let mut candidates = searcher.candidates(&matcher, &Filters::default()).unwrap();
    let all = candidates.take(&searcher, usize::MAX).unwrap().to_vec();
    let matching = if candidates.is_sure { all } else { searcher.matching(&all, &matcher).unwrap() };
    matching.into_iter().map(|candidate| searcher.document(candidate).unwrap().path.to_string()).collect()
}

/// The store is read page by page, and others write meanwhile.
#[test]
fn a_document_that_changes_during_a_rebuild_is_there_once() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), &[document("a.md", "before"), document("b.md", "other"), document("a.md", "after")]);
    assert_eq!(find(root.path(), "file:a"), ["a.md"]);
    assert_eq!(find(root.path(), "after"), ["a.md"]);
    assert!(find(root.path(), "before").is_empty());
}

#[test]
fn a_document_comes_back_as_it_went_in() {
    let root = tempfile::tempdir().unwrap();
    let mut written = document("a/Ü.md", "---\nx: 1\n---\nzwei\n");
    written.properties = json!({"x": 1, "y": [null, "z"]}).as_object().unwrap().clone();
    fill(root.path(), std::slice::from_ref(&written));
    let mut read = Vec::new();
    open(root.path()).documents(|document| read.push(document)).unwrap();
    assert_eq!(read, [written]);
    assert_eq!(open(root.path()).watermark(), &watermark(1));
}

/// Writes a document as a writer would that indexes the words of another one than it stores.
fn put_with_words_of(root: &Path, document: &Document, other: &Document) {
    let index = open(root);
    let (schema, fields) = schema::build();
    let mut mixed = tantivy::TantivyDocument::new();
    let is_stored = |field| schema.get_field_entry(field).is_stored();
    for (of, want_stored) in [(other, false), (document, true)] {
        let encoded = schema::encode(of, &fields).unwrap();
        let values = encoded.field_values().filter(|(field, _)| is_stored(*field) == want_stored);
        values.for_each(|(field, value)| mixed.add_field_value(field, value));
    }
    let mut writer: tantivy::IndexWriter = index.files.writer_with_num_threads(1, 15_000_000).unwrap();
    writer.delete_term(tantivy::Term::from_field_text(fields.key, &schema::Key::Document.of(&document.doc_id)));
    writer.add_document(mixed).unwrap();
    let mut commit = writer.prepare_commit().unwrap();
    commit.set_payload(&serde_json::to_string(index.watermark()).unwrap());
    commit.commit().unwrap();
}

#[test]
fn a_document_that_is_found_by_other_words_than_its_own_is_told() {
    let root = tempfile::tempdir().unwrap();
    let mut odd = document("Ünder/A b.md", "#a/b #a/c words, words and wörds 猫です x_y 1.2.3");
    odd.text += &"long".repeat(20_000);
    odd.aliases = vec!["A b".into(), String::new(), "B".into()];
    odd.headings = vec!["A b".into(), "Head, head".into()];
    odd.properties = json!({"": 1, "Key": 2, "key ": 3}).as_object().unwrap().clone();
    odd.projects = vec!["P".into(), "p".into()];
    odd.knowledge_type = Some("Guide".into());
    let others: Vec<Document> = (0..300).map(|i| document(&format!("{i}.md"), &format!("words of {i} #a/b"))).collect();
    let found_wrongly = || {
        let mut found = Vec::new();
        open(root.path()).checked(|document, has_its_words| found.extend((!has_its_words).then_some(document.path))).unwrap();
        found
    };
    fill(root.path(), &others);
    let mut update = open(root.path()).update().unwrap();
    update.put(&odd).unwrap();
    update.commit(&watermark(2)).unwrap();
    assert_eq!(found_wrongly(), [] as [VaultPath; 0]);
    let text = |from, to| Document { text: odd.text.replace(from, to), ..odd.clone() };
    let mutants = [
        text("wörds", "words"),
        text("words and", "and"),
        text("words", "words words"),
        text("猫", ""),
        Document { title: "Another".into(), ..odd.clone() },
        Document { tags: vec!["#a/b".into()], ..odd.clone() },
        Document { headings: vec!["A b".into(), "Head".into()], ..odd.clone() },
        Document { properties: Map::new(), ..odd.clone() },
        Document { projects: Vec::new(), ..odd.clone() },
        Document { vault: "Elsewhere".into(), ..odd.clone() },
        Document { knowledge_type: None, ..odd.clone() },
    ];
    for mutant in mutants {
        put_with_words_of(root.path(), &odd, &mutant);
        assert_eq!(found_wrongly(), std::slice::from_ref(&odd.path), "{mutant:?}");
    }
    // An order is nothing that the lists know.
    put_with_words_of(root.path(), &odd, &text("words, words and", "words and words"));
    assert_eq!(found_wrongly(), [] as [VaultPath; 0]);
}

#[test]
fn the_word_itself_ranks_before_words_that_hold_it_and_a_name_before_a_text() {
    let root = tempfile::tempdir().unwrap();
    let notes = [("1.md", "startling art"), ("2.md", "starting"), ("3.md", "artful"), ("art.md", "x")];
    fill(root.path(), &notes.map(|(path, text)| document(path, text)));
    assert_eq!(find(root.path(), "art"), ["art.md", "1.md", "3.md", "2.md"]);
}

#[test]
fn filters_narrow_before_ranking() {
    let root = tempfile::tempdir().unwrap();
    let mut other = document("a.md", "x");
    (other.vault, other.doc_id, other.knowledge_type, other.projects) =
        ("Other".into(), "2".into(), Some("Pattern".into()), vec!["ATO".into()]);
    fill(root.path(), &[document("a.md", "x"), other]);
    let found = |filters: Filters| {
        let matcher = Matcher::new(&query::parse("x").unwrap().unwrap());
        Index::searcher(root.path()).unwrap().unwrap().candidates(&matcher, &filters).unwrap().n_left()
    };
    assert_eq!(found(Filters::default()), 2);
    assert_eq!(found(Filters { vaults: vec!["vault".into()], ..Filters::default() }), 1);
    assert_eq!(found(Filters { knowledge_type: Some("pattern".into()), ..Filters::default() }), 1);
    assert_eq!(found(Filters { project: Some("ato".into()), vaults: vec!["Vault".into()], ..Filters::default() }), 0);
}

#[test]
fn names_times_and_links_are_filters_of_the_index() {
    let root = tempfile::tempdir().unwrap();
    let mut a = document("a.md", "x");
    (a.title, a.aliases, a.mtime_ns) = ("Bread".into(), vec!["First Loaf".into(), "Rye".into()], 86_400_000_000_000);
    a.properties = json!({"created": "2026-01-31"}).as_object().unwrap().clone();
    let mut b = document("b.md", "x y");
    (b.title, b.aliases, b.knowledge_type) = ("Cake".into(), vec!["rye".into()], Some("Pattern".into()));
    (b.projects, b.written_ms) = (vec!["ATO".into()], 1_000);
    fill(root.path(), &[a, b, Document { mtime_ns: 1, ..document("c.png", "") }]);
    let related = [(query::Relation::Orphan, std::sync::Arc::new(["id of b.md".to_owned()].into()))].into();
    let given = query::Given { related, ..query::Given::default() };
    let find = |query: &str, order: Order| {
        let matcher = Matcher::given(&query::parse(query).unwrap().unwrap(), &given);
        let searcher = Index::searcher(root.path()).unwrap().unwrap();
        let mut candidates = searcher.candidates(&matcher, &Filters::default()).unwrap().ordered(&searcher, order).unwrap();
        assert!(candidates.is_sure, "{query}");
        let all = candidates.take(&searcher, 9).unwrap().to_vec();
        all.into_iter().map(|candidate| searcher.document(candidate).unwrap().path.to_string()).collect::<Vec<_>>()
    };
    let check = |query: &str, expected: &[&str]| assert_eq!(find(query, Order::Path), expected, "{query}");
    check("title:rea", &["a.md"]);
    check("alias:RYE", &["a.md", "b.md"]);
    check("alias:rye -alias:loaf", &["b.md"]);
    check("type:pattern OR created:2026-01", &["a.md", "b.md"]);
    check("-project:ato", &["a.md"]);
    check("orphan: x", &["b.md"]);
    check("-orphan:", &["a.md"]);
    check("modified:1970-01-02..", &["a.md"]);
    check("modified:..1970-01-03 path:c", &["c.png"]);
    check("-modified:..1970-01-03 path:c", &[]);
    assert_eq!(find("x", Order::Modified), ["a.md", "b.md"]);
    assert_eq!(find("x OR y", Order::Created), ["a.md", "b.md"], "what has no date comes last");
}

#[test]
fn a_relaxed_word_means_its_stem_its_beginnings_and_at_last_its_typos() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), &["meetings", "meet", "meetup", "template", "temple", "mete"].map(|word| document(&format!("{word}.md"), word)));
    let check = |query: &str, expected: &[&str]| {
        let relaxed = Matcher::new(&query::parse(query).unwrap().unwrap()).relaxed().unwrap();
        let searcher = Index::searcher(root.path()).unwrap().unwrap();
        let (mut candidates, words) = searcher.relaxed(&relaxed, &Filters::default(), &[]).unwrap();
        let found: Vec<_> = candidates.take(&searcher, 9).unwrap().iter().map(|c| searcher.document(*c).unwrap().text).collect();
        assert_eq!(found, expected, "{query}");
        assert_eq!(words, expected.iter().map(|word| (*word).to_owned()).collect(), "{query}");
    };
    check("meeting", &["meet", "meetings"]);
    check("meet", &["meet", "meetings", "meetup"]);
    check("templte", &["template", "temple"]);
    check("xyzzy", &[]);
}

#[test]
fn an_update_replaces_and_removes_and_an_ignored_document_is_never_found() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), &[document("a.md", "old"), document("b.md", "old"), document("c.md", "old")]);
    let mut update = open(root.path()).update().unwrap();
    assert_eq!(update.watermark(), Some(&watermark(1)));
    update.put(&document("a.md", "new")).unwrap();
    update.put(&Document { is_ignored: true, ..document("b.md", "old") }).unwrap();
    update.remove("id of c.md");
    assert_eq!(find(root.path(), "old"), ["a.md", "b.md", "c.md"], "nothing is seen before the commit");
    update.commit(&watermark(2)).unwrap();
    assert_eq!(find(root.path(), "old"), Vec::<String>::new());
    assert_eq!(find(root.path(), "new"), ["a.md"]);
    assert_eq!((open(root.path()).watermark(), open(root.path()).n_documents().unwrap()), (&watermark(2), 1));
}

#[test]
fn a_batch_that_is_dropped_leaves_the_index_as_it_was() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), &[document("a.md", "old")]);
    drop(Index::rebuild(root.path()).unwrap());
    let mut update = open(root.path()).update().unwrap();
    update.put(&document("a.md", "new")).unwrap();
    drop(update);
    assert_eq!(find(root.path(), "old"), ["a.md"]);
}

#[test]
fn many_small_updates_leave_few_segments_and_few_deleted_documents() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), &(0..50).map(|i| document(&format!("{i}.md"), "old")).collect::<Vec<_>>());
    for revision in 2..60 {
        let mut update = open(root.path()).update().unwrap();
        update.put(&document(&format!("{}.md", revision % 50), &format!("new{revision}"))).unwrap();
        update.commit(&watermark(revision)).unwrap();
    }
    let index = open(root.path());
    let segments = index.files.searchable_segment_metas().unwrap();
    assert!(segments.len() <= 8, "{} segments", segments.len());
    assert!(segments.iter().map(|segment| segment.num_deleted_docs()).sum::<u32>() <= 25);
    assert_eq!(index.n_documents().unwrap(), 50);
    assert_eq!(find(root.path(), "new59"), ["9.md"]);
    assert_eq!(index.watermark(), &watermark(59));
}

#[test]
fn an_index_that_cannot_be_used_is_none_at_all() {
    let check = |harm: &dyn Fn(&Path, &Path)| {
        let root = tempfile::tempdir().unwrap();
        fill(root.path(), &[document("a.md", "x")]);
        harm(root.path(), &open(root.path()).generation);
        assert!(Index::open(root.path()).unwrap().is_none());
        fill(root.path(), &[document("a.md", "x")]);
        assert_eq!(find(root.path(), "x"), ["a.md"], "a rebuild cures it");
    };
    let spoil = |generation: &Path, extension: &str| {
        let mut files = std::fs::read_dir(generation).unwrap().map(|entry| entry.unwrap().path());
        let file = files.find(|path| path.extension().is_some_and(|e| e == extension)).unwrap();
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[0] ^= 0xff;
        std::fs::write(file, bytes).unwrap();
    };
    check(&|root, _| std::fs::remove_file(root.join("CURRENT")).unwrap());
    check(&|root, _| std::fs::write(root.join("CURRENT"), "v0-before").unwrap());
    check(&|_, generation| std::fs::remove_dir_all(generation).unwrap());
    check(&|_, generation| std::fs::write(generation.join("meta.json"), "").unwrap());
    check(&|_, generation| {
        std::fs::write(generation.join("BOOT"), "another boot").unwrap();
        spoil(generation, "store");
    });
}

#[test]
fn after_another_boot_whole_files_are_used_and_flat_words_made_again() {
    let root = tempfile::tempdir().unwrap();
    fill(root.path(), &[document("a.md", "inside")]);
    let generation = open(root.path()).generation;
    std::fs::write(generation.join("BOOT"), "another boot").unwrap();
    assert_eq!(find(root.path(), "sid"), ["a.md"]);
    assert!(directory::is_of_this_boot(&generation));
}

/// Letters that make near misses likely: cases that fold, characters without spaces, signs between words.
fn text(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["a", "B", "b", "ab", "Σ", "ς", "İ", "漢", "字", " ", " ", "\n", "-", "_", "#"]),
        0..most,
    )
    .prop_map(|parts| parts.concat())
}

fn term() -> impl Strategy<Value = String> {
    (0..12, text(5)).prop_map(|(kind, text)| {
        let word: String = text.trim_start_matches('-').split_whitespace().collect();
        match kind {
            0 | 1 => word,
            2 => format!("\"{}\"", text.replace('\n', " ")),
            3 => format!("content:\"{word}\""),
            4 => format!("path:\"{word}\""),
            5 => format!("-\"{word}\""),
            6 => format!("line:(\"{word}\" a)"),
            7 => format!("match-case:\"{word}\""),
            8 => format!("tag:{word}"),
            9 => format!("title:\"{word}\""),
            10 => format!("-title:({word} -a) modified:1969..1970"),
            _ => "/a.b/ OR".to_owned(),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pre-selection in the index may cost nothing: what the matcher finds is found.
    #[test]
    fn a_search_finds_what_a_look_at_every_text_finds(
        texts in prop::collection::vec((text(6), text(12)), 1..12),
        queries in prop::collection::vec(prop::collection::vec(term(), 1..4), 1..12),
    ) {
        let root = tempfile::tempdir().unwrap();
        let name = |i: usize, name: &str| format!("{i}{}.{}", name.replace(['\n', '#'], ""), if i % 5 == 4 { "png" } else { "md" });
        let texts = texts.iter().enumerate().map(|(i, (path, text))| document(&name(i, path), if i % 5 == 4 { "" } else { text }));
        let documents: Vec<Document> = texts.collect();
        fill(root.path(), &documents);
        for query in queries.iter().map(|terms| terms.join(" ")) {
            let Ok(Some(ast)) = query::parse(&query) else { continue };
            let matcher = Matcher::new(&ast);
            let mut expected: Vec<_> = documents.iter().filter(|d| matcher.matches(&subject(d))).map(|d| d.path.to_string()).collect();
            let mut found = find(root.path(), &query);
            expected.sort();
            found.sort();
            prop_assert_eq!(found, expected, "{}", query);
        }
    }
}
