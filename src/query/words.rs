//! How text is cut into words, for the index and for queries alike.
//!
//! A word of a text is a slice of its folded form, so whatever stands inside a word of a query stands inside a word of every text
//! that holds it: the index can pre-select any substring. Knows no index and no grammar.

mod walk;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use unicode_normalization::char::{canonical_combining_class, decompose_canonical, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfc_quick};

pub use walk::{LONGEST_PIECE, Walk, words};

/// Returns `text` as searches compare it: in lower case, character by character, a final sigma as a sigma, and in NFC, so that a letter
/// and its accent are one whether they are written as one character or as two.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|b| b.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text.into() };
    }
    let mut folded = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while !rest.is_empty() {
        // Even in texts of other scripts most runs are of ASCII, and those go many bytes at a time.
        let (start, n_ascii) = (folded.len(), rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len()));
        folded.push_str(&rest[..n_ascii]);
        folded[start..].make_ascii_lowercase();
        let mut chars = rest[n_ascii..].chars();
        let others = chars.by_ref().take_while(|c| !c.is_ascii());
        let n_others = others.map(char::len_utf8).sum::<usize>();
        let others = &rest[n_ascii..n_ascii + n_others];
        if others.chars().any(|c| composes(c) != Composes::Never) {
            return fold_composed(text).into();
        }
        others.chars().for_each(|c| fold_char(c, &mut folded));
        rest = &rest[n_ascii + n_others..];
    }
    folded.into()
}

fn fold_composed(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 8);
    clusters(text).for_each(|cluster| fold_cluster(&text[cluster], &mut folded));
    folded
}

fn fold_char(c: char, folded: &mut String) {
    match c {
        '\0'..='\x7f' => folded.push(c.to_ascii_lowercase()),
        'ς' => folded.push('σ'),
        _ => folded.extend(c.to_lowercase()),
    }
}

/// Folds a line and says for each byte of the result (and for its end) where in the line it comes from.
pub(super) fn fold_with_origins(line: &str) -> (String, Vec<usize>) {
    let (mut folded, mut origins) = (String::with_capacity(line.len()), Vec::with_capacity(line.len() + 1));
    for cluster in clusters(line) {
        let start = cluster.start;
        fold_cluster(&line[cluster], &mut folded);
        origins.resize(folded.len(), start);
    }
    origins.push(line.len());
    (folded, origins)
}

fn fold_cluster(cluster: &str, folded: &mut String) {
    let mut chars = cluster.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if composes(c) == Composes::Never => fold_char(c, folded),
        _ => cluster.nfc().for_each(|c| fold_char(c, folded)),
    }
}

/// Cuts a text where no character composes with the next one.
fn clusters(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = chars.next()?;
        while chars.next_if(|(_, c)| composes(*c) == Composes::WithOthers).is_some() {}
        Some(start..chars.peek().map_or(text.len(), |(end, _)| *end))
    })
}

/// Whether NFC may make something else of a character.
#[derive(Clone, Copy, PartialEq)]
enum Composes {
    Never,
    Alone,
    /// It may become one with what stands before it.
    WithOthers,
}

fn composes(c: char) -> Composes {
    match u32::from(c) {
        // By far the most text, for which no table need be asked.
        0..=0x2ff | 0x400..=0x482 | 0x3041..=0x3098 | 0x30a1..=0x30fe | 0x3400..=0x9fff | 0xac00..=0xd7a3 => Composes::Never,
        _ if canonical_combining_class(c) != 0 => Composes::WithOthers,
        _ => match is_nfc_quick(std::iter::once(c)) {
            IsNormalized::Yes => Composes::Never,
            IsNormalized::Maybe => Composes::WithOthers,
            IsNormalized::No => Composes::Alone,
        },
    }
}

/// Returns whether two folded words differ in accents and other marks at most.
pub fn is_alike(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() { a == b } else { plain(a).eq(plain(b)) }
}

/// Returns the letters of a folded text without their accents, points and other marks.
pub fn plain(folded: &str) -> impl Iterator<Item = char> + '_ {
    folded.chars().flat_map(plain_char)
}

/// Letters that no table takes apart are taken apart here, as people without such keys write them.
fn plain_char(c: char) -> impl Iterator<Item = char> {
    let mut letters = [None; 4];
    let mut n_letters = 0;
    let mut push = |c: char| {
        let is_mark = canonical_combining_class(c) != 0 && !matches!(c, '\u{3099}' | '\u{309a}');
        if !is_mark && n_letters < letters.len() {
            letters[n_letters] = Some(c);
            n_letters += 1;
        }
    };
    match c {
        '\0'..='\x7f' => push(c),
        'ß' => ['s', 's'].into_iter().for_each(push),
        'æ' => ['a', 'e'].into_iter().for_each(push),
        'œ' => ['o', 'e'].into_iter().for_each(push),
        'ø' => push('o'),
        'ł' => push('l'),
        'đ' => push('d'),
        'ı' => push('i'),
        // A syllable of Korean is no letter with marks, and a lengthened line in Arabic is no letter.
        '\u{ac00}'..='\u{d7a3}' => push(c),
        '\u{640}' => {}
        _ => decompose_canonical(c, push),
    }
    letters.into_iter().flatten()
}

