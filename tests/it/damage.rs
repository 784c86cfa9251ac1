//! What is torn, gone or foreign in the data directory is noticed: rebuilt, or refused with a clear word, never served and never removed
//! when it cannot be made again.

use crate::support::Sandbox;

#[test]
fn an_index_that_is_gone_torn_or_foreign_is_made_anew() {
    let s = Sandbox::of("vault");
    s.sync();
    let index = s.data_dir.join("index");
    let n_hits = || s.json(&["search", "--strict", "--limit", "100", "database"])["total"].as_u64().unwrap();
    let expected = n_hits();
    assert!(expected > 0);

    std::fs::remove_dir_all(&index).unwrap();
    s.sync();
    assert_eq!(n_hits(), expected, "gone");

    std::fs::write(index.join("CURRENT"), "nowhere").unwrap();
    s.sync();
    assert_eq!(n_hits(), expected, "torn");

    // The index of another store, at whatever revision, is worth nothing here.
    let other = Sandbox::of("quirks/title");
    other.sync();
    std::fs::remove_dir_all(&index).unwrap();
    crate::support::copy_folder(&other.data_dir.join("index"), &index);
    s.sync();
    assert_eq!(n_hits(), expected, "foreign");
}
