//! Who writes: a data directory, on a machine with a name. All processes that share a data directory are one writer.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use uuid::Uuid;

/// Where the id of a data directory lies.
const FILE_NAME: &str = "machine.id";

/// A data directory, as others that share its database know it. A copy of it on another machine is known by the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// A uuid.
    pub id: String,
    /// The machine's name, for people.
    pub name: String,
}

impl Machine {
    /// Returns what writes without a data directory.
    pub fn without_data() -> Self {
        Self { id: Uuid::nil().to_string(), name: name() }
    }

    /// Returns the data directory's identity; makes one if it has none.
    ///
    /// # Errors
    /// When the file of the id can be neither read nor written.
    pub fn of(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(FILE_NAME);
        let id = match read(&path)? {
            Some(id) => id,
            None => make(&path)?,
        };
        Ok(Self { id, name: name() })
    }
}

/// Returns the id in a file, if there is one. What a power cut left of a file is none.
fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Uuid::parse_str(text.trim()).ok().map(|id| id.to_string())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes an id. Of several processes that do so at once, all return the one that is there in the end.
fn make(path: &Path) -> io::Result<String> {
    let lock = File::create(path.with_extension("lock"))?;
    lock.lock()?;
    if let Some(id) = read(path)? {
        return Ok(id);
    }
    let id = Uuid::now_v7().to_string();
    let mut draft = File::create(path.with_extension("draft"))?;
    writeln!(draft, "{id}")?;
    draft.sync_all()?;
    std::fs::rename(path.with_extension("draft"), path)?;
    Ok(id)
}

#[cfg(unix)]
fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_keeps_its_id_and_another_has_its_own() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let folder = one.path().to_owned();
                std::thread::spawn(move || Machine::of(&folder).unwrap())
            })
            .collect();
        let machines: Vec<Machine> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(machines.iter().all(|machine| *machine == machines[0] && !machine.name.is_empty()), "{machines:?}");
        assert_ne!(Machine::of(other.path()).unwrap().id, machines[0].id);
        std::fs::write(one.path().join(FILE_NAME), b"\0\0").unwrap();
        assert_ne!(Machine::of(one.path()).unwrap().id, machines[0].id, "a torn file is replaced");
    }
}
