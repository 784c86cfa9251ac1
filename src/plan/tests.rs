use super::moves::{Came, Gone, Sketch, match_contents};
use super::*;

/// A tiny disk: `path id size mtime` per line; `-` for no id.
fn observed(lines: &str) -> BTreeMap<VaultPath, Stamp> {
    lines
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(|line| {
            let parts: Vec<&str> = line.split_whitespace().collect();
            let file_id = parts[1].parse().ok().map(|inode| FileId { inode, born_ns: 1 });
            (
                VaultPath::new(parts[0]),
                Stamp { mtime_ns: parts[3].parse().unwrap(), size: parts[2].parse().unwrap(), file_id, is_ignored: false },
            )
        })
        .collect()
}

fn known(lines: &str) -> BTreeMap<VaultPath, Known> {
    let known = observed(lines)
        .into_iter()
        .map(|(path, stamp)| (path.clone(), Known { doc_id: path.to_string(), path, stamp, is_read: true, file_hash: None }));
    known.collect()
}

/// Describes the plan in words: `a>b` moved, `?a` read, `~a` touched, `+a` arrived, `-a` departed.
fn check(before: &str, after: &str, expected: &str) {
    let plan = plan(&observed(after), &known(before), &[]);
    let mut words: Vec<String> = plan.moved.iter().map(|m| format!("{}>{}", m.from, m.to)).collect();
    words.extend(plan.to_read.iter().map(|p| format!("?{p}")));
    words.extend(plan.touched.iter().map(|p| format!("~{p}")));
    words.extend(plan.arrived.iter().map(|p| format!("+{p}")));
    words.extend(plan.departed.iter().map(|p| format!("-{p}")));
    assert_eq!(words.join(" "), expected, "before {before:?} after {after:?}");
}

#[test]
fn what_is_equal_is_not_looked_at() {
    check("a.md 1 5 9", "a.md 1 5 9", "");
}

#[test]
fn a_new_time_size_or_a_time_in_doubt_is_read() {
    check("a.md 1 5 9", "a.md 1 5 10", "?a.md");
    check("a.md 1 5 9", "a.md 1 6 9", "?a.md");
    check("a.md 1 5 0", "a.md 1 5 0", "?a.md");
}

#[test]
fn an_attachment_is_never_read() {
    check("a.png 1 5 9", "a.png 1 6 10", "~a.png");
}

#[test]
fn a_rename_is_seen_by_file_id() {
    check("a.md 1 5 9", "b.md 1 5 9", "a.md>b.md");
}

#[test]
fn a_rename_with_an_edit_is_still_the_same_document() {
    check("a.md 1 5 9", "b.md 1 7 10", "a.md>b.md ?b.md");
}

#[test]
fn swapped_names_move_both() {
    check("a.md 1 5 9\nb.md 2 6 9", "a.md 2 6 9\nb.md 1 5 9", "a.md>b.md b.md>a.md");
}

#[test]
fn a_name_given_to_a_new_file_leaves_the_old_document_where_it_went() {
    check("a.md 1 5 9", "a.md 3 8 11\nb.md 1 5 9", "a.md>b.md +a.md");
}

#[test]
fn a_save_through_a_new_file_keeps_the_document() {
    check("a.md 1 5 9", "a.md 3 8 11", "?a.md");
    check("a.md 1 5 9", "a.md 3 8 11\na.md~ 1 5 9", "?a.md +a.md~");
}

#[test]
fn a_file_moved_over_another_keeps_the_name_it_took() {
    check("a.md 1 5 9\nb.md 2 6 9", "b.md 1 5 9", "?b.md -a.md");
}

#[test]
fn a_chain_of_renames_moves_each() {
    check("a.md 1 5 9\nb.md 2 6 9", "b.md 1 5 9\nc.md 2 6 9", "a.md>b.md b.md>c.md");
}

#[test]
fn hard_links_prove_nothing() {
    check("a.md 1 5 9", "b.md 1 5 9\nc.md 1 5 9", "+b.md +c.md -a.md");
}

#[test]
fn without_file_ids_a_rename_is_left_to_the_contents() {
    check("a.md - 5 9", "b.md - 5 9", "+b.md -a.md");
}

#[test]
fn what_could_not_be_looked_at_is_not_gone() {
    let plan = plan(&BTreeMap::new(), &known("dir/a.md 1 5 9\nb.md 2 5 9"), &[&VaultPath::new("dir")]);
    assert_eq!(plan.departed, [VaultPath::new("b.md")]);
}

const TEXT: &str = "A first line that is long enough.\nA second line that is long enough.\nA third line that is long enough.\n";

fn gone(path: &str, hash: &str, text: &str) -> Gone {
    Gone { path: VaultPath::new(path), content_hash: Some(hash.into()), sketch: Sketch::of(text) }
}

fn came(path: &str, hash: &str, text: &str) -> Came {
    Came { path: VaultPath::new(path), content_hash: Some(hash.into()), text_len: text.trim().len(), sketch: Sketch::of(text) }
}

fn check_contents(gone: &[Gone], came: &[Came], expected: &str) {
    let moves: Vec<String> = match_contents(gone, came).iter().map(|m| format!("{}>{}", m.from, m.to)).collect();
    assert_eq!(moves.join(" "), expected);
}

#[test]
fn equal_contents_are_the_same_document() {
    check_contents(&[gone("a.md", "h", TEXT)], &[came("b.md", "h", TEXT)], "a.md>b.md");
    check_contents(&[gone("a.md", "h", TEXT)], &[came("a.canvas", "h", TEXT)], "");
}

#[test]
fn equal_contents_of_several_files_prove_nothing_unless_the_names_tell_them_apart() {
    let two_gone = [gone("x/a.md", "h", TEXT), gone("x/b.md", "h", TEXT)];
    check_contents(&two_gone, &[came("y/a.md", "h", TEXT), came("y/b.md", "h", TEXT)], "x/a.md>y/a.md x/b.md>y/b.md");
}

#[test]
fn a_short_text_proves_nothing_unless_the_name_is_kept() {
    check_contents(&[gone("a.md", "h", "short")], &[came("b.md", "h", "short")], "");
    check_contents(&[gone("x/a.md", "h", "short")], &[came("y/a.md", "h", "short")], "x/a.md>y/a.md");
}

#[test]
fn a_rename_with_an_edit_is_seen_by_similarity() {
    check_contents(&[gone("a.md", "1", TEXT)], &[came("b.md", "2", &format!("{TEXT}And more.\n"))], "a.md>b.md");
    check_contents(&[gone("a.md", "1", TEXT)], &[came("b.md", "2", &TEXT.replace("line", "row"))], "");
}
