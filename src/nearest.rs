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

/// Counts the letters to add, drop, change, or swap with the next one.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let known = ["file", "path", "content", "match-case", "title"];
        assert_eq!(nearest("flie", known), Some("file"));
        assert_eq!(nearest("contents", known), Some("content"));
        assert_eq!(nearest("tilte", known), Some("title"), "swapped letters are one slip");
        assert_eq!(nearest("zebra", known), None);
    }
}
