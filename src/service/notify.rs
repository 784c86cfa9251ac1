//! Word to the manager that started us, as `sd_notify(3)` has it: a datagram to the socket that it named. What there is to say others know.

use std::time::Duration;

/// What tells a process of its manager. Programs that it starts are not told: they would speak in its name.
pub const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

/// The way to the manager.
pub struct Notifier {
    line: line::Line,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// Returns the way to the manager, if there is one that listens.
    pub fn of_this_process() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let line = line::Line::to(&std::env::var_os(VARIABLES[0])?)?;
        let watchdog = watchdog(variable(VARIABLES[1]).as_deref(), variable(VARIABLES[2]).as_deref(), std::process::id());
        Some(Self { line, watchdog })
    }

    /// Returns how often the manager wants a sign of life: at half of the time after which it gives us up.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Says this, a line each: `READY=1`. A manager that does not listen is no reason to end.
    pub fn say(&self, lines: &[String]) {
        if let Err(error) = self.line.send(lines.join("\n").as_bytes()) {
            tracing::info!(%error, "the service manager does not listen");
        }
    }
}

/// A process that is not the one meant, as one that `watch --exec` starts, owes no sign.
fn watchdog(microseconds: Option<&str>, pid: Option<&str>, own: u32) -> Option<Duration> {
    if pid.is_some_and(|pid| pid != own.to_string()) {
        return None;
    }
    let microseconds = microseconds?.parse().ok().filter(|n: &u64| *n > 0)?;
    Some(Duration::from_micros(microseconds) / 2)
}

#[cfg(target_os = "linux")]
mod line {
    use std::ffi::OsStr;
    use std::io;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::time::Duration;

    /// A manager that is so slow has other troubles.
    const PATIENCE: Duration = Duration::from_secs(1);

    pub(super) struct Line(UnixDatagram, SocketAddr);

    impl Line {
        /// A name that begins with `@` is no file.
        pub(super) fn to(name: &OsStr) -> Option<Self> {
            let address = match name.as_bytes() {
                [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
                [b'/', ..] => SocketAddr::from_pathname(name),
                _ => return None,
            };
            let socket = UnixDatagram::unbound().ok()?;
            socket.set_write_timeout(Some(PATIENCE)).ok()?;
            Some(Self(socket, address.ok()?))
        }

        pub(super) fn send(&self, message: &[u8]) -> io::Result<usize> {
            self.0.send_to_addr(message, &self.1)
        }
    }
}

/// Elsewhere no manager speaks so.
#[cfg(not(target_os = "linux"))]
mod line {
    pub(super) enum Line {}

    impl Line {
        pub(super) fn to(_: &std::ffi::OsStr) -> Option<Self> {
            None
        }

        pub(super) fn send(&self, _: &[u8]) -> std::io::Result<usize> {
            match *self {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::watchdog;
    use std::time::Duration;

    #[test]
    fn a_sign_is_owed_at_half_time_by_the_process_that_is_meant() {
        for (microseconds, pid, expected) in [
            (Some("60000000"), None, Some(Duration::from_secs(30))),
            (Some("60000000"), Some("7"), Some(Duration::from_secs(30))),
            (Some("60000000"), Some("8"), None),
            (None, Some("7"), None),
            (Some("0"), None, None),
            (Some("soon"), None, None),
        ] {
            assert_eq!(watchdog(microseconds, pid, 7), expected, "{microseconds:?} {pid:?}");
        }
    }
}
