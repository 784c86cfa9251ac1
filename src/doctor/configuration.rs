//! The configuration: can be read, says nothing unknown, names a vault, keeps its password to itself.

use super::{Finding, Mend};
use crate::config::{self, Flags, Settings};
use crate::refusal::{Refusal, in_words, quoted};
use crate::state;

const CHECK: &str = "configuration";

/// Judges the configuration and returns the settings in force. Where the file cannot be used, the rest is examined as if there was none.
pub(super) fn examine(flags: &Flags) -> (Vec<Finding>, Option<Settings>) {
    let settings = match config::load(flags) {
        Ok(settings) => settings,
        Err(error) => {
            let wrong = refused(&error);
            let rest = config::load_without_file(flags);
            let note = Finding::note(CHECK, "what follows was looked at as if there was no configuration file");
            return match rest {
                Ok(settings) => (vec![wrong, note], Some(settings)),
                Err(_) => (vec![wrong], None),
            };
        }
    };
    let mut findings = vec![match config::file_in_force(flags) {
        Ok(Some(file)) => Finding::ok(CHECK, format!("{} is valid", file.display())),
        _ => Finding::ok(CHECK, "there is no sync.toml: flags, environment and defaults are in force"),
    }];
    if settings.vaults.is_empty() {
        findings.push(Finding::wrong(CHECK, "no vault is given").cured_by("vault-sync init DIR"));
    }
    if let Some(file) = settings.exposed_file() {
        let said = format!("{} holds a password and is open to others", file.display());
        let cure = format!("chmod 600 {}", quoted(&file));
        findings.push(Finding::wrong(CHECK, said).cured_by(cure).mended_by(Mend::Close(vec![file])));
    }
    let clash = state::claim_roots(&settings.data_dir.value, &settings.roots()).map_err(anyhow::Error::from);
    findings.extend([settings.refuse_data_inside(), clash].into_iter().filter_map(Result::err).map(|error| refused(&error)));
    (findings, Some(settings))
}

fn refused(error: &anyhow::Error) -> Finding {
    let hint = error.downcast_ref::<Refusal>().and_then(|refusal| refusal.hint.clone());
    Finding::wrong(CHECK, in_words(error))
        .cured_by(hint.unwrap_or_else(|| "correct it there; sync.example.toml shows every key".to_owned()))
}
