//! The spool: lookups that wait for the database, and those that were lost on the way.

use super::{Finding, Mend};
use crate::config::Settings;
use crate::spool::{self, Drained};

const CHECK: &str = "lookups";

pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let folder = &settings.data_dir.value;
    match spool::waiting(folder) {
        Ok(waiting) => judge(waiting),
        Err(error) => {
            let said = format!("the lookups that wait in {} cannot be read: {error}", folder.display());
            vec![Finding::wrong(CHECK, said).cured_by("see to the permissions of lookups.jsonl there")]
        }
    }
}

fn judge(waiting: Drained) -> Vec<Finding> {
    let Drained { n_lookups, n_torn, n_dropped } = waiting;
    let mut findings = Vec::new();
    if n_dropped > 0 {
        let said = format!("{n_dropped} lookups were dropped, because the database was away for too long");
        findings.push(Finding::note(CHECK, said));
    }
    if n_torn > 0 {
        findings.push(Finding::note(CHECK, format!("{n_torn} lookups cannot be read, as after a crash; they are left out")));
    }
    if n_lookups > 0 {
        findings.push(Finding::note(CHECK, format!("{n_lookups} lookups wait for the database")).mended_by(Mend::Drain));
    } else if let Some(first) = findings.first_mut() {
        first.mend = Some(Mend::Drain);
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, "no lookup waits for the database"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn what_waits_and_what_was_lost_is_told() {
        for (waiting, expected) in [
            (Drained::default(), &[(Grade::Ok, false)][..]),
            (Drained { n_lookups: 2, ..Drained::default() }, &[(Grade::Note, true)]),
            (Drained { n_torn: 1, ..Drained::default() }, &[(Grade::Note, true)]),
            (Drained { n_lookups: 2, n_torn: 1, n_dropped: 3 }, &[(Grade::Note, false), (Grade::Note, false), (Grade::Note, true)]),
        ] {
            let found: Vec<_> = judge(waiting).iter().map(|finding| (finding.grade, finding.mend.is_some())).collect();
            assert_eq!(found, expected, "{waiting:?}");
        }
    }
}
