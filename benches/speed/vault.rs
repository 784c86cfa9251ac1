//! A vault of any size, the same each time, shaped like those of people: half of the notes are under 1.2 kB and one of a hundred over 12,
//! words and link targets follow Zipf's law, one link of sixteen leads nowhere, six of seven notes have properties.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The most frequent words: by these a language is known.
const FUNCTION_WORDS: [&str; 40] = [
    "the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "with", "as", "on", "be", "this", "are", "by", "or", "from", "at",
    "an", "not", "have", "can", "which", "but", "if", "we", "you", "was", "their", "has", "more", "when", "one", "will", "all", "also",
    "into", "than",
];
const CONSONANTS: [&str; 14] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"];
const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];

/// Writes the vault, an hour ago: what was changed just now is looked at twice.
pub fn make(root: &Path, n_notes: usize) -> io::Result<()> {
    fs::create_dir_all(root.join(".obsidian"))?;
    let past = SystemTime::now() - Duration::from_secs(3600);
    for i in 0..n_notes {
        let file = root.join(path(i, n_notes));
        fs::create_dir_all(file.parent().expect("a file has a folder"))?;
        let mut file = File::create_new(file)?;
        file.write_all(text(i, n_notes).as_bytes())?;
        file.set_modified(past)?;
    }
    Ok(())
}

/// Chance, the same from the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: usize) -> Self {
        Self(seed as u64)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let n = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn is_one_of(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a rank below `n`, the first twice as often as the second, and so on.
    fn rank(&mut self, n: usize) -> usize {
        (n as f64).powf(self.fraction()) as usize - 1
    }

    /// Returns a number of bytes as notes have them.
    fn length(&mut self) -> usize {
        let normal = (0..12).map(|_| self.fraction()).sum::<f64>() - 6.0;
        (1200.0 * normal.exp()) as usize
    }
}

fn word(rank: usize) -> String {
    if let Some(word) = FUNCTION_WORDS.get(rank) {
        return (*word).to_owned();
    }
    let (mut left, mut word) = (rank - FUNCTION_WORDS.len() + CONSONANTS.len() * VOWELS.len(), String::new());
    while left > 0 {
        word += CONSONANTS[left % CONSONANTS.len()];
        left /= CONSONANTS.len();
        word += VOWELS[left % VOWELS.len()];
        left /= VOWELS.len();
    }
    if rank % 50 == 7 { word.replace('a', "á") } else { word }
}

