//! Chance, the same from the same seed: numbers, and texts as notes have them.

pub struct Random(u64);

const WORDS: [&str; 40] = [
    "river",
    "lamp",
    "garden",
    "meeting",
    "draft",
    "index",
    "café",
    "winter",
    "budget",
    "sketch",
    "train",
    "letter",
    "harbour",
    "engine",
    "recipe",
    "violin",
    "mirror",
    "archive",
    "signal",
    "orchard",
    "Überblick",
    "quiet",
    "market",
    "ladder",
    "copper",
    "window",
    "journal",
    "anchor",
    "pattern",
    "procedure",
    "reading",
    "kitchen",
    "forest",
    "ledger",
    "station",
    "paper",
    "bridge",
    "cloud",
    "needle",
    "заметка",
];

impl Random {
    pub fn new(seed: u64) -> Self {
        // A xorshift must not begin with zero, and seeds that stand side by side shall not begin alike.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    pub fn word(&mut self) -> &'static str {
        self.of(&WORDS)
    }

    /// Returns a note's name, of so few that notes of several folders share one.
    pub fn name(&mut self) -> String {
        format!("{} {}", self.word(), self.below(8))
    }

    pub fn link(&mut self) -> String {
        let name = self.name();
        match self.below(5) {
            0 => format!("[[{name}|said otherwise]]"),
            1 => format!("![[{name}#Part {}]]", self.below(3)),
            2 => format!("[text]({}.md)", name.replace(' ', "%20")),
            _ => format!("[[{name}]]"),
        }
    }

    pub fn sentence(&mut self) -> String {
        let mut words: Vec<String> = (0..4 + self.below(12)).map(|_| self.word().to_owned()).collect();
        if self.below(3) == 0 {
            words.push(self.link());
        }
        if self.below(6) == 0 {
            words.push(format!("#topic/{}", self.word()));
        }
        words.join(" ") + ".\n"
    }

    pub fn frontmatter(&mut self) -> String {
        match self.below(6) {
            0 => String::new(),
            1 => format!("---\ntitle: {}: broken: [\n---\n", self.word()),
            2 => format!("---\ntype: pattern\ntags: [{}, soak]\nrating: {}\n---\n", self.word(), self.below(10)),
            3 => format!("---\naliases: [{} alias]\nprojects: [{}]\nprivate: false\n---\n", self.word(), self.word()),
            _ => format!("---\ntags:\n  - {}\nup: \"{}\"\n---\n", self.word(), self.link().replace('!', "")),
        }
    }

    /// Returns a whole note. Now and then it is one of few that are alike to the byte.
    pub fn note(&mut self) -> String {
        if self.below(20) == 0 {
            return format!("The same in several notes: {}.\n", self.below(3));
        }
        let mut text = self.frontmatter();
        for part in 0..1 + self.below(4) {
            text += &format!("\n## Part {part}\n\n");
            (0..1 + self.below(5)).for_each(|_| text += &self.sentence());
            if self.below(4) == 0 {
                text += &format!("- [ ] {}", self.sentence());
            }
        }
        text
    }

    pub fn canvas(&mut self) -> String {
        format!(r#"{{"nodes": [{{"id": "1", "type": "text", "text": "{}"}}], "edges": []}}"#, self.sentence().trim())
    }
}
