//! Why a document is a hit, and so where in its text it answers.

use crate::index::{Document, subject};
use crate::query::Matcher;
use crate::query::plan::Piece;
use crate::query::words::places_of;
use std::collections::BTreeSet;
use std::ops::Range;

/// Why a document is a hit.
pub(super) enum Evidence<'a> {
    Query(&'a Matcher),
    /// A relaxed hit: it has one of the words, and satisfies the rest.
    Words {
        words: &'a BTreeSet<String>,
        /// The words of the query that they stand for.
        keywords: &'a [Piece],
        rest: Option<&'a Matcher>,
    },
}

impl Evidence<'_> {
    /// Returns whether a document that has changed is still a hit.
    pub(super) fn still_holds(&self, document: &Document) -> bool {
        match self {
            Self::Query(matcher) => matcher.matches(&subject(document)),
            Self::Words { rest, .. } => {
                rest.is_none_or(|rest| rest.matches(&subject(document))) && (!self.places(document).is_empty() || self.is_in_name(document))
            }
        }
    }

    /// Returns where the text answers, in order.
    pub(super) fn places(&self, document: &Document) -> Vec<Range<usize>> {
        match self {
            Self::Query(matcher) => matcher.places(&subject(document)),
            Self::Words { words, .. } => places_of(words, &document.text),
        }
    }

    fn is_in_name(&self, document: &Document) -> bool {
        let Self::Words { words, .. } = self else { return false };
        !places_of(words, document.path.name()).is_empty()
    }
}
