//! What a person may mean by a path: from the vault's root, from the current folder, absolute, or a name as in a link; with or without
//! `.md`.

use crate::path::VaultPath;
use std::path::{Component, Path, PathBuf};

/// Returns the paths of the vault at `root` that `asked` may be, the likeliest first; `None` when it leads out of the vault.
pub(super) fn places(asked: &Path, root: &Path, here: &Path) -> Option<Vec<VaultPath>> {
    let below = |path: &Path| path.strip_prefix(root).ok().map(written);
    let mut found = Vec::new();
    if asked.is_absolute() {
        let plain = flat(asked);
        found.extend(below(&plain).or_else(|| below(&with_real_folder(&plain)))?);
    } else {
        let is_up = asked.components().next() == Some(Component::ParentDir);
        let from_here = flat(&here.join(asked));
        let near = below(&from_here).or_else(|| below(&with_real_folder(&from_here)));
        // What begins with `..` is from here; all else is first from the root.
        if !is_up {
            found.extend(written(&flat(asked)));
        }
        match near {
            Some(near) => found.extend(near),
            None if is_up => return None,
            None => {}
        }
    }
    let with_md: Vec<VaultPath> = found.iter().filter(|path| !path.is_root()).map(|path| VaultPath::stored(format!("{path}.md"))).collect();
    found.extend(with_md);
    Some(found)
}

/// Returns a path as it may stand in the vault: as it is spelled, which counts for a twin, and in normal form.
fn written(path: &Path) -> Vec<VaultPath> {
    let names = path.components().filter_map(|part| match part {
        // A name that is not UTF-8 stands in the ledger with its bytes escaped.
        Component::Normal(name) => Some(name.to_str().map_or_else(|| name.as_encoded_bytes().escape_ascii().to_string(), str::to_owned)),
        _ => None,
    });
    let names: Vec<String> = names.collect();
    let spelled = VaultPath::stored(names.join("/"));
    let normal = names.iter().fold(VaultPath::root(), |at, name| at.join(name));
    if spelled == normal { vec![normal] } else { vec![spelled, normal] }
}

/// Takes `.` and `..` out, without asking the disk.
fn flat(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(flat.pop()),
            Component::CurDir => {}
            other => flat.push(other),
        }
    }
    flat
}

/// Returns the path with its folder as it really is; the last name stays, for it may be a symbolic link that is asked for.
fn with_real_folder(path: &Path) -> PathBuf {
    for above in path.ancestors().skip(1) {
        if let (Ok(real), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            return real.join(rest);
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: &str, here: &str, expected: Option<&[&str]>) {
        let found = places(Path::new(asked), Path::new("/no/vault"), Path::new(here));
        let found = found.map(|paths| paths.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(found.as_deref(), expected.map(|paths| paths.iter().map(|&p| p.to_owned()).collect::<Vec<_>>()).as_deref(), "{asked}");
    }

    #[test]
    fn a_path_may_be_from_the_root_from_here_or_from_the_top_of_the_disk() {
        check("a/b.md", "/elsewhere", Some(&["a/b.md", "a/b.md.md"]));
        check("./b", "/no/vault/a", Some(&["b", "a/b", "b.md", "a/b.md"]));
        check("../b", "/no/vault/a", Some(&["b", "b.md"]));
        check("../../b", "/no/vault/a", None);
        check("/no/vault/a/../c.md", "/", Some(&["c.md", "c.md.md"]));
        check("/no/vault", "/", Some(&[""]));
        check("/no/vaults/c.md", "/", None);
        check("cafe\u{301}.md", "/", Some(&["cafe\u{301}.md", "café.md", "cafe\u{301}.md.md", "café.md.md"]));
    }
}
