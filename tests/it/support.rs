//! What a black-box test stands on: an empty home, a vault in it, and the binary run there with nothing of the caller's environment.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A home folder of its own, with a vault and a place for its data; gone when dropped.
pub struct Sandbox {
    home: TempDir,
    pub vault: PathBuf,
    pub data_dir: PathBuf,
    database_url: Option<String>,
}

impl Sandbox {
    /// Returns a sandbox whose vault is empty, but for the `.obsidian` folder that makes it one.
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder can be made");
        let vault = home.path().join("vault");
        std::fs::create_dir_all(vault.join(".obsidian")).expect("the vault can be made");
        Self { vault, data_dir: home.path().join("data"), home, database_url: None }
    }

    /// Returns a sandbox whose vault is a copy of `fixtures/<subject>`.
    pub fn of(subject: &str) -> Self {
        let sandbox = Self::new();
        copy_folder(&fixture(subject), &sandbox.vault);
        sandbox
    }

    /// Returns the sandbox with its mirror in this database instead of the SQLite file.
    pub fn on(mut self, database_url: &str) -> Self {
        self.database_url = Some(database_url.to_owned());
        self
    }

    /// Returns the sandbox with another vault than its own.
    pub fn over(mut self, vault: &Path) -> Self {
        vault.clone_into(&mut self.vault);
        self
    }

    /// Returns the sandbox with another data directory than its own.
    pub fn with_data(mut self, data_dir: &Path) -> Self {
        data_dir.clone_into(&mut self.data_dir);
        self
    }

    /// Returns the sandbox with this text as its `sync.toml`.
    pub fn configured(self, text: &str) -> Self {
        std::fs::write(self.home().join("sync.toml"), text).expect("the configuration can be written");
        self
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the binary, to be run in the home with this vault and data folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare_command(&[]);
        command.arg("--vault").arg(&self.vault).arg("--data-dir").arg(&self.data_dir).args(args);
        if let Some(url) = &self.database_url {
            command.env("VAULT_SYNC_DATABASE_URL", url);
        }
        command
    }

    /// Returns the binary, to be run in the home, told of no vault.
    pub fn bare_command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vault-sync"));
        command.args(args).current_dir(self.home()).stdin(Stdio::null());
        command.env_clear().env("HOME", self.home()).env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("NO_COLOR", "1");
        command
    }

    /// Runs the binary and returns how it ended and what it said.
    pub fn vault_sync(&self, args: &[&str]) -> Output {
        if args.contains(&"sync") {
            // Files keep the time of the kernel's last tick: what changed within one before a sync may have changed after its look began, and
            // searches would say so.
            std::thread::sleep(Duration::from_millis(10));
        }
        self.command(args).output().expect("the binary starts")
    }

    /// Runs the binary, expects success, and returns what it answered.
    pub fn text(&self, args: &[&str]) -> String {
        let output = self.vault_sync(args);
        assert!(output.status.success(), "vault-sync {args:?} ended with {}\n{}", output.status, stderr(&output));
        stdout(&output)
    }

    /// Runs the binary with `--json`, expects success and one document, and returns it.
    pub fn json(&self, args: &[&str]) -> Value {
        let text = self.text(&[&["--json"], args].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("vault-sync {args:?} printed no JSON: {error}\n{text}"))
    }

    pub fn sync(&self) {
        self.text(&["sync"]);
    }

    /// Writes a file of the vault, and the folders above it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.vault.join(path);
        std::fs::create_dir_all(file.parent().expect("a file has a folder")).expect("the folder can be made");
        std::fs::write(file, content).expect("the file can be written");
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.vault.join(path)).expect("the file can be read")
    }

    /// Returns every file of the vault with its bytes, hidden ones included.
    pub fn vault_bytes(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = walkdir::WalkDir::new(&self.vault).into_iter().map(|entry| entry.expect("the vault can be walked"));
        let files = files.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
        files.map(|path| (path.clone(), std::fs::read(path).expect("the file can be read"))).collect()
    }

    /// Moves a file or folder of the vault, making the folders above its new place.
    pub fn rename(&self, from: &str, to: &str) {
        let to = self.vault.join(to);
        std::fs::create_dir_all(to.parent().expect("a file has a folder")).expect("the folder can be made");
        std::fs::rename(self.vault.join(from), to).expect("the file can be moved");
    }

    /// Removes a file or folder of the vault.
    pub fn remove(&self, path: &str) {
        let path = self.vault.join(path);
        let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        removed.expect("the file can be removed");
    }
}

/// Fails when two dumps differ, and says where instead of printing both.
pub fn assert_same_dump(one: &str, other: &str, when: &str) {
    if one == other {
        return;
    }
    let documents = |dump: &str| -> std::collections::BTreeMap<String, Value> {
        let dump: Value = serde_json::from_str(dump).expect("a dump is JSON");
        let documents = dump["documents"].as_array().expect("a dump has documents").clone();
        documents.into_iter().map(|d| (d["path"].as_str().unwrap_or_default().to_owned(), d)).collect()
    };
    let (one, other) = (documents(one), documents(other));
    let paths: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let mut said = String::new();
    for path in paths {
        match (one.get(path), other.get(path)) {
            (Some(a), Some(b)) => {
                for (key, value) in
                    a.as_object().expect("a document is an object").iter().filter(|(key, value)| b.get(key.as_str()) != Some(value))
                {
                    said += &format!("{path}: {key}: {value} / {}\n", b[key.as_str()]);
                }
            }
            (a, _) => said += &format!("{path} is only in the {}\n", if a.is_some() { "first" } else { "second" }),
        }
    }
    panic!("the dumps differ {when}:\n{}", said.lines().take(20).collect::<Vec<_>>().join("\n"));
}

/// Returns where `fixtures/<subject>` lies.
pub fn fixture(subject: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(subject)
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("answers are UTF-8")
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the strings at `pointer` of each of `results`: `column(&answer, "results", "/path")`.
pub fn column(answer: &Value, list: &str, pointer: &str) -> Vec<String> {
    let rows = answer[list].as_array().unwrap_or_else(|| panic!("no list {list:?} in {answer}"));
    rows.iter().map(|row| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()).collect()
}

/// Waits until `is_so`, and fails when that takes longer than `limit`.
pub fn wait_until(limit: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < limit, "waited {limit:?} in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Lets the system fail under a command, as its environment says; `shim.c` has the words for it.
#[cfg(target_os = "linux")]
pub fn shimmed(command: &mut Command) -> &mut Command {
    static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
        let (source, shim) =
            (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim.c"), Path::new(env!("CARGO_TARGET_TMPDIR")).join("shim.so"));
        let draft = shim.with_extension(std::process::id().to_string());
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&draft).arg(source).arg("-ldl").status();
        assert!(compiled.expect("a C compiler is there: SQLite is built with it").success());
        std::fs::rename(draft, &shim).expect("the shim can be put in its place");
        shim
    });
    command.env("LD_PRELOAD", &*SHIM)
}

/// Copies a folder with all that lies in it, hidden files included.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder can be made");
    for entry in std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("the folder can be listed");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("the file can be copied");
        }
    }
}
