//! Files that a sync service knows and has not brought yet, or not wholly: what is there instead of them says nothing of what is in them.
//!
//! Such a file is unknown, like one that cannot be read: what the mirror has of it stays, and it is read when it has come.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io;

/// Why such a file was not read, and what to do about it.
pub(super) const WHY: &str = "not on this machine yet: let the sync service download it; what is indexed of it stays as it is";
/// The same of one that has a place on the disk and nothing in it.
const BLANK: &str = "nothing but zero bytes: let the sync service download it again; what is indexed of it stays as it is";
pub(super) const UNDER_WAY: &str = "a file that Syncthing is fetching";

/// Returns the name of the file that iCloud put a placeholder for: `.a.md.icloud` stands for `a.md`.
pub(super) fn stood_for(name: &OsStr) -> Option<&str> {
    name.to_str()?.strip_prefix('.')?.strip_suffix(".icloud").filter(|name| !name.is_empty() && !name.starts_with('.'))
}

/// Returns the name of iCloud's placeholder for a file.
pub(super) fn placeholder(name: &str) -> String {
    format!(".{name}.icloud")
}

/// Returns whether Syncthing writes this file until it is whole. Elsewhere than on Windows such a file is hidden.
pub(super) fn is_under_way(name: &str) -> bool {
    name.starts_with("~syncthing~") && name.ends_with(".tmp")
}

/// Returns whether the contents are elsewhere; opening such a file would fetch it, and wait for that.
#[cfg(target_os = "macos")]
pub(super) fn is_dataless(metadata: &Metadata) -> bool {
    /// `SF_DATALESS` of chflags(2).
    const DATALESS: u32 = 0x4000_0000;
    std::os::macos::fs::MetadataExt::st_flags(metadata) & DATALESS != 0
}

/// Elsewhere no flag says so. That a file has no blocks does not: some file systems keep small files without any, some never say.
#[cfg(not(target_os = "macos"))]
pub(super) fn is_dataless(_: &Metadata) -> bool {
    false
}

/// Refuses what was read if space was made for it and it has not come: no text consists of zero bytes.
pub(super) fn check(bytes: &[u8]) -> io::Result<()> {
    let is_blank = !bytes.is_empty() && bytes.iter().all(|&byte| byte == 0);
    if is_blank { Err(io::Error::other(BLANK)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_stands_for_the_name_within_it() {
        for (name, file) in [
            (".a.md.icloud", Some("a.md")),
            (".Ein Blatt.md.icloud", Some("Ein Blatt.md")),
            ("a.md.icloud", None),
            (".a.md", None),
            (".icloud", None),
            ("..hidden.icloud", None),
        ] {
            assert_eq!(stood_for(OsStr::new(name)), file, "{name}");
            assert!(file.is_none_or(|file| placeholder(file) == name), "{name}");
        }
    }

    #[test]
    fn only_zero_bytes_are_blank() {
        assert!(check(&[0; 9]).is_err());
        for text in [&b""[..], b"\0a", b" "] {
            assert!(check(text).is_ok());
        }
    }
}
