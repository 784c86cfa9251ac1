//! The user unit of systemd, and what is typed to `systemctl --user`.

use super::{Condition, Job, MARK, Step};

pub(super) const UNIT: &str = "vault-sync.service";

/// What a process of the user may lay down by itself. What needs a mount namespace (`ProtectHome`, `PrivateTmp`, ...) is left out: for the
/// manager of a user it works with user namespaces only, which many systems forbid, and there the service would not start.
const HARDENING: &str = "\
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
";

/// Returns the text of the unit.
pub(super) fn unit(job: &Job) -> String {
    let Job { program, args, .. } = job;
    let args: String = args.iter().map(|arg| format!(" {}", quoted(&arg.replace('$', "$$")))).collect();
    let program = quoted(program);
    format!(
        "\
# {MARK}, and written anew by `vault-sync service install`: settings of your own go into `systemctl --user edit vault-sync`.

[Unit]
Description=vault-sync, which keeps a vault mirrored
# What is away comes back: no number of attempts is the last.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart={program}{args}
# No vault lies here: which ones are followed is not to depend on the folder.
WorkingDirectory=/
# What changed stands in the change feed; the journal has what the watcher says of itself.
StandardOutput=null
Restart=on-failure
RestartSec=15
# What is wrong with a command line or a configuration does not go by itself.
RestartPreventExitStatus=2
# A loop that is stuck gives no sign of life; a look at a large vault on a network drive gives none for minutes.
# To be killed is nothing unusual to it, and a core dump would hold what notes say.
WatchdogSec=600
WatchdogSignal=SIGKILL
{HARDENING}
[Install]
WantedBy=default.target
"
    )
}

/// Returns a word as systemd reads it back. In the program's path a dollar sign means nothing.
fn quoted(word: &str) -> String {
    let word = word.replace('%', "%%");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=@%:,$".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word;
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

fn systemctl(words: &[&str]) -> Step {
    Step::new(&[&["systemctl", "--user"], words].concat())
}

/// A unit that is another now is not taken up by a service that runs: it is started again. So is one whose unit is the same: the last time that
/// may have failed, and its configuration may be another.
pub(super) fn install(is_replaced: bool) -> Vec<Step> {
    let reload = systemctl(&["daemon-reload"]);
    if is_replaced {
        vec![reload, systemctl(&["enable", UNIT]), systemctl(&["restart", UNIT])]
    } else {
        vec![reload, systemctl(&["enable", "--now", UNIT])]
    }
}

pub(super) fn uninstall() -> (Vec<Step>, Vec<Step>) {
    (vec![systemctl(&["disable", "--now", UNIT])], vec![systemctl(&["daemon-reload"])])
}

pub(super) fn question() -> Step {
    systemctl(&["show", UNIT, "--property=ActiveState,UnitFileState,MainPID,StatusText,NRestarts,FragmentPath"])
}

/// Reads lines of `Name=value`.
pub(super) fn condition(answer: &str) -> Condition {
    let find = |name: &str| {
        let mut lines = answer.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
    };
    let text = |name: &str| find(name).map(str::to_owned);
    Condition {
        state: text("ActiveState"),
        enabled: text("UnitFileState"),
        pid: find("MainPID").and_then(|pid| pid.parse().ok()).filter(|pid| *pid > 0),
        says: text("StatusText"),
        restarts: find("NRestarts").and_then(|n| n.parse().ok()),
        file: text("FragmentPath"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(program: &str, args: &[&str]) -> Job {
        Job { program: program.to_owned(), args: args.iter().map(|arg| (*arg).to_owned()).collect(), log: String::new() }
    }

    #[test]
    fn a_path_is_written_as_systemd_reads_it() {
        for (program, args, expected) in [
            ("/usr/bin/vault-sync", &["watch"][..], "/usr/bin/vault-sync watch"),
            ("/my bin/vs", &["--vault", "/a b/c", "watch"], "\"/my bin/vs\" --vault \"/a b/c\" watch"),
            ("/100%/$x/vs", &["/100%/$x/${HOME}"], "/100%%/$x/vs \"/100%%/$$x/$${HOME}\""),
            ("/a\"b\\c'd", &["/a\"b\\c'd", "/é"], "\"/a\\\"b\\\\c'd\" \"/a\\\"b\\\\c'd\" \"/é\""),
        ] {
            let unit = unit(&job(program, args));
            assert!(unit.contains(&format!("\nExecStart={expected}\n")), "{unit}");
        }
    }

    #[test]
    fn the_unit_of_the_package_is_the_same_for_who_configured_a_vault() {
        assert_eq!(unit(&job("/usr/bin/vault-sync", &["watch"])), include_str!("../../packaging/vault-sync.service"));
    }

    #[test]
    fn what_systemd_says_is_read() {
        let said = "MainPID=17\nNRestarts=2\nStatusText=watching a=b\nActiveState=active\nFragmentPath=\nUnitFileState=enabled\n";
        let expected = Condition {
            state: Some("active".to_owned()),
            enabled: Some("enabled".to_owned()),
            pid: Some(17),
            says: Some("watching a=b".to_owned()),
            restarts: Some(2),
            file: None,
        };
        assert_eq!(condition(said), expected);
        assert_eq!(condition("MainPID=0\n"), Condition::default());
    }
}
