//! A first load, which leaves some indexes for its end.

use crate::stepped::Stepped;
use crate::support::Sandbox;

/// Returns all that the schema of a mirror in SQLite has, without what only SQLite keeps.
fn schema(s: &Sandbox) -> String {
    s.text(&["sql", "--format", "csv", "select type, name, sql from claude.sqlite_master where name not like 'sqlite_%' order by name"])
}

fn has_indexes(s: &Sandbox) -> bool {
    schema(s).contains("idx_document_links")
}

#[test]
fn a_first_load_leaves_the_schema_as_it_was_also_when_it_is_killed() {
    let made = Sandbox::new();
    made.text(&["db", "migrate"]);
    let s = Sandbox::new();
    (0..10).for_each(|i| s.write(&format!("{i}.md"), format!("[[{}]]", (i + 1) % 10)));
    let mut run = Stepped::start(&s, &["sync"]);
    while run.next().expect("a load of ten notes has several chunks here") != "ChunkCommitted" {
        run.go_on();
    }
    run.kill();
    assert!(!has_indexes(&s));
    s.sync();
    assert_eq!(schema(&s), schema(&made));
    s.text(&["verify"]);
    // A later run, of which much is new too, keeps them.
    (10..30).for_each(|i| s.write(&format!("{i}.md"), format!("[[{}]]", i - 5)));
    let mut run = Stepped::start(&s, &["sync"]);
    while run.next().expect("it has several chunks, too") != "ChunkCommitted" {
        run.go_on();
    }
    run.kill();
    assert!(has_indexes(&s));
}
