//! Questions inside one process, one after another, as `find` asks them: the ten best, with their passages, of an index that is kept open.

use crate::place::Place;
use crate::vault::Random;
use std::path::Path;
use std::time::Instant;
use vault_sync::clock::Timestamp;
use vault_sync::index::Ranking;
use vault_sync::note::{self, Source};
use vault_sync::query::{Given, parse};
use vault_sync::search::{Detail, Filters, Kept, Order, Request};
use vault_sync::state::State;

/// Returns for each kind of question what each took, in milliseconds.
pub fn measure(place: &Place, random: &mut Random, n: usize) -> [(&'static str, Vec<f64>); 3] {
    let words = place.words(random, n);
    let queries = |query: &dyn Fn(&Path, &[String; 3]) -> String| words.iter().map(|(note, three)| query(note, three)).collect();
    let kinds: [(&str, Vec<String>); 3] = [
        ("words", queries(&|_, three| three[..2].join(" "))),
        ("phrases", queries(&|_, three| format!("\"{}\"", three.join(" ")))),
        ("filters", queries(&|note, three| filtered(place, note, &three[0]))),
    ];
    let index = place.path("data/index");
    let ranking = Ranking { now_ms: Timestamp::now().millis(), ..Ranking::default() };
    let mut kept = Kept::default();
    kinds.map(|(kind, queries)| {
        let mut ask_all = || queries.iter().map(|query| ask(&mut kept, &index, &ranking, query)).collect();
        // The first time warms up.
        let _: Vec<f64> = ask_all();
        (kind, ask_all())
    })
}

/// Asks for a word among the notes of a tag, or of a folder.
fn filtered(place: &Place, note: &Path, word: &str) -> String {
    let bytes = std::fs::read(note).unwrap_or_default();
    let source = Source::of(&bytes);
    let note_read = note::parse(&source);
    if let Some(tag) = note_read.all_tags().next() {
        return format!("tag:{} {word}", tag.trim_start_matches('#'));
    }
    let path = place.relative(note);
    format!("path:\"{}\" {word}", path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

fn ask(kept: &mut Kept, index: &Path, ranking: &Ranking, text: &str) -> f64 {
    let start = Instant::now();
    let query = parse(text).expect("the query can be read");
    let request = Request {
        index,
        text,
        query: query.as_ref(),
        conditions: &[],
        given: &Given::default(),
        filters: Filters::default(),
        order: Order::Relevance,
        ranking,
        limit: 10,
        offset: 0,
        strict: false,
        explain: false,
        detail: Detail::default(),
        vaults: &[],
        state: &State::default(),
        asker: None,
    };
    let answer = kept.search(&request).expect("there is an index");
    let took = start.elapsed().as_secs_f64() * 1e3;
    assert!(!answer.results.is_empty(), "nothing is found for {text}, which stands in a note");
    took
}
