//! Which vault path a real path of an event means. Pure; in doubt it names the folder above.

use crate::path::{VaultPath, is_normal};
use std::path::{Component, Path};

/// Obsidian's folder in a vault.
pub(super) const CONFIG: &str = ".obsidian";
/// The one file in it that we read; see `disk::hidden`.
const APP_JSON: &str = ".obsidian/app.json";

/// Returns the path to look at when something happened at `real`; `None` if it concerns nobody.
pub(super) fn place(root: &Path, real: &Path) -> Option<VaultPath> {
    let Ok(inner) = real.strip_prefix(root) else { return Some(VaultPath::root()) };
    if inner == Path::new(CONFIG) || inner == Path::new(APP_JSON) {
        return Some(VaultPath::root());
    }
    let mut path = VaultPath::root();
    for component in inner.components() {
        let Component::Normal(name) = component else { return Some(VaultPath::root()) };
        // What cannot be spelled in a vault path, or may have a twin that is, is found by listing its folder.
        let Some(name) = name.to_str().filter(|name| is_normal(name)) else { break };
        path = path.join(name);
    }
    (!path.is_hidden()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(real: impl AsRef<Path>, expected: Option<&str>) {
        assert_eq!(place(Path::new("/v"), real.as_ref()).as_ref().map(VaultPath::as_str), expected, "{:?}", real.as_ref());
    }

    #[test]
    fn a_path_in_the_vault_is_itself() {
        check("/v/a/b.md", Some("a/b.md"));
        check("/v/é/café.md", Some("é/café.md"));
    }

    #[test]
    fn a_name_out_of_normal_form_means_its_folder() {
        check("/v/a/cafe\u{301}.md", Some("a"));
        check("/v/e\u{301}/b/c.md", Some(""));
    }

    #[test]
    fn the_root_and_what_lies_outside_mean_everything() {
        check("/v", Some(""));
        check("/elsewhere", Some(""));
    }

    #[test]
    fn hidden_files_concern_nobody() {
        for real in ["/v/.git/index", "/v/a/.trash/b.md", "/v/.x.md", "/v/.obsidian/workspace.json", "/v/a/.obsidian/app.json"] {
            check(real, None);
        }
    }

    #[test]
    fn the_excluded_files_of_obsidian_concern_everything() {
        check("/v/.obsidian/app.json", Some(""));
        check("/v/.obsidian", Some(""));
    }

    #[test]
    #[cfg(unix)]
    fn a_name_that_is_not_utf8_means_its_folder() {
        use std::os::unix::ffi::OsStrExt as _;
        check(Path::new("/v/a").join(std::ffi::OsStr::from_bytes(b"\xff.md")), Some("a"));
    }
}
