//! Numbers as bars of a terminal, as wide as it is. What they count is not known here.

use super::{Style, one_line};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// How bars are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Chart {
    /// Columns of the terminal.
    pub width: usize,
    pub has_colour: bool,
    /// Only signs that every terminal has.
    pub is_ascii: bool,
}

/// A line of a chart.
#[derive(Clone, Debug, Default)]
pub struct Bar {
    pub label: String,
    /// How deep it stands below others.
    pub depth: usize,
    pub value: usize,
    /// What is told behind the value.
    pub note: String,
}

/// The parts of a column that a block fills, from one eighth on.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/// A bar with less room says nothing, and one with more is no plainer.
const NARROWEST: usize = 4;
const WIDEST: usize = 60;

impl Chart {
    /// Returns the line above a chart; the remark behind it stands back.
    pub fn head(&self, text: &str, remark: &str) -> String {
        let style = Style { has_colour: self.has_colour };
        let remark = if remark.is_empty() { String::new() } else { style.paint("2", &format!("  {}", one_line(remark))) };
        format!("{}{remark}\n", style.paint("1", &one_line(text)))
    }

    /// Returns a line for each bar: its label, the bar, its value, all of them in columns. The largest value fills what the others leave.
    pub fn bars(&self, bars: &[Bar]) -> String {
        let style = Style { has_colour: self.has_colour };
        let labels: Vec<String> = bars.iter().map(|bar| format!("  {}{}", "  ".repeat(bar.depth), one_line(&bar.label))).collect();
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let label_width = widest(&mut labels.iter().map(|label| label.width())).min((self.width / 2).max(12));
        let value_width = widest(&mut bars.iter().map(|bar| bar.value.to_string().len()));
        let note_width = widest(&mut bars.iter().map(|bar| bar.note.width()));
        let taken = label_width + value_width + note_width + if note_width > 0 { 6 } else { 4 };
        let room = self.width.saturating_sub(taken).min(WIDEST);
        let most = widest(&mut bars.iter().map(|bar| bar.value));
        let mut text = String::new();
        for (bar, label) in bars.iter().zip(&labels) {
            let label = self.fitted(label, label_width);
            let mut line = label.clone() + &" ".repeat(label_width.saturating_sub(label.width()) + 2);
            if room >= NARROWEST {
                let drawn = self.bar(bar.value, most, room);
                let space = " ".repeat(room - drawn.chars().count() + 2);
                line = line + &style.paint("36", &drawn) + &space;
            }
            line += &style.paint("32", &format!("{:>value_width$}", bar.value));
            if !bar.note.is_empty() {
                line += &style.paint("2", &format!("  {}", one_line(&bar.note)));
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    /// Returns a bar; what is not nothing shows.
    fn bar(&self, value: usize, most: usize, room: usize) -> String {
        if value == 0 {
            return String::new();
        }
        if self.is_ascii {
            return "#".repeat((value * room / most).max(1));
        }
        let eighths = (value * room * 8 / most).max(1);
        let mut bar = "█".repeat(eighths / 8);
        bar.extend((eighths % 8).checked_sub(1).map(|part| EIGHTHS[part]));
        bar
    }

    /// Returns a text shortened to so many columns.
    fn fitted(&self, text: &str, width: usize) -> String {
        if text.width() <= width {
            return text.to_owned();
        }
        let (mut fitted, mut taken) = (String::new(), 1);
        for c in text.chars() {
            taken += c.width().unwrap_or(0);
            if taken > width {
                break;
            }
            fitted.push(c);
        }
        fitted + if self.is_ascii { "~" } else { "…" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(width: usize, is_ascii: bool, bars: &[(&str, usize, usize, &str)], expected: &[&str]) {
        let chart = Chart { width, has_colour: false, is_ascii };
        let bar = |(label, depth, value, note): &(&str, usize, usize, &str)| Bar {
            label: (*label).to_owned(),
            depth: *depth,
            value: *value,
            note: (*note).to_owned(),
        };
        let text = chart.bars(&bars.iter().map(bar).collect::<Vec<_>>());
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        assert!(text.lines().all(|line| line.width() <= width.max(12)), "{text}");
    }

    #[test]
    fn bars_fill_the_width_and_what_is_not_nothing_shows() {
        check(
            24,
            false,
            &[("a", 0, 80, ""), ("b", 1, 35, ""), ("c", 0, 0, ""), ("d", 0, 1, "")],
            &["  a    █████████████  80", "    b  █████▋         35", "  c                    0", "  d    ▏               1"],
        );
        check(24, true, &[("a", 0, 80, ""), ("d", 0, 1, "")], &["  a  ###############  80", "  d  #                 1"]);
        check(24, true, &[], &[]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        check(24, true, &[("日本語", 0, 2, "x"), ("e\u{301}", 0, 1, "")], &["  日本語  ########  2  x", "  e\u{301}       ####      1"]);
    }

    #[test]
    fn what_does_not_fit_is_cut_and_a_bar_without_room_left_out() {
        check(20, false, &[("a long name", 0, 12_345, "")], &["  a long na…  12345"]);
        check(24, true, &[("x\u{1b}[31m\ny", 0, 1, "")], &["  x\u{fffd}[31m y  #########  1"]);
    }
}
