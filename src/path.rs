//! `VaultPath`: where a file stands in its vault, and the keys by which names are compared.
//!
//! A vault path is relative, written with `/`, in NFC, with no-break spaces as spaces (Obsidian lists files so). It knows no disk:
//! how a name is really spelled there is `disk`'s business. Only where two entries of a folder have one name in normal form does the other
//! keep its own spelling, so that both have a path. Keys are made here and nowhere else, never by SQL.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// A path inside a vault, `/`-separated, without a leading slash; the empty path is the vault's root.
///
/// A run over a large vault has each path in many hands, so a clone shares the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultPath(Arc<str>);

/// As `stored`, and without a copy between: there may be as many as a vault has files.
impl<'de> Deserialize<'de> for VaultPath {
    fn deserialize<D: Deserializer<'de>>(path: D) -> Result<Self, D::Error> {
        struct Stored;
        impl Visitor<'_> for Stored {
            type Value = VaultPath;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a vault path")
            }

            fn visit_str<E>(self, path: &str) -> Result<VaultPath, E> {
                Ok(VaultPath::stored(path))
            }
        }
        path.deserialize_str(Stored)
    }
}

impl Serialize for VaultPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Default for VaultPath {
    fn default() -> Self {
        Self::root()
    }
}

impl VaultPath {
    /// Returns the path for `text`: both slashes separate, runs of them count once, names are normalised. `.` and `..` stay as they are.
    pub fn new(text: &str) -> Self {
        let mut path = String::with_capacity(text.len());
        for segment in text.split(['/', '\\']).filter(|s| !s.is_empty()) {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(&normal(segment));
        }
        Self(path.into())
    }

    /// Takes a path that was a `VaultPath` before: out of the store or the index.
    pub fn stored(path: impl Into<Arc<str>>) -> Self {
        Self(path.into())
    }

    /// Returns the vault's root.
    pub fn root() -> Self {
        Self("".into())
    }

    /// Returns the path of the entry `name` of this folder. The name is taken whole: a backslash in it is a character of a file's name.
    pub fn join(&self, name: &str) -> Self {
        let mut path = String::with_capacity(self.0.len() + 1 + name.len());
        path.push_str(&self.0);
        if !path.is_empty() {
            path.push('/');
        }
        if is_normal(name) {
            path.push_str(name);
        } else {
            path.push_str(&normal(name));
        }
        Self(path.into())
    }

    /// Returns the path of the entry `name` of this folder as it is spelled: another entry has the name's normal form.
    pub fn join_twin(&self, name: &str) -> Self {
        Self(if self.is_root() { name.into() } else { format!("{self}/{name}").into() })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the file's name with its extension.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the name by which people call the file: without `.md` if it is a note, whole if it is anything else.
    pub fn name(&self) -> &str {
        strip_md(self.file_name()).unwrap_or(self.file_name())
    }

    /// Returns the extension in lower case, without its dot; empty if there is none.
    pub fn extension(&self) -> String {
        self.file_name().rsplit_once('.').map(|(_, extension)| extension.to_lowercase()).unwrap_or_default()
    }

    /// Returns the folder that holds the file; the root for a file at the top.
    pub fn parent(&self) -> Self {
        Self(self.0.rsplit_once('/').map_or("", |(folder, _)| folder).into())
    }

    /// Returns whether the file or a folder above it begins with a dot: Obsidian does not see such files.
    pub fn is_hidden(&self) -> bool {
        self.0.split('/').any(|name| name.starts_with('.'))
    }

    /// Returns whether this path is `folder` or lies anywhere below it.
    pub fn is_within(&self, folder: &Self) -> bool {
        folder.is_root() || self.0.strip_prefix(&*folder.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Returns what the file is, by its extension.
    pub fn kind(&self) -> FileKind {
        // Asked of every file in each run: nothing is made for it.
        let extension = self.file_name().rsplit_once('.').map_or("", |(_, extension)| extension);
        let kinds = [("md", FileKind::Note), ("canvas", FileKind::Canvas), ("base", FileKind::Base)];
        kinds.into_iter().find(|(known, _)| extension.eq_ignore_ascii_case(known)).map_or(FileKind::Attachment, |(_, kind)| kind)
    }

    /// Returns the key of the bucket of files that a link ending in this file's name could mean; see [`link_key`].
    pub fn name_key(&self) -> String {
        link_key(self.file_name())
    }
}

impl fmt::Display for VaultPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a file of a vault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    Note,
    Canvas,
    Base,
    Attachment,
}

impl FileKind {
    /// Returns whether the file's bytes are read and parsed; of the others only size and time are known.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Note | Self::Canvas)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Canvas => "canvas",
            Self::Base => "base",
            Self::Attachment => "attachment",
        }
    }
}

/// Returns a name or link target as Obsidian compares it before case: no-break spaces are spaces, then NFC.
pub fn normal(name: &str) -> String {
    normalized(name).into_owned()
}

/// Returns what [`normal`] does, and borrows a name that is normal already.
pub fn normalized(name: &str) -> Cow<'_, str> {
    if is_normal(name) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().map(|c| if matches!(c, '\u{a0}' | '\u{202f}') { ' ' } else { c }).nfc().collect())
}

/// Returns whether [`normal`] would leave `name` as it is.
pub fn is_normal(name: &str) -> bool {
    name.is_ascii() || (is_nfc(name) && !name.contains(['\u{a0}', '\u{202f}']))
}

/// Returns `text` (already [`normal`]) in the case in which names are compared. A final sigma counts as a sigma.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.to_lowercase().replace('ς', "σ")
}

/// Returns the key under which the last segment of a link meets the names of files: folded, and without any trailing `.md`.
///
/// `Note`, `note.md` and the file `Note.md` share one key, and so do `x.md` and the file `x.md.md`: the bucket of a key holds every
/// file that the link could mean, and `resolve` chooses in it.
pub fn link_key(segment: &str) -> String {
    let mut key = text_key(segment);
    while let Some(length) = strip_md(&key).map(str::len).filter(|&length| length > 0) {
        key.truncate(length);
    }
    key
}

/// Returns the key by which names of any kind are compared: folded, and no longer than a database's index can hold. No file's name is.
pub fn text_key(name: &str) -> String {
    let mut key = fold(&normal(name));
    key.truncate(key.floor_char_boundary(MAX_KEY));
    key
}

/// In bytes. PostgreSQL refuses a row whose key takes more than 2,704.
const MAX_KEY: usize = 2000;

/// Returns `name` without its extension `.md`, in any case, if it has it.
pub fn strip_md(name: &str) -> Option<&str> {
    let at = name.len().checked_sub(3)?;
    (name.is_char_boundary(at) && name[at..].eq_ignore_ascii_case(".md")).then(|| &name[..at])
}
