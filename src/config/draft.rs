//! Vaults written into `sync.toml`: a short file where there was none, else entries at the end of it, and no byte of it changes.

use super::file::{self, File};
use super::{Origin, find};
use crate::refusal::{Exit, Refusal};
use anyhow::{Context as _, Result};
use std::io::Write as _;
use std::path::{Path, PathBuf};

const HEAD: &str = "\
# Settings of vault-sync. `vault-sync config` prints all that are in force, and where each comes from.
";

/// What is worth knowing of an entry, once in a file.
const WORTH_KNOWING: &str = "\
# exclude = [\"Archive/\", \"*.excalidraw.md\"]     # not mirrored; links still lead there
# private = [\"Diary/\"]                          # nothing is kept of it, not even that it is there
# folder_types = { \"30-Patterns\" = \"pattern\" }  # of notes that do not say what they are
";

/// What became of a `sync.toml`.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    pub is_new: bool,
    /// How many vaults were written into it; the others were there already.
    pub n_added: usize,
}

/// Sees to it that the configuration at `path` has the vaults at `roots`, and a new one the data directory that was asked for.
///
/// # Errors
/// A configuration that cannot be read or written, or whose vaults stand where no entry can follow.
pub fn keep_vaults(path: &Path, roots: &[PathBuf], data_dir: Option<&Path>) -> Result<Kept> {
    let there = match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let known = known_vaults(&file::parse(there.as_deref().unwrap_or_default(), path)?, path)?;
    let entries = entries(roots, known)?;
    let (is_new, n_added) = (there.is_none(), entries.len());
    let added = match &there {
        Some(_) if entries.is_empty() => return Ok(Kept { is_new, n_added }),
        Some(text) => format!("{}\n{}", if text.is_empty() || text.ends_with('\n') { "" } else { "\n" }, entries.join("\n")),
        None => new_file(&entries, data_dir)?,
    };
    refuse_unreadable(&(there.unwrap_or_default() + &added), path)?;
    write(path, &added).with_context(|| format!("writing {}", path.display()))?;
    Ok(Kept { is_new, n_added })
}

/// Returns names and roots of the vaults of a file.
fn known_vaults(given: &File, path: &Path) -> Result<Vec<(String, PathBuf)>> {
    let vault = |entry: &file::VaultEntry| {
        let Some(written) = &entry.path else { return Ok((entry.name.clone().unwrap_or_default(), PathBuf::new())) };
        let root = find::real(&find::expand(written, Some(path), &Origin::File(path.to_owned())))?;
        Ok((entry.name.clone().unwrap_or_else(|| find::folder_name(&root)), root))
    };
    given.vault.iter().map(vault).collect()
}

/// Returns the entries of the vaults that are not known. One whose folder's name is taken gets a name that is not.
fn entries(roots: &[PathBuf], mut known: Vec<(String, PathBuf)>) -> Result<Vec<String>> {
    let mut entries = Vec::new();
    for root in roots {
        if known.iter().any(|(_, there)| there == root) {
            continue;
        }
        let own = find::folder_name(root);
        let above = root.parent().map(find::folder_name).unwrap_or_default();
        let numbered = (2..).map(|n| format!("{own} {n}"));
        let mut names = [own.clone(), format!("{above} {own}")].into_iter().chain(numbered);
        let name = names.find(|name| known.iter().all(|(taken, _)| taken != name)).expect("there are more numbers than vaults");
        let line = if name == own { String::new() } else { format!("name = {}\n", quoted(&name)) };
        entries.push(format!("[[vault]]\npath = {}\n{line}", written(root)?));
        known.push((name, root.clone()));
    }
    Ok(entries)
}

fn new_file(entries: &[String], data_dir: Option<&Path>) -> Result<String> {
    let data_dir = match data_dir {
        Some(folder) => format!("data_dir = {}\n", written(&find::real(folder)?)?),
        None => String::new(),
    };
    let mut parts = vec![format!("{HEAD}{data_dir}")];
    parts.extend(entries.iter().cloned());
    parts.last_mut().expect("there is the head").push_str(WORTH_KNOWING);
    Ok(parts.join("\n"))
}

/// Returns a path as it is written into the file, below the home with `~`.
fn written(path: &Path) -> Result<String> {
    let home = find::user_home().ok().and_then(|home| home.canonicalize().ok());
    let below = home.and_then(|home| Some(Path::new("~").join(path.strip_prefix(home).ok()?)));
    let path = below.as_deref().unwrap_or(path);
    Ok(quoted(path.to_str().with_context(|| format!("{} is no Unicode, so that no configuration can hold it", path.display()))?))
}

/// A string of JSON is one of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Nothing is written that could not be read again.
fn refuse_unreadable(text: &str, path: &Path) -> Result<()> {
    if file::parse(text, path).is_ok() {
        return Ok(());
    }
    let refusal = Refusal {
        exit: Exit::Usage,
        message: format!("no entry can be added to {}", path.display()),
        hint: Some("write it there by hand; sync.example.toml shows how".to_owned()),
    };
    Err(refusal.into())
}

/// Appends, so that a file which is a link stays one.
fn write(path: &Path, added: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::File::options().create(true).append(true).open(path)?.write_all(added.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_new_file_can_be_taken_into_use() {
        let text = new_file(&["[[vault]]\npath = \"/v\"\n".to_owned()], Some(Path::new("/data"))).unwrap();
        let in_use = text.replace("\n# ", "\n");
        assert_ne!(text, in_use);
        let file = file::parse(&in_use, Path::new("sync.toml")).unwrap();
        assert_eq!(file.data_dir.as_deref(), Some("/data"));
        assert!(file.vault[0].exclude.len() == 2 && file.vault[0].private.len() == 1 && file.vault[0].folder_types.len() == 1);
    }

    #[test]
    fn vaults_are_added_once_and_under_names_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("made/sync.toml");
        let check = |roots: &[&str], expected: Kept, names: &[&str]| {
            let roots: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
            assert_eq!(keep_vaults(&path, &roots, None).unwrap(), expected);
            let known = known_vaults(&file::read(&path).unwrap(), &path).unwrap();
            assert_eq!(known.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), names);
        };
        check(&["/nowhere/a/Notes"], Kept { is_new: true, n_added: 1 }, &["Notes"]);
        let first = std::fs::read_to_string(&path).unwrap();
        check(&["/nowhere/a/Notes"], Kept { is_new: false, n_added: 0 }, &["Notes"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
        check(&["/nowhere/b/Notes", "/other/b/Notes"], Kept { is_new: false, n_added: 2 }, &["Notes", "b Notes", "Notes 2"]);
        assert!(std::fs::read_to_string(&path).unwrap().starts_with(&first));
    }

    #[test]
    fn a_file_that_cannot_take_an_entry_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sync.toml");
        for text in ["vault = [{ path = \"/v\" }]", "[search]\nlimit = \"many\"\n"] {
            std::fs::write(&path, text).unwrap();
            keep_vaults(&path, &[PathBuf::from("/w")], None).unwrap_err();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
