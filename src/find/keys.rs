//! What each key does, as data: pressed and explained from the same table.

use tui_input::InputRequest;

/// A key, with what is held down beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Control(char),
    Alt(char),
    Enter,
    Escape,
    Tab,
    BackTab,
    Backspace,
    ControlBackspace,
    Delete,
    Left,
    Right,
    ControlLeft,
    ControlRight,
    Up,
    Down,
    ShiftUp,
    ShiftDown,
    PageUp,
    PageDown,
    Home,
    End,
    Function(u8),
}

/// What a key does to what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Edit(InputRequest),
    /// Selects the hit so many further down.
    Step(isize),
    /// The same, in screens of the list.
    Leap(isize),
    /// Shows the next place in the selected note, or the one before.
    NextPlace,
    LastPlace,
    /// Scrolls the note by so many lines.
    Scroll(isize),
    Back,
    Keys,
    Wish(Wish),
}

/// What a key wishes for that changes more than what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    Ask,
    Edit,
    Choose,
    Open,
    CopyPath,
    CopyLink,
    Backlinks,
    Redraw,
    Suspend,
    Leave,
}

impl Wish {
    /// Returns whether it is for the hit that is selected.
    pub(super) fn is_for_hit(self) -> bool {
        matches!(self, Self::Edit | Self::Choose | Self::Open | Self::CopyPath | Self::CopyLink | Self::Backlinks)
    }
}

/// Keys that do the same, what they are called, and what they do, for the page that explains them; what every line of a shell knows is
/// not explained.
pub(super) struct Binding {
    pub(super) keys: &'static [Key],
    pub(super) name: &'static str,
    pub(super) does: Does,
    pub(super) said: &'static str,
}

use Does::{Edit, Leap, Scroll, Step};
use Key::{Alt, Control};

const fn bound(keys: &'static [Key], name: &'static str, does: Does, said: &'static str) -> Binding {
    Binding { keys, name, does, said }
}

const fn edits(keys: &'static [Key], does: InputRequest) -> Binding {
    bound(keys, "", Edit(does), "")
}

/// Lines of a note that a key scrolls.
const LINES: isize = 5;

pub(super) const BINDINGS: &[Binding] = &[
    bound(&[Key::Enter], "Enter", Does::Wish(Wish::Edit), "open at the line in $EDITOR"),
    bound(&[Control('o')], "Ctrl-O", Does::Wish(Wish::Open), "open in Obsidian"),
    bound(&[Control('y')], "Ctrl-Y", Does::Wish(Wish::CopyPath), "copy the path"),
    bound(&[Control('t')], "Ctrl-T", Does::Wish(Wish::CopyLink), "copy a wiki-link"),
    bound(&[Control('b')], "Ctrl-B", Does::Wish(Wish::Backlinks), "the notes that link here"),
    bound(&[Key::Escape], "Esc", Does::Back, "back, then leave"),
    bound(&[Key::Down, Control('n')], "Down, Up", Step(1), "the next hit, the one before"),
    bound(&[Key::Up, Control('p')], "", Step(-1), ""),
    bound(&[Key::PageDown], "PgDn, PgUp", Leap(1), "a screen of hits further, back"),
    bound(&[Key::PageUp], "", Leap(-1), ""),
    bound(&[Key::Tab], "Tab, Shift-Tab", Does::NextPlace, "the next place in the note, the one before"),
    bound(&[Key::BackTab], "", Does::LastPlace, ""),
    bound(&[Key::ShiftDown, Alt('j')], "Shift-Down, Up", Scroll(LINES), "scroll the note; also Alt-J, Alt-K"),
    bound(&[Key::ShiftUp, Alt('k')], "", Scroll(-LINES), ""),
    bound(&[Control('u')], "Ctrl-U", Edit(InputRequest::DeleteFromStart), "clear the line before the cursor"),
    bound(&[Control('w'), Key::ControlBackspace], "Ctrl-W", Edit(InputRequest::DeletePrevWord), "remove the word before the cursor"),
    bound(&[Control('l')], "Ctrl-L", Does::Wish(Wish::Redraw), "draw all anew"),
    bound(&[Control('z')], "Ctrl-Z", Does::Wish(Wish::Suspend), "suspend; `fg` comes back"),
    bound(&[Control('c'), Control('g')], "Ctrl-C", Does::Wish(Wish::Leave), "leave"),
    bound(&[Key::Function(1)], "F1", Does::Keys, "these keys"),
    edits(&[Key::Backspace, Control('h')], InputRequest::DeletePrevChar),
    edits(&[Key::Delete, Control('d')], InputRequest::DeleteNextChar),
    edits(&[Key::Left], InputRequest::GoToPrevChar),
    edits(&[Key::Right, Control('f')], InputRequest::GoToNextChar),
    edits(&[Key::ControlLeft, Alt('b')], InputRequest::GoToPrevWord),
    edits(&[Key::ControlRight, Alt('f')], InputRequest::GoToNextWord),
    edits(&[Key::Home, Control('a')], InputRequest::GoToStart),
    edits(&[Key::End, Control('e')], InputRequest::GoToEnd),
    edits(&[Control('k')], InputRequest::DeleteTillEnd),
    edits(&[Alt('d')], InputRequest::DeleteNextWord),
];

/// Returns what a key does; nothing, if nobody gave it a meaning.
pub(super) fn meaning(key: Key) -> Option<Does> {
    if let Key::Char(c) = key {
        return Some(Edit(InputRequest::InsertChar(c)));
    }
    BINDINGS.iter().find(|binding| binding.keys.contains(&key)).map(|binding| binding.does)
}

#[cfg(test)]
mod tests {
    use super::BINDINGS;

    #[test]
    fn each_key_means_one_thing() {
        let mut keys: Vec<_> = BINDINGS.iter().flat_map(|binding| binding.keys).collect();
        while let Some(key) = keys.pop() {
            assert!(!keys.contains(&key), "{key:?}");
        }
    }
}
