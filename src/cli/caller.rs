//! Somebody who calls commands from within and takes their answers in place of the standard streams: an agent, by way of `mcp`.

use super::{Exit, Refusal, harmless};
use crate::config::Settings;
use crate::mcp::{Give, Said};
use crate::nearest::nearest;
use anyhow::Result;
use std::cell::RefCell;

/// Who calls a command.
pub(super) struct Caller {
    /// What the caller is called, for the retrieval log, where the environment does not say.
    agent: Option<String>,
    /// The only vault that is asked, by its name.
    vault: Option<String>,
    said: RefCell<Said>,
    /// Takes the answer, once.
    give: RefCell<Option<Give>>,
}

impl Caller {
    pub(super) fn new(agent: Option<String>, vault: Option<String>, give: Give) -> Self {
        Self { agent, vault, said: RefCell::default(), give: RefCell::new(Some(give)) }
    }

    /// Returns the settings as they are for this caller.
    ///
    /// # Errors
    /// A [`Refusal`] when there is no such vault.
    pub(super) fn settings(&self, mut settings: Settings) -> Result<Settings> {
        settings.agent = settings.agent.or_else(|| self.agent.clone());
        let Some(wanted) = &self.vault else { return Ok(settings) };
        let names: Vec<String> = settings.vaults.iter().map(|vault| vault.value.name.clone()).collect();
        settings.vaults.retain(|vault| vault.value.name == *wanted);
        if settings.vaults.is_empty() && !names.is_empty() {
            let near = nearest(wanted, names.iter().map(String::as_str));
            let hint = near.map_or_else(|| format!("there are: {}", names.join(", ")), |near| format!("did you mean '{near}'?"));
            let message = format!("no vault '{}'", harmless(wanted));
            return Err(Refusal { exit: Exit::Usage, message, hint: Some(hint) }.into());
        }
        Ok(settings)
    }

    pub(super) fn answer(&self, text: &str) {
        self.said.borrow_mut().text.push_str(text);
    }

    pub(super) fn note(&self, text: &str) {
        self.said.borrow_mut().notes.push(text.trim_start_matches("vault-sync: ").to_owned());
    }

    /// Gives an error instead of an answer, unless there was one.
    pub(super) fn fail(&self, text: String) {
        let notes = std::mem::take(&mut self.said.borrow_mut().notes);
        self.said.replace(Said { text, is_error: true, notes });
        self.release();
    }

    /// Gives what was said so far, unless that was done.
    pub(super) fn release(&self) {
        if let Some(give) = self.give.take() {
            give(self.said.take());
        }
    }
}
