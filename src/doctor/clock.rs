//! The clock: what was written down with it does not lie ahead of it, and no file's time does.

use super::Finding;
use super::vaults::{self, SLACK_MS};
use crate::clock::Timestamp;
use crate::config::Settings;
use crate::refusal::quoted;
use crate::state;
use crate::store::Health;

const CHECK: &str = "clock";

pub(super) fn examine(settings: &Settings, health: Option<&Health>, vaults: &[vaults::Sight], now: Timestamp) -> Vec<Finding> {
    let state = state::read(&settings.data_dir.value);
    let vaults_of_state = state.vaults.values().flat_map(|vault| [vault.synced_ms, vault.looked_ms]);
    let stamps = vaults_of_state.chain(state.watcher.map(|watcher| watcher.beat_ms));
    let stamps = stamps.chain(health.and_then(|health| health.latest).map(Timestamp::millis));
    let mut findings = vec![judge(stamps.max().unwrap_or_default(), now)];
    findings.extend(vaults.iter().filter(|vault| !vault.future.is_empty()).map(future));
    findings
}

fn judge(latest_ms: i64, now: Timestamp) -> Finding {
    if latest_ms <= now.millis() + SLACK_MS {
        return Finding::ok(CHECK, format!("it is {now}, and nothing was written down later than that"));
    }
    let latest = Timestamp::from_millis(latest_ms);
    let said = format!("it is {now} by the clock, and something was synced at {latest}: the clock was set back, or was ahead then");
    Finding::wrong(CHECK, said)
        .cured_by("set the clock (`timedatectl set-ntp true`), then `vault-sync sync`: a look at everything goes by no time")
}

fn future(vault: &vaults::Sight) -> Finding {
    let (n, first) = (vault.future.len(), &vault.future[0]);
    let said = format!("the vault '{}' has {n} files whose time is still to come, {first} first: each sync reads them again", vault.name);
    Finding::note(CHECK, said).cured_by(format!("touch {}", quoted(&vault.root.join(first.as_str()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Grade;

    #[test]
    fn a_stamp_ahead_of_the_clock_is_wrong() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        for (ahead, expected) in [(-60_000, Grade::Ok), (0, Grade::Ok), (SLACK_MS, Grade::Ok), (SLACK_MS + 1, Grade::Wrong)] {
            assert_eq!(judge(now.millis() + ahead, now).grade, expected, "{ahead}");
        }
    }
}