fn capitalised(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// Returns the name of a note, which no other has.
fn name(i: usize) -> String {
    let first = i % 3000;
    format!("{} {}", capitalised(&word(60 + first)), word(200 + (i / 3000 + 7 * first) % 4000))
}

fn folder(i: usize) -> String {
    let parts = [60 + i % 17, 200 + i % 131, 700 + i].map(|rank| capitalised(&word(rank)));
    parts[..1 + i % 3].join("/")
}

pub fn path(i: usize, n_notes: usize) -> String {
    match i % 50 {
        1 | 21 | 41 => {
            let day = i / 10;
            format!("Daily/{}-{:02}-{:02}.md", 1996 + day / 336, 1 + day / 28 % 12, 1 + day % 28)
        }
        2 => format!("{}/README.md", folder(3 * (i / 50) + 2)),
        _ => {
            // Few folders have many notes.
            let place = Random::new(i).fraction().powi(2) * (n_notes / 40).max(6) as f64;
            format!("{}/{}.md", folder(place as usize), name(i))
        }
    }
}

pub fn text(i: usize, n_notes: usize) -> String {
    let mut random = Random::new(i + 1_000_000);
    let length = random.length();
    let mut author = Author { random, n_notes, n_words: 700 * (n_notes as f64).sqrt() as usize + 1000 };
    let mut text = author.properties(i);
    text += &format!("# {}\n", capitalised(&author.words(3)));
    while text.len() < length {
        text += &author.block();
    }
    text
}

struct Author {
    random: Random,
    n_notes: usize,
    n_words: usize,
}

impl Author {
    fn word(&mut self) -> String {
        word(self.random.rank(self.n_words))
    }

    /// Returns a word that says something.
    fn topic(&mut self) -> String {
        word(60 + self.random.rank(2000))
    }

    fn words(&mut self, n: usize) -> String {
        (0..n).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    fn link(&mut self) -> String {
        // Hubs lie anywhere.
        let target = self.random.rank(self.n_notes) * 7919 % self.n_notes;
        let target = if self.random.is_one_of(16) { self.n_notes + target } else { target };
        let path = path(target, self.n_notes);
        let path = path.trim_end_matches(".md");
        let name = if path.ends_with("README") { path } else { path.rsplit('/').next().unwrap_or(path) };
        match self.random.below(10) {
            0 | 1 => format!("[[{name}|{}]]", self.words(2)),
            2 => format!("[[{name}#{}]]", capitalised(&self.topic())),
            3 => format!("![[{name}]]"),
            4 => format!("[{}]({}.md)", self.words(2), path.replace(' ', "%20")),
            _ => format!("[[{name}]]"),
        }
    }

    fn sentence(&mut self) -> String {
        let n_words = 5 + self.random.below(13);
        let mut sentence = capitalised(&self.words(n_words));
        if self.random.is_one_of(6) {
            sentence += &format!(" {}", self.link());
        }
        match self.random.below(40) {
            0 => sentence += &format!(" #{}", self.topic()),
            1 => sentence += &format!(" **{}** and `{}`", self.words(2), self.word()),
            2 => sentence += &format!(" [site](https://example.org/{})", self.word()),
            _ => {}
        }
        sentence + "."
    }

    fn paragraph(&mut self) -> String {
        (0..1 + self.random.below(5)).map(|_| self.sentence()).collect::<Vec<_>>().join(" ")
    }

    fn lines(&mut self, start: &str) -> String {
        (0..2 + self.random.below(5)).map(|_| format!("{start}{}\n", self.sentence())).collect()
    }

    fn block(&mut self) -> String {
        match self.random.below(24) {
            0..5 => format!("\n## {}\n\n{}\n", capitalised(&self.words(3)), self.paragraph()),
            5..8 => format!("\n{}", self.lines("- ")),
            8 => format!("\n{}{}", self.lines("- [ ] "), self.lines("- [x] ")),
            9 => format!("\n{}", self.lines("> ")),
            10 => format!("\n> [!note] {}\n{}", self.words(2), self.lines("> ")),
            11 => format!("\n```rust\nfn {}() -> u64 {{\n    {}\n}}\n```\n", self.topic(), self.random.below(1000)),
            12 => format!("\n| {} | {} |\n| --- | --- |\n| {} | {} |\n", self.topic(), self.topic(), self.words(2), self.link()),
            13 => format!("\n{} ^{}\n", self.paragraph(), self.topic().replace('á', "a")),
            _ => format!("\n{}\n", self.paragraph()),
        }
    }

    fn properties(&mut self, i: usize) -> String {
        if self.random.is_one_of(7) {
            return String::new();
        }
        let kind = ["pattern", "note", "person", "meeting", "project"][self.random.below(5)];
        let mut said = format!("---\ntype: {kind}\ncreated: 20{:02}-{:02}-{:02}\n", 10 + i % 16, 1 + i % 12, 1 + i % 28);
        if !self.random.is_one_of(3) {
            said += &format!("tags: [{}, {}/{}]\n", self.topic(), self.topic(), self.topic());
        }
        if self.random.is_one_of(5) {
            said += &format!("aliases:\n  - {}\n", capitalised(&self.words(2)));
        }
        if self.random.is_one_of(4) {
            said += &format!("status: {}\nup: \"[[{}]]\"\n", self.topic(), name(self.random.below(self.n_notes)));
        }
        said + "---\n\n"
    }
}
