//! What a person does with a note that was found: open it, copy where it is; and the line in the log that this leaves.

use super::super::filters::asked;
use super::super::one_line;
use super::{Wanted, editor, take_in};
use crate::config::Settings;
use crate::disk;
use crate::find::{Hands, Place};
use crate::index::Index;
use crate::path::VaultPath;
use crate::render::percent;
use crate::search::{self, Answer, Asker, Filters, Hit};
use crate::spool;
use anyhow::{Context as _, Result, bail};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

pub(super) struct PersonsHands<'a> {
    pub(super) settings: &'a Settings,
    pub(super) wanted: &'a Wanted<'a>,
}

impl PersonsHands<'_> {
    /// Returns where the file of a hit is, or was: by its name as the disk has it, which may be another normal form.
    fn file(&self, hit: &Hit) -> Result<PathBuf> {
        let sites = self.settings.sites();
        let site = sites.iter().find(|site| site.name == hit.vault && !site.disk.root.as_os_str().is_empty());
        let Some(site) = site else { bail!("the files of the vault '{}' are on another machine", one_line(&hit.vault)) };
        Ok(disk::locate(&site.disk, &VaultPath::stored(hit.path.as_str())))
    }

    /// The same, of a file that is there: an editor would make a new one where there is none.
    fn file_there(&self, hit: &Hit) -> Result<PathBuf> {
        let file = self.file(hit)?;
        if !file.exists() {
            bail!("{} is not there now, the note or its whole vault: `vault-sync status` says more", one_line(&file.to_string_lossy()));
        }
        Ok(file)
    }
}

impl Hands for PersonsHands<'_> {
    fn edit(&mut self, Place { hit, line, column }: Place<'_>) -> Result<String> {
        let file = self.file_there(hit)?;
        let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok()).find(|value| !value.trim().is_empty());
        let editor = named.unwrap_or_else(|| if cfg!(windows) { "notepad".to_owned() } else { "vi".to_owned() });
        let arguments = editor::arguments(&editor, &file, line, column);
        let status = if cfg!(windows) {
            let mut words = editor.split_whitespace();
            Command::new(words.next().unwrap_or_default()).args(words).args(arguments).status()
        } else {
            // As git does: `$EDITOR` may hold options, and quotes.
            Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor).args(arguments).status()
        };
        let status = status.with_context(|| format!("starting the editor '{}'", one_line(&editor)))?;
        if !status.success() {
            bail!("the editor '{}' ended with {status}; $VISUAL or $EDITOR names another one", one_line(&editor));
        }
        Ok(format!("edited {}", one_line(&hit.path)))
    }

    fn open(&mut self, Place { hit, .. }: Place<'_>) -> Result<String> {
        // By its path Obsidian finds the vault, whatever it is called there.
        let address = match self.file(hit) {
            Ok(file) => format!("obsidian://open?path={}", percent(&file.to_string_lossy()).replace('/', "%2F")),
            Err(_) => format!("obsidian://open?vault={}&file={}", percent(&hit.vault), percent(&hit.path).replace('/', "%2F")),
        };
        let (program, before): (_, &[&str]) = match std::env::consts::OS {
            "macos" => ("open", &[]),
            "windows" => ("rundll32", &["url.dll,FileProtocolHandler"]),
            _ => ("xdg-open", &[]),
        };
        let mut command = Command::new(program);
        command.args(before).arg(&address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut opener = command.spawn().with_context(|| format!("{program}, which would open {address}"))?;
        // It may stay as long as Obsidian does.
        std::thread::spawn(move || opener.wait());
        Ok(format!("opened {} in Obsidian", one_line(&hit.path)))
    }

    fn path(&mut self, Place { hit, .. }: Place<'_>) -> Result<String> {
        Ok(self.file_there(hit)?.to_string_lossy().into_owned())
    }

    /// By its name, if no other file of the vault has that; else by its path.
    fn link(&mut self, Place { hit, .. }: Place<'_>) -> Result<String> {
        let path = VaultPath::stored(hit.path.as_str());
        let filters = Filters { vaults: vec![hit.vault.clone()], ..Filters::default() };
        let searcher = Index::searcher(&self.settings.index_dir())?.context("the index is gone")?;
        let namesakes = |other: &&str| VaultPath::stored(*other).name_key() == path.name_key();
        let is_one = searcher.paths(&filters)?.into_iter().filter(namesakes).count() < 2;
        let name = if is_one { path.name() } else { path.as_str().strip_suffix(".md").unwrap_or(path.as_str()) };
        Ok(format!("[[{name}]]"))
    }

    fn copy(&mut self, text: &str) {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let (program, arguments): (_, &[&str]) = match std::env::consts::OS {
            // The clipboard of the machine at the other end is nobody's.
            _ if is_set("SSH_CONNECTION") => return,
            "macos" => ("pbcopy", &[]),
            "windows" => ("clip", &[]),
            _ if is_set("WAYLAND_DISPLAY") => ("wl-copy", &[]),
            _ if is_set("DISPLAY") => ("xclip", &["-selection", "clipboard"]),
            _ => return,
        };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(mut copier) = command.spawn() else { return };
        if let Some(mut input) = copier.stdin.take() {
            let _ = input.write_all(text.as_bytes());
        }
        std::thread::spawn(move || copier.wait());
    }

    fn log(&mut self, question: &str, answer: &Answer, took: Duration) {
        if !self.wanted.is_logged {
            return;
        }
        let Settings { agent, session, project, data_dir, .. } = self.settings;
        let question = asked(question, self.wanted.filters, self.wanted.links);
        let vaults: Vec<String> = self.settings.roots().into_iter().map(|(name, _)| name).collect();
        let asker = Asker {
            question: &question,
            agent: agent.as_deref(),
            session: session.as_deref(),
            project: project.as_deref(),
            vaults: &vaults,
            offset: 0,
        };
        search::log(&data_dir.value, &spool::new_id(), &asker, answer, took);
    }

    fn refresher(&self) -> Box<dyn FnOnce() -> bool + Send> {
        let settings = self.settings.clone();
        Box::new(move || take_in(&settings))
    }
}
