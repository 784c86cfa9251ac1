//! An answer cut to fit: the whole printed document is measured, and what is worth least is left out first.

use crate::search::{Answer, Cut};

/// Values of each facet that are kept as long as there are passages to leave out.
const FACET_HEAD: usize = 10;
/// What makes a token: letters, digits, bytes of anything else that stands together. Held against two public tokenizers, that is as many as
/// prose has, a fifth more for answers as text and JSON, and more for other scripts. A token for four bytes is too few for JSON by a fifth.
const LETTERS: usize = 6;
const DIGITS: usize = 3;
const OTHER_BYTES: usize = 2;

/// How much may be printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    pub bytes: Option<usize>,
    /// As [`tokens()`] counts them.
    pub tokens: Option<usize>,
}

impl Budget {
    /// Returns whether a text is more than may be printed.
    pub fn is_over(&self, text: &str) -> bool {
        self.bytes.is_some_and(|most| text.len() > most) || self.tokens.is_some_and(|most| tokens(text) > most)
    }
}

/// Leaves as little as possible out of an answer so that `print` prints no more than it may, and returns what that prints. In this
/// order: the tails of facets; passages but the best of each hit, then hits, from the last one up; the rest of the facets. If not even
/// then it fits, nothing of these is left.
pub fn fit(answer: &mut Answer, budget: Budget, print: impl Fn(&Answer) -> String) -> String {
    let text = print(answer);
    if !budget.is_over(&text) {
        return text;
    }
    let (mut low, mut high) = (1, n_parts(answer));
    while low < high {
        let middle = low.midpoint(high);
        if budget.is_over(&print(&without(answer, middle))) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *answer = without(answer, high);
    print(answer)
}

/// Estimates the tokens of a text, rather too many than too few: one for every six letters, three digits or two bytes of anything else
/// that is not blank, of each run of these.
pub fn tokens(text: &str) -> usize {
    let kind = |byte: u8| (byte.is_ascii_alphabetic(), byte.is_ascii_digit());
    let runs = text.as_bytes().chunk_by(|a, b| kind(*a) == kind(*b));
    let counted = runs.map(|run| match kind(run[0]) {
        (true, _) => run.len().div_ceil(LETTERS),
        (_, true) => run.len().div_ceil(DIGITS),
        _ => run.iter().filter(|byte| !byte.is_ascii_whitespace()).count().div_ceil(OTHER_BYTES),
    });
    counted.sum()
}

fn n_parts(answer: &Answer) -> usize {
    let n_values: usize = answer.facets.iter().flat_map(|facets| facets.values()).map(Vec::len).sum();
    let n_passages: usize = answer.results.iter().map(|hit| hit.passages.len().saturating_sub(1)).sum();
    n_values + n_passages + answer.results.len()
}

/// Returns the answer without so many of its parts.
fn without(answer: &Answer, n_parts: usize) -> Answer {
    let (mut rest, mut cut, mut left) = (answer.clone(), Cut::default(), n_parts);
    cut.facets += cut_facets(&mut rest, FACET_HEAD, &mut left);
    for hit in rest.results.iter_mut().rev() {
        let n = left.min(hit.passages.len().saturating_sub(1));
        hit.passages.truncate(hit.passages.len() - n);
        (cut.passages, left) = (cut.passages + n, left - n);
    }
    cut.hits = left.min(rest.results.len());
    left -= cut.hits;
    let gone = rest.results.split_off(rest.results.len() - cut.hits);
    // All but the best passage of a hit went before the hit did.
    cut.passages -= answer.results[rest.results.len()..].iter().map(|hit| hit.passages.len().saturating_sub(1)).sum::<usize>();
    rest.truncated |= !gone.is_empty();
    cut.facets += cut_facets(&mut rest, 0, &mut left);
    rest.cut = Some(cut);
    rest
}

/// Takes the last values of facets that have more than `keep`, as many as `left` says, and returns how many went.
fn cut_facets(answer: &mut Answer, keep: usize, left: &mut usize) -> usize {
    let mut n_gone = 0;
    for values in answer.facets.iter_mut().flat_map(|facets| facets.values_mut()) {
        let n = (*left).min(values.len().saturating_sub(keep));
        values.truncate(values.len() - n);
        (*left, n_gone) = (*left - n, n_gone + n);
    }
    n_gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Counted, Hit, Passage};

    fn answer() -> Answer {
        let passage = || Passage { text: "some words that answer".into(), ..Passage::default() };
        let hit = |name: &str| Hit { path: name.to_owned(), passages: vec![passage(), passage(), passage()], ..Hit::default() };
        let values = (0..15).map(|n| Counted { value: format!("value {n}").into(), count: 15 - n }).collect();
        Answer { results: vec![hit("a"), hit("b")], facets: Some([("tags".to_owned(), values)].into()), ..Answer::default() }
    }

    fn json(answer: &Answer) -> String {
        serde_json::to_string(answer).unwrap()
    }

    #[test]
    fn passages_go_before_hits_and_a_cut_says_what_went() {
        let said = |n| {
            let rest = without(&answer(), n);
            let cut = rest.cut.unwrap();
            let facets = rest.facets.unwrap()["tags"].len();
            (
                facets,
                rest.results.iter().map(|hit| hit.passages.len()).collect::<Vec<_>>(),
                (cut.hits, cut.passages, cut.facets),
                rest.truncated,
            )
        };
        assert_eq!(said(3), (12, vec![3, 3], (0, 0, 3), false));
        assert_eq!(said(6), (10, vec![3, 2], (0, 1, 5), false));
        assert_eq!(said(9), (10, vec![1, 1], (0, 4, 5), false));
        assert_eq!(said(10), (10, vec![1], (1, 2, 5), true));
        assert_eq!(said(11), (10, vec![], (2, 0, 5), true));
        assert_eq!(said(21), (0, vec![], (2, 0, 15), true));
    }

    #[test]
    fn as_much_is_kept_as_fits() {
        let (whole, least) = (json(&answer()).len(), json(&without(&answer(), 21)).len());
        for most in 0..=whole {
            let mut rest = answer();
            let text = fit(&mut rest, Budget { bytes: Some(most), tokens: None }, json);
            assert_eq!(text, json(&rest));
            assert!(text.len() <= most || (most < least && rest.results.is_empty()), "{most}: {text}");
            assert_eq!(rest.cut.is_none(), most >= whole);
        }
    }

    #[test]
    fn tokens_are_counted_with_care() {
        for (text, expected) in
            [("", 0), ("the quick brown fox", 4), ("Internationalisation", 4), ("[[4,7],[18,23]]", 10), ("検索する x", 7), ("Öl\n", 2)]
        {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }
}
