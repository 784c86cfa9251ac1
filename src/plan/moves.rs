//! Which of the files that came are documents that went: by equal contents, then by similar ones. Pure.

use super::Move;
use crate::path::{VaultPath, fold};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A document that is gone from its path: in this plan, or archived not long ago.
#[derive(Clone, Debug)]
pub struct Gone {
    pub path: VaultPath,
    pub content_hash: Option<String>,
    pub sketch: Option<Sketch>,
}

/// A file that came.
#[derive(Clone, Debug)]
pub struct Came {
    pub path: VaultPath,
    pub content_hash: Option<String>,
    /// Bytes of text, blanks at both ends not counted.
    pub text_len: usize,
    pub sketch: Option<Sketch>,
}

/// A text with less than this many bytes is too little to tell two documents apart.
const ENOUGH_TEXT: usize = 64;
/// Of the lines of two texts, this share (by length) must be common to call them one document: git's measure for renames.
const SIMILAR: f64 = 0.5;
/// Beyond this many pairs similarity is not looked at: the cost grows with their product.
pub const MOST_PAIRS: usize = 250_000;

/// Pairs what went with what came. The result is in the order of `from`, and no path appears twice on one side.
pub fn match_contents(gone: &[Gone], came: &[Came]) -> Vec<Move> {
    let mut moves = by_hash(gone, came);
    let from: HashSet<VaultPath> = moves.iter().map(|m| m.from.clone()).collect();
    let to: HashSet<VaultPath> = moves.iter().map(|m| m.to.clone()).collect();
    let gone: Vec<&Gone> = gone.iter().filter(|g| g.sketch.is_some() && !from.contains(&g.path)).collect();
    let came: Vec<&Came> = came.iter().filter(|c| c.sketch.is_some() && !to.contains(&c.path)).collect();
    if gone.len() * came.len() <= MOST_PAIRS {
        moves.extend(by_similarity(&gone, &came));
    }
    moves.sort();
    moves
}

/// Equal contents prove a move when the hash is unique on both sides and covers enough text. Of several equal files, those that kept
/// their file name are told apart by it; so are files too short to prove anything by their text.
fn by_hash(gone: &[Gone], came: &[Came]) -> Vec<Move> {
    let mut pairs = Vec::new();
    let mut taken: HashSet<&VaultPath> = HashSet::new();
    let named = |hash: &Option<String>, path: &VaultPath| hash.as_ref().map(|hash| (hash.clone(), fold(path.file_name())));
    // A note that becomes a canvas is another document.
    let kept = |hash: &Option<String>, path: &VaultPath| hash.as_ref().map(|hash| (hash.clone(), path.kind()));
    let by_name = unique_pairs(
        gone.iter().map(|g| (named(&g.content_hash, &g.path), &g.path)),
        came.iter().map(|c| (named(&c.content_hash, &c.path), &c.path)),
    );
    for (from, to) in by_name {
        taken.extend([from, to]);
        pairs.push(Move { from: from.clone(), to: to.clone() });
    }
    let came =
        came.iter().filter(|c| c.text_len >= ENOUGH_TEXT && !taken.contains(&c.path)).map(|c| (kept(&c.content_hash, &c.path), &c.path));
    let gone = gone.iter().filter(|g| !taken.contains(&g.path)).map(|g| (kept(&g.content_hash, &g.path), &g.path));
    pairs.extend(unique_pairs(gone, came).into_iter().map(|(from, to)| Move { from: from.clone(), to: to.clone() }));
    pairs
}

/// Pairs the paths whose key stands exactly once on each side.
fn unique_pairs<'a, K: std::hash::Hash + Ord>(
    gone: impl Iterator<Item = (Option<K>, &'a VaultPath)>,
    came: impl Iterator<Item = (Option<K>, &'a VaultPath)>,
) -> Vec<(&'a VaultPath, &'a VaultPath)> {
    let mut sides: BTreeMap<K, [Vec<&VaultPath>; 2]> = BTreeMap::new();
    for (key, path) in gone.filter_map(|(key, path)| Some((key?, path))) {
        sides.entry(key).or_default()[0].push(path);
    }
    for (key, path) in came.filter_map(|(key, path)| Some((key?, path))) {
        sides.entry(key).or_default()[1].push(path);
    }
    sides.into_values().filter_map(|[gone, came]| (gone.len() == 1 && came.len() == 1).then(|| (gone[0], came[0]))).collect()
}

/// Pairs the most similar texts first; of equals, the one that comes first by path.
fn by_similarity(gone: &[&Gone], came: &[&Came]) -> Vec<Move> {
    let mut scored = Vec::new();
    for g in gone {
        for c in came.iter().filter(|c| c.path.kind() == g.path.kind()) {
            let score = g.sketch.as_ref().zip(c.sketch.as_ref()).map_or(0.0, |(a, b)| a.similarity(b));
            if score >= SIMILAR {
                scored.push((score, &g.path, &c.path));
            }
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken: HashSet<&VaultPath> = HashSet::new();
    let mut moves = Vec::new();
    for (_, from, to) in scored {
        if !taken.contains(from) && !taken.contains(to) {
            taken.extend([from, to]);
            moves.push(Move { from: from.clone(), to: to.clone() });
        }
    }
    moves
}

/// The lines of a text, as numbers: enough to say how much of it another text shares.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// Line's hash -> bytes of all its occurrences.
    lines: HashMap<u64, usize>,
    bytes: usize,
}

impl Sketch {
    /// Returns the sketch of a text; `None` when there is too little to compare.
    pub fn of(text: &str) -> Option<Self> {
        use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let mut sketch = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            *sketch.lines.entry(hasher.hash_one(line)).or_default() += line.len();
            sketch.bytes += line.len();
        }
        (sketch.bytes >= ENOUGH_TEXT).then_some(sketch)
    }

    /// Returns the share of the larger text that both have: 1 for equal lines, 0 for none in common.
    pub fn similarity(&self, other: &Self) -> f64 {
        let (small, large) = if self.lines.len() <= other.lines.len() { (self, other) } else { (other, self) };
        let common: usize = small.lines.iter().map(|(line, bytes)| large.lines.get(line).map_or(0, |b| *b.min(bytes))).sum();
        common as f64 / self.bytes.max(other.bytes).max(1) as f64
    }
}
