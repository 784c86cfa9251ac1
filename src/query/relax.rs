//! A query made looser: its words and phrases become optional. A filter, an operator, an expression or a negation is never given up.

use super::Matcher;
use super::needle::Needle;
use super::plan::{self, Piece};
use super::test::Test;

/// What a relaxed hit must satisfy.
#[derive(Clone, Debug)]
pub struct Relaxed {
    /// All that is not optional; `None` when nothing is left.
    pub rest: Option<Matcher>,
    /// Of these, one at least must be met: as it is, by its stem, as a word's beginning, or with a typo.
    pub keywords: Vec<Piece>,
}

pub(super) fn relax(test: &Test) -> Option<Relaxed> {
    let mut loose = Vec::new();
    let rest = split(test, &mut loose);
    let keywords = plan::keywords(&Test::All(loose));
    (!keywords.is_empty()).then(|| Relaxed { rest: rest.map(|test| Matcher { test }), keywords })
}

/// Moves what may be given up to `loose` and returns what stays.
fn split(test: &Test, loose: &mut Vec<Test>) -> Option<Test> {
    match test {
        _ if is_loose(test) => {
            loose.push(test.clone());
            None
        }
        Test::All(tests) => {
            let mut kept: Vec<Test> = tests.iter().filter_map(|test| split(test, loose)).collect();
            if kept.len() > 1 { Some(Test::All(kept)) } else { kept.pop() }
        }
        _ => Some(test.clone()),
    }
}

/// Returns whether a test is made of words and phrases alone.
fn is_loose(test: &Test) -> bool {
    match test {
        Test::All(tests) | Test::Any(tests) => tests.iter().all(is_loose),
        Test::Needle(Needle::Literal(literal)) => !literal.matches_case,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn check(query: &str, keywords: &[&str], keeps: bool) {
        let relaxed = Matcher::new(&parse(query).unwrap().unwrap()).relaxed();
        let found: Vec<&str> = relaxed.iter().flat_map(|r| &r.keywords).map(|piece| piece.text.as_str()).collect();
        assert_eq!(found, keywords, "{query:?}");
        assert_eq!(relaxed.is_some_and(|relaxed| relaxed.rest.is_some()), keeps, "{query:?}");
    }

    #[test]
    fn only_words_and_phrases_become_optional() {
        check("star \"the wars\"", &["star", "the", "wars"], false);
        check("star (wars OR trek) tag:film -old", &["star", "wars", "trek"], true);
        check("(star OR tag:film) wars", &["wars"], true);
        check("tag:film", &[], false);
        check("star title:war -type:film modified:7d (orphan: OR wars)", &["star"], true);
        check("match-case:Star", &[], false);
    }
}
