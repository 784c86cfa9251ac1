//! Texts made to be hard to read, of any length: `fixtures/hostile.jsonl` says what each consists of.
//!
//! In `text` every second piece is repeated, all of them equally often, until the whole has the length asked for: `["[", "(", "]"]` gives
//! `[((((]`. `{n}` in such a piece is the number of the repetition, `{n-1}` the one before. With `grow`, the n-th repetition of the first
//! such piece follows n times that.

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hostile {
    pub name: String,
    text: Vec<String>,
    #[serde(default)]
    grow: String,
    #[serde(default)]
    pub is_canvas: bool,
}

/// Returns all kinds of them.
pub fn hostile() -> Vec<Hostile> {
    let lines = include_str!("../../fixtures/hostile.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}

impl Hostile {
    /// Returns the text, about `size` bytes long.
    pub fn text(&self, size: usize) -> String {
        let n = self.count(size);
        let mut text = String::with_capacity(size + 100);
        for (i, piece) in self.text.iter().enumerate() {
            match i {
                _ if i % 2 == 0 => text.push_str(piece),
                1 => (0..n).for_each(|n| text.push_str(&(self.grow.repeat(n) + &numbered(piece, n)))),
                _ => (0..n).for_each(|n| text.push_str(&numbered(piece, n))),
            }
        }
        text
    }

    /// Returns how often the pieces are repeated in a text of about `size` bytes.
    fn count(&self, size: usize) -> usize {
        let mut length = self.text.iter().step_by(2).map(String::len).sum::<usize>();
        let mut n = 0;
        while length < size {
            let repeated = self.text.iter().skip(1).step_by(2).map(|piece| numbered(piece, n).len());
            length += repeated.sum::<usize>() + self.grow.len() * n;
            n += 1;
        }
        n
    }
}

fn numbered(piece: &str, n: usize) -> String {
    if piece.contains("{n") {
        piece.replace("{n-1}", &n.wrapping_sub(1).to_string()).replace("{n}", &n.to_string())
    } else {
        piece.to_owned()
    }
}
