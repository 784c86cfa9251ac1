//! The nearest known name to one that was mistyped.

/// Returns the known name that is nearest to `name`, if any is near enough to be meant: at most a third of its letters differ.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let length = name.chars().count();
    let most = length.div_ceil(3);
    // Names whose lengths differ by more need not be compared letter by letter: of a large vault that is most of them.
    let comparable = known.into_iter().filter(|known| known.chars().count().abs_diff(length) <= most);
    let scored = comparable.map(|known| (distance(&name, &known.to_lowercase()), known));
    scored.filter(|(distance, _)| *distance <= most).min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// Counts the letters to add, drop or change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let known = ["file", "path", "content", "match-case"];
        assert_eq!(nearest("flie", known), Some("file"));
        assert_eq!(nearest("contents", known), Some("content"));
        assert_eq!(nearest("zebra", known), None);
    }
}
