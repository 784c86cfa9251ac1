//! The agent of launchd, and what is typed to `launchctl`.

use super::{Condition, Job, MARK, Step};

const LABEL: &str = "vault-sync";
pub(super) const FILE_NAME: &str = "vault-sync.plist";

/// Returns the text of the property list. A file mask is a decimal number there: 63 is 0077.
pub(super) fn property_list(job: &Job) -> String {
    let words = [&job.program].into_iter().chain(&job.args);
    let words: String = words.map(|word| format!("    <string>{}</string>\n", escaped(word))).collect();
    let log = escaped(&job.log);
    format!(
        "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">
<!-- {MARK}, and written anew by `vault-sync service install`. -->
<plist version=\"1.0\">
<dict>
  <key>Label</key>
  <string>{LABEL}</string>
  <key>ProgramArguments</key>
  <array>
{words}  </array>
  <key>WorkingDirectory</key>
  <string>/</string>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>15</integer>
  <key>ExitTimeOut</key>
  <integer>90</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>/dev/null</string>
  <key>StandardErrorPath</key>
  <string>{log}</string>
</dict>
</plist>
"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn launchctl(words: &[&str]) -> Step {
    Step::new(&[&["launchctl"], words].concat())
}

fn bootout(uid: u32) -> Step {
    Step { may_fail: true, ..launchctl(&["bootout", &service(uid)]) }
}

fn service(uid: u32) -> String {
    format!("gui/{uid}/{LABEL}")
}

/// An agent that is loaded cannot be loaded again.
pub(super) fn install(file: &str, uid: u32) -> Vec<Step> {
    vec![bootout(uid), launchctl(&["bootstrap", &format!("gui/{uid}"), file])]
}

pub(super) fn uninstall(uid: u32) -> (Vec<Step>, Vec<Step>) {
    (vec![bootout(uid)], Vec::new())
}

pub(super) fn question(uid: u32) -> Step {
    launchctl(&["print", &service(uid)])
}

/// Reads the lines of the outermost braces: `state = running`. What stands in inner ones is indented further.
pub(super) fn condition(answer: &str) -> Condition {
    let find = |name: &str| {
        let mut lines = answer.lines().filter_map(|line| line.strip_prefix('\t')?.split_once(" = "));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let n_runs: Option<u32> = find("runs").and_then(|n| n.parse().ok());
    Condition {
        state: find("state"),
        enabled: None,
        pid: find("pid").and_then(|pid| pid.parse().ok()),
        says: None,
        restarts: n_runs.map(|n| n.saturating_sub(1)),
        file: find("path"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_xml() {
        let job = Job { program: "/a & <b>/vs".to_owned(), args: vec!["watch".to_owned()], log: "/l \"o\" g".to_owned() };
        let text = property_list(&job);
        assert!(text.contains("<string>/a &amp; &lt;b&gt;/vs</string>\n    <string>watch</string>\n"), "{text}");
        assert!(text.contains("<string>/l \"o\" g</string>\n</dict>"), "{text}");
    }

    #[test]
    fn what_launchd_says_is_read() {
        let said = "gui/501/vault-sync = {\n\tactive count = 1\n\tpath = /a b/vault-sync.plist\n\tstate = running\n\n\targuments = {\n\t\tpid = 3\n\t}\n\n\truns = 3\n\tpid = 17\n}\n";
        let expected = Condition {
            state: Some("running".to_owned()),
            pid: Some(17),
            restarts: Some(2),
            file: Some("/a b/vault-sync.plist".to_owned()),
            ..Condition::default()
        };
        assert_eq!(condition(said), expected);
    }
}
