//! The database: can be reached, has the schema of this program, is whole, and lets us write.

use super::Finding;
use crate::config::Settings;
use crate::refusal::{Refusal, in_words, quoted};
use crate::store::{self, Health, Location};
use anyhow::Result;

const CHECK: &str = "database";

/// Asks the database how it is; `None` while there is no file of it.
pub(super) async fn look(settings: &Settings) -> Option<Result<Health>> {
    let location = settings.location();
    if matches!(&location, Location::Sqlite(file) if !file.exists()) {
        return None;
    }
    Some(store::health(&location).await)
}

pub(super) fn judge(settings: &Settings, health: &Option<Result<Health>>) -> Vec<Finding> {
    let location = settings.location();
    let health = match health {
        None => {
            return vec![Finding::note(CHECK, format!("{location} is not there yet: the first sync makes it")).cured_by("vault-sync sync")];
        }
        Some(Err(error)) => return vec![failed(error, &location)],
        Some(Ok(health)) => health,
    };
    let mut findings = Vec::new();
    if health.version < health.newest {
        let said = format!("the schema of {location} is at version {}, and this program needs {}", health.version, health.newest);
        findings.push(Finding::wrong(CHECK, said).cured_by("vault-sync db migrate"));
    }
    if let Some(first) = health.damage.first() {
        let said = format!("{location} is damaged, {} findings, the first: {first}", health.damage.len());
        findings.push(Finding::wrong(CHECK, said).cured_by(aside(&location)));
    }
    if !health.forbidden.is_empty() {
        let said = format!("the role '{}' may not read and write {}", health.role, health.forbidden.join(", "));
        let cure = format!(
            "as the owner: grant usage on schema claude to {0}; grant select, insert, update, delete on all tables in schema claude to {0};",
            health.role
        );
        findings.push(Finding::wrong(CHECK, said).cured_by(cure));
    }
    if findings.is_empty() {
        let whole = if matches!(location, Location::Sqlite(_)) { ", whole" } else { "" };
        let said = format!("{location} answers: {}, schema version {}, revision {}{whole}", health.engine, health.version, health.revision);
        findings.push(Finding::ok(CHECK, said));
    }
    findings
}

fn failed(error: &anyhow::Error, location: &Location) -> Finding {
    let finding = Finding::wrong(CHECK, in_words(error));
    let hint = error.downcast_ref::<Refusal>().and_then(|refusal| refusal.hint.clone());
    finding.cured_by(match (hint, location) {
        (Some(hint), _) => hint,
        (None, Location::Postgres(_)) => "check that the server is running and that its address and password are right".to_owned(),
        (None, Location::Sqlite(_)) if store::is_away(error) => "try again: another process has it locked".to_owned(),
        (None, Location::Sqlite(_)) if store::is_damaged(error) => aside(location),
        (None, Location::Sqlite(_)) => "see to the permissions and the disk that it lies on".to_owned(),
    })
}

/// A mirror can be made again; the log of lookups and what others wrote cannot, so nothing is removed.
fn aside(location: &Location) -> String {
    let Location::Sqlite(path) = location else { return "ask whoever keeps the server".to_owned() };
    let (file, aside) = (quoted(path), quoted(&path.with_file_name("broken")));
    // With its log: a new file would take that for its own.
    format!(
        "mkdir {aside} && mv {file}* {aside}/ && vault-sync sync; the log of lookups stays there: `sqlite3` and `.recover` show what can be read"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn a_database_is_current_whole_and_writable() {
        let well = || Health { version: 4, newest: 4, engine: "SQLite 3".to_owned(), ..Health::default() };
        let settings = crate::config::load_without_file(&crate::config::Flags::default()).unwrap();
        for (health, grade, said) in [
            (Some(Ok(well())), Grade::Ok, "schema version 4"),
            (None, Grade::Note, "not there yet"),
            (Some(Ok(Health { version: 3, ..well() })), Grade::Wrong, "db migrate"),
            (Some(Ok(Health { damage: vec!["row 1 missing".to_owned()], ..well() })), Grade::Wrong, "row 1 missing"),
            (Some(Ok(Health { forbidden: vec!["documents".to_owned()], ..well() })), Grade::Wrong, "grant usage"),
            (Some(Err(anyhow::anyhow!("permission denied"))), Grade::Wrong, "permissions"),
        ] {
            let first = judge(&settings, &health).swap_remove(0);
            let text = format!("{} {}", first.sentence, first.cure.as_deref().unwrap_or_default());
            assert!(first.grade == grade && text.contains(said), "{first:?}");
        }
    }
}