/// Returns where `text` holds one of some folded words, in order.
pub fn places_of(wanted: &BTreeSet<String>, text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let (folded, origins) = fold_with_origins(line);
        let found = words(&folded).filter(|range| wanted.contains(&folded[range.clone()]));
        places.extend(found.map(|range| start + origins[range.start]..start + origins[range.end]));
        start += line.len();
    }
    places
}

/// Returns whether a character is written without spaces between words: such runs are indexed as overlapping pairs.
/// Chinese, Japanese and, because it is searched by syllable, Korean; Thai, Lao, Burmese and Khmer with their vowel signs.
pub fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x11ff | 0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3040..=0x31ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0xff66..=0xff9f | 0x20000..=0x3ffff
        | 0x0e01..=0x0e3a | 0x0e40..=0x0e4e | 0x0e81..=0x0ece | 0x1000..=0x103f | 0x1050..=0x109f | 0x1780..=0x17d3)
}

/// Returns whether a character is a picture that stands for a word of its own. It bounds the words beside it.
pub fn is_picture(c: char) -> bool {
    matches!(u32::from(c), 0x2600..=0x27bf | 0x2b00..=0x2bff | 0x1f000..=0x1faff)
}

/// Returns whether a character can be part of a word: a letter, a digit, or a mark on one.
pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_unspaced(c) || (is_combining_mark(c) && !is_of_pictures(c))
}

/// Returns whether a mark only says how a picture is drawn.
fn is_of_pictures(c: char) -> bool {
    matches!(u32::from(c), 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xe0100..=0xe01ef)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let folded = fold(text);
        let found: Vec<&str> = words(&folded).map(|range| &folded[range]).collect();
        assert_eq!(found, expected, "words of {text:?}");
    }

    #[test]
    fn text_is_cut_at_all_that_is_no_letter_or_digit() {
        check("Weekly Meeting: mix_the-flour, 2024!", &["weekly", "meeting", "mix", "the", "flour", "2024"]);
        check("", &[]);
        check("-> ##", &[]);
        check("Ça ΣΑΣ", &["ça", "σασ"]);
        check(
            "v1.2.3 E0308 0x80070005 /session-resume camelCase",
            &["v1", "2", "3", "e0308", "0x80070005", "session", "resume", "camelcase"],
        );
    }

    #[test]
    fn runs_without_spaces_become_overlapping_pairs() {
        check("検索する", &["検索", "索す", "する"]);
        check("a漢b", &["a", "漢", "b"]);
        check("漢字ABC", &["漢字", "abc"]);
        check("한국어 노트", &["한국", "국어", "노트"]);
        check("น้ำใจ", &["น้", "้ำ", "ำใ", "ใจ"]);
    }

    #[test]
    fn a_letter_and_its_marks_are_one_word() {
        check("cafe\u{301} na\u{ef}ve", &["café", "naïve"]);
        check("הַשָׁלוֹם كِتَاب", &["הַשָׁלוֹם", "كِتَاب"]);
        check("हिन्दी", &["हिन्दी"]);
        check("x\u{301}y", &["x\u{301}y"]);
        check("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", &["한국"]);
    }

    #[test]
    fn a_picture_is_a_word_and_bounds_the_words_beside_it() {
        check("done🎉🎉x ❤\u{fe0f}", &["done", "🎉", "🎉", "x", "❤"]);
    }

    #[test]
    fn folding_with_origins_folds_alike() {
        for line in ["Cafe\u{301} ΑΣ", "e\u{301}\u{301}", "\u{301}x", "İ\u{212b}K", "\u{1112}\u{1161}\u{11ab}a", "が\u{3099}"] {
            let (folded, origins) = fold_with_origins(line);
            assert_eq!(folded, fold(line));
            assert_eq!(origins.len(), folded.len() + 1);
            assert!(origins.iter().all(|at| line.is_char_boundary(*at)), "{line:?}");
        }
    }

    #[test]
    fn words_are_alike_that_differ_in_marks() {
        let check = |a: &str, b: &str, expected: bool| assert_eq!(is_alike(&fold(a), &fold(b)), expected, "{a} {b}");
        check("Cafe", "café", true);
        check("strasse", "Straße", true);
        check("ανθρωπος", "Άνθρωπος", true);
        check("ежик", "Ёжик", true);
        check("كتاب", "كِتَابٌ", true);
        check("שלום", "שָׁלוֹם", true);
        check("smorrebrod", "smørrebrød", true);
        check("か", "が", false);
        check("하", "한", false);
        check("cafe", "cafés", false);
    }
}
