//! The person: a random history of a vault, as editors, file managers and git make it. The same seed makes the same history.

use crate::random::Random;
use crate::stage::Stage;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

/// `Secret` is private, by the configuration. No folder is excluded, because a watcher does not see what comes and goes there.
const FOLDERS: [&str; 12] =
    ["", "", "Daily", "Work", "Work/Deep", "Work/Deep/Deeper", "People", "Projects", "Café", "Archive", "Secret", "Inbox"];

pub struct Person<'a> {
    stage: &'a Stage,
    random: Random,
    files: Vec<String>,
    /// What was deleted, to come back.
    bin: Vec<(String, Vec<u8>)>,
    n_moved: usize,
}

type Step<'a> = (&'static str, usize, fn(&mut Person<'a>) -> io::Result<()>);

impl<'a> Person<'a> {
    pub fn new(stage: &'a Stage, seed: u64) -> Self {
        Self { stage, random: Random::new(seed), files: Vec::new(), bin: Vec::new(), n_moved: 0 }
    }

    /// Makes the vault that it begins with.
    pub fn begin(&mut self, n_notes: usize) -> io::Result<()> {
        (0..n_notes).try_for_each(|_| self.create())
    }

    /// Does one thing, chosen by chance.
    pub fn step(&mut self) -> io::Result<&'static str> {
        let steps: [Step<'a>; 20] = [
            ("create", 6, Self::create),
            ("overwrite", 8, Self::overwrite),
            ("append", 14, Self::append),
            ("save atomically", 14, Self::save),
            ("save slowly", 2, Self::save_slowly),
            ("rename", 6, Self::rename),
            ("move", 6, Self::shift),
            ("rename and edit", 3, Self::rename_and_edit),
            ("move a folder", 3, Self::move_folder),
            ("delete", 6, Self::delete),
            ("restore", 6, Self::restore),
            ("swap", 3, Self::swap),
            ("change case", 3, Self::change_case),
            ("set a property", 5, Self::set_property),
            ("add a link", 6, Self::add_link),
            ("make private or not", 3, Self::privacy),
            ("copy", 3, Self::copy),
            ("touch", 2, Self::touch),
            ("draw or attach", 2, Self::attach),
            ("checkout", 1, Self::checkout),
        ];
        let mut at = self.random.below(steps.iter().map(|step| step.1).sum());
        let step = steps.iter().find(|step| {
            at < step.1 || {
                at -= step.1;
                false
            }
        });
        let (name, _, act) = step.expect("the sum of the weights is above what was chosen");
        act(self)?;
        Ok(name)
    }

    fn file(&self, path: &str) -> PathBuf {
        self.stage.vault.join(path)
    }

    fn any(&mut self) -> String {
        self.files[self.random.below(self.files.len())].clone()
    }

    fn any_note(&mut self) -> String {
        loop {
            let path = self.any();
            if path.ends_with(".md") {
                return path;
            }
        }
    }

    fn free(&mut self, extension: &str) -> String {
        loop {
            let (folder, name) = (self.random.of(&FOLDERS), self.random.name());
            let path = format!("{folder}/{name}.{extension}").trim_start_matches('/').to_owned();
            if !self.file(&path).exists() {
                return path;
            }
        }
    }

    fn put(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let file = self.file(path);
        fs::create_dir_all(file.parent().expect("a file has a folder"))?;
        fs::write(file, bytes)?;
        if !self.files.iter().any(|known| known == path) {
            self.files.push(path.to_owned());
        }
        Ok(())
    }

    fn carry(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::create_dir_all(self.file(to).parent().expect("a file has a folder"))?;
        fs::rename(self.file(from), self.file(to))?;
        self.files.iter_mut().filter(|path| *path == from).for_each(|path| to.clone_into(path));
        Ok(())
    }

    fn create(&mut self) -> io::Result<()> {
        // So many are enough: then one goes for each that comes.
        if self.files.len() > 400 {
            self.delete()?;
        }
        let path = self.free("md");
        let text = self.random.note();
        self.put(&path, text.as_bytes())
    }

    fn overwrite(&mut self) -> io::Result<()> {
        let (path, text) = (self.any_note(), self.random.note());
        self.put(&path, text.as_bytes())
    }

    fn append(&mut self) -> io::Result<()> {
        let (path, text) = (self.any_note(), self.random.sentence());
        fs::File::options().append(true).open(self.file(&path))?.write_all(text.as_bytes())
    }

    fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let draft = self.file(&format!("{path}.tmp~"));
        fs::write(&draft, bytes)?;
        fs::rename(draft, self.file(path))
    }

    fn save(&mut self) -> io::Result<()> {
        let (path, text) = (self.any_note(), self.random.note());
        self.replace(&path, text.as_bytes())
    }

    fn save_slowly(&mut self) -> io::Result<()> {
        let (path, text) = (self.any_note(), self.random.note());
        let mut file = fs::File::create(self.file(&path))?;
        for piece in text.as_bytes().chunks(1 + text.len() / 4) {
            file.write_all(piece)?;
            std::thread::sleep(Duration::from_millis(30));
        }
        Ok(())
    }

    fn rename(&mut self) -> io::Result<()> {
        let from = self.any_note();
        let folder = from.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let to = format!("{folder}{}.md", self.random.name());
        if self.file(&to).exists() { Ok(()) } else { self.carry(&from, &to) }
    }

    fn shift(&mut self) -> io::Result<()> {
        let from = self.any_note();
        let name = from.rsplit('/').next().unwrap_or(&from).to_owned();
        let to = format!("{}/{name}", self.random.of(&FOLDERS)).trim_start_matches('/').to_owned();
        if self.file(&to).exists() { Ok(()) } else { self.carry(&from, &to) }
    }

    fn rename_and_edit(&mut self) -> io::Result<()> {
        let (from, to, text) = (self.any_note(), self.free("md"), self.random.sentence());
        self.carry(&from, &to)?;
        fs::File::options().append(true).open(self.file(&to))?.write_all(text.as_bytes())
    }

    fn move_folder(&mut self) -> io::Result<()> {
        let from = self.random.of(&FOLDERS[2..]);
        if !self.file(from).exists() {
            return Ok(());
        }
        self.n_moved += 1;
        // There and back, else all folders would be called otherwise in the end.
        let to = match self.random.below(2) {
            0 => format!("{from} away"),
            _ => format!("Moved/{from} {}", self.n_moved),
        };
        self.move_all(from, &to)?;
        if self.random.below(4) > 0 {
            std::thread::sleep(Duration::from_millis(self.random.below(400) as u64));
            self.move_all(&to, from)?;
        }
        Ok(())
    }

    fn move_all(&mut self, from: &str, to: &str) -> io::Result<()> {
        if self.file(to).exists() {
            return Ok(());
        }
        fs::create_dir_all(self.file(to).parent().expect("a folder has one above"))?;
        fs::rename(self.file(from), self.file(to))?;
        let prefix = format!("{from}/");
        for path in &mut self.files {
            if let Some(rest) = path.strip_prefix(&prefix) {
                *path = format!("{to}/{rest}");
            }
        }
        Ok(())
    }

    fn delete(&mut self) -> io::Result<()> {
        if self.files.len() < 150 {
            return self.restore();
        }
        let path = self.files.swap_remove(self.random.below(self.files.len()));
        let bytes = fs::read(self.file(&path))?;
        fs::remove_file(self.file(&path))?;
        self.bin.push((path, bytes));
        if self.bin.len() > 60 {
            self.bin.remove(0);
        }
        Ok(())
    }

    fn restore(&mut self) -> io::Result<()> {
        if self.bin.is_empty() {
            return Ok(());
        }
        let (path, bytes) = self.bin.swap_remove(self.random.below(self.bin.len()));
        if self.file(&path).exists() { Ok(()) } else { self.put(&path, &bytes) }
    }

    fn swap(&mut self) -> io::Result<()> {
        let (one, other) = (self.any_note(), self.any_note());
        if one == other {
            return Ok(());
        }
        let aside = self.file("aside.md");
        fs::rename(self.file(&one), &aside)?;
        fs::rename(self.file(&other), self.file(&one))?;
        fs::rename(aside, self.file(&other))
    }

    fn change_case(&mut self) -> io::Result<()> {
        let from = self.any_note();
        let at = from.rfind('/').map_or(0, |at| at + 1);
        let name = &from[at..from.len() - 3];
        let other = if name.chars().any(char::is_uppercase) { name.to_lowercase() } else { name.to_uppercase() };
        let to = format!("{}{other}.md", &from[..at]);
        if self.file(&to).exists() { Ok(()) } else { self.carry(&from, &to) }
    }

    /// Gives a note frontmatter with this line first, instead of what it has of the same key.
    fn set(&mut self, key: &str, value: &str) -> io::Result<()> {
        let path = self.any_note();
        let text = fs::read_to_string(self.file(&path))?;
        let (head, body) = match text.strip_prefix("---\n").and_then(|rest| rest.split_once("---\n")) {
            Some((head, body)) => (head, body),
            None => ("", &*text),
        };
        let others: Vec<&str> = head.lines().filter(|line| !line.starts_with(&format!("{key}:"))).collect();
        let head = [&[&*format!("{key}: {value}")], &others[..]].concat().join("\n");
        self.replace(&path, format!("---\n{head}\n---\n{body}").as_bytes())
    }

    fn set_property(&mut self) -> io::Result<()> {
        let (key, value) = (self.random.of(&["status", "rating", "type", "category"]), self.random.word());
        self.set(key, value)
    }

    fn privacy(&mut self) -> io::Result<()> {
        let value = self.random.of(&["true", "false", "false"]);
        self.set("private", value)
    }

    fn add_link(&mut self) -> io::Result<()> {
        let (path, link) = (self.any_note(), self.random.link());
        fs::File::options().append(true).open(self.file(&path))?.write_all(format!("See {link}.\n").as_bytes())
    }

    fn copy(&mut self) -> io::Result<()> {
        let (from, to) = (self.any_note(), self.free("md"));
        let bytes = fs::read(self.file(&from))?;
        self.put(&to, &bytes)
    }

    fn touch(&mut self) -> io::Result<()> {
        let path = self.any();
        fs::File::options().append(true).open(self.file(&path))?.set_modified(std::time::SystemTime::now())
    }

    fn attach(&mut self) -> io::Result<()> {
        let extension = self.random.of(&["canvas", "png", "pdf"]);
        let path = self.free(extension);
        let bytes = if extension == "canvas" { self.random.canvas().into_bytes() } else { vec![0; 1 + self.random.below(3000)] };
        self.put(&path, &bytes)
    }

    fn checkout(&mut self) -> io::Result<()> {
        (0..30).try_for_each(|_| match self.random.below(4) {
            0 => self.create(),
            1 => self.delete(),
            _ => self.overwrite(),
        })
    }
}
