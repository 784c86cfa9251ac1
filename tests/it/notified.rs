//! A watch under a service manager: what it tells it, and when. The manager is a socket of the test's own.

use crate::stepped::Stepped;
use crate::support::{Sandbox, wait_until};
use crate::watching::Watch;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// A manager that listens.
struct Manager {
    socket: UnixDatagram,
    name: String,
}

impl Manager {
    /// Listens at a path, or, where the name begins with `@`, at none.
    fn at(name: String) -> Self {
        let address = match name.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name).unwrap(),
            None => SocketAddr::from_pathname(&name).unwrap(),
        };
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        Self { socket, name }
    }

    /// Returns the command, told of this manager.
    fn told<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("NOTIFY_SOCKET", &self.name)
    }

    /// Returns the next message, if one comes in time.
    fn next(&self, limit: Duration) -> Option<Vec<String>> {
        self.socket.set_read_timeout(Some(limit)).unwrap();
        let mut message = [0; 4096];
        let length = self.socket.recv(&mut message).ok()?;
        Some(String::from_utf8(message[..length].to_vec()).unwrap().lines().map(str::to_owned).collect())
    }

    /// Waits for a line that begins so, and returns all lines up to it.
    fn expect(&self, start: &str) -> Vec<String> {
        let mut seen = Vec::new();
        while !seen.iter().any(|line: &String| line.starts_with(start)) {
            seen.extend(self.next(LIMIT).unwrap_or_else(|| panic!("never told {start}, but {seen:?}")));
        }
        seen
    }
}

#[test]
fn a_manager_is_told_that_it_is_ready_lives_and_ends() {
    let s = Sandbox::new();
    (0..300).for_each(|i| s.write(&format!("{i}.md"), format!("Note {i}.")));
    for name in [s.home().join("notify").display().to_string(), format!("@vault-sync-{}", std::process::id())] {
        let manager = Manager::at(name);
        let watch = Watch::of(manager.told(&mut s.command(&["watch", "--json"])).env("WATCHDOG_USEC", "200000"));
        let seen = manager.expect("READY=1");
        assert!(seen[0].starts_with("EXTEND_TIMEOUT_USEC="), "{seen:?}");
        assert!(!seen.iter().any(|line| line.starts_with("WATCHDOG=1")), "nobody asks before it is ready: {seen:?}");
        assert_eq!(seen.last().unwrap(), "STATUS=watching");
        manager.expect("WATCHDOG=1");
        manager.expect("WATCHDOG=1");
        assert_eq!(watch.stop(), Some(0));
        assert!(manager.expect("STOPPING=1").iter().all(|line| !line.starts_with("READY")), "once is enough");
    }
}

#[test]
fn the_first_sync_says_how_far_it_is() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    let manager = Manager::at(s.home().join("notify").display().to_string());
    let _watch = Watch::of(manager.told(&mut s.command(&["watch", "--json"])));
    assert!(manager.expect("READY=1").contains(&"STATUS=reading files: 1 of 1".to_owned()));
}

/// A vault that is away is no reason to keep what waits for the service waiting; and it is told why.
#[test]
fn a_vault_that_is_away_is_told_of() {
    let s = Sandbox::new();
    s.write("one.md", "First.");
    s.sync();
    s.rename("../vault", "../elsewhere");
    let manager = Manager::at(s.home().join("notify").display().to_string());
    let watch = Watch::waiting(manager.told(&mut s.command(&["watch", "--json"])), "trying again");
    manager.expect("READY=1");
    std::fs::rename(s.home().join("elsewhere"), &s.vault).unwrap();
    manager.expect("STATUS=watching");
    assert_eq!(watch.stop(), Some(0));
}

#[test]
fn only_the_process_that_is_meant_owes_signs() {
    let s = Sandbox::new();
    let manager = Manager::at(s.home().join("notify").display().to_string());
    let watch = Watch::of(manager.told(&mut s.command(&["watch", "--json"])).env("WATCHDOG_USEC", "100000").env("WATCHDOG_PID", "1"));
    manager.expect("READY=1");
    assert_eq!(watch.stop(), Some(0));
    assert!(!manager.expect("STOPPING=1").contains(&"WATCHDOG=1".to_owned()));
}

/// Programs that it starts would speak in its name.
#[test]
fn programs_of_a_watch_know_of_no_manager() {
    let s = Sandbox::new();
    let manager = Manager::at(s.home().join("notify").display().to_string());
    let mut command = s.command(&["watch", "--json", "--exec", "env > ../environment.part; mv ../environment.part ../environment"]);
    command.env("WATCHDOG_USEC", "60000000").current_dir(&s.vault);
    let _watch = Watch::of(manager.told(&mut command));
    s.write("one.md", "First.");
    let file = s.home().join("environment");
    wait_until(LIMIT, "the program ran", || file.exists());
    let environment = std::fs::read_to_string(file).unwrap();
    assert!(environment.contains("VAULT_SYNC_REVISION=") && !environment.contains("NOTIFY_SOCKET"), "{environment}");
    assert!(!environment.contains("WATCHDOG_"), "{environment}");
}

/// A process that is there and does nothing is what a watchdog is for.
#[test]
fn a_loop_that_is_stuck_gives_no_sign_of_life() {
    let s = Sandbox::new();
    let manager = Manager::at(s.home().join("notify").display().to_string());
    let mut command = s.command(&["watch", "--json"]);
    manager.told(&mut command).env("WATCHDOG_USEC", "20000");
    let mut watch = Stepped::of(command);
    while watch.next().expect("it runs") != "WatchReady" {
        watch.go_on();
    }
    manager.expect("READY=1");
    // A hundred signs were due.
    assert_eq!(manager.next(Duration::from_secs(1)), None);
    watch.go_on();
    let alive = loop {
        watch.next().expect("it runs");
        watch.go_on();
        if let Some(lines) = manager.next(Duration::from_millis(10)) {
            break lines;
        }
    };
    assert_eq!(alive, ["WATCHDOG=1"]);
    watch.kill();
}
