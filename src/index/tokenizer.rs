//! Gives tantivy the words of [`crate::query::words`]: what a query's word means is decided there, once.

use crate::query::words::{Walk, fold};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};

/// The name under which the schema asks for it.
pub(super) const WORDS: &str = "words";

#[derive(Clone)]
struct Words;

pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(Words).build()
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream {
        Stream { folded: fold(text).into_owned(), walk: Walk::default(), token: Token { position: 0, ..Token::default() } }
    }
}

struct Stream {
    folded: String,
    walk: Walk,
    token: Token,
}

impl TokenStream for Stream {
    fn advance(&mut self) -> bool {
        let Some(range) = self.walk.next(&self.folded) else { return false };
        self.token.text.clear();
        self.token.text.push_str(&self.folded[range]);
        true
    }

    /// Offsets are not given: the fields keep no positions, and matches are found again in the stored text.
    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
