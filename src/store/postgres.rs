//! The address of a team's PostgreSQL, and the way in. An address may hold a password: whatever shows one, logs, errors and panics
//! included, shows it without.

use super::engine::Engine;
use crate::nearest::nearest;
use crate::refusal::{Exit, Refusal};
use anyhow::{Context as _, Result, anyhow};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _};
use std::fmt;
use std::io::ErrorKind;
use std::str::FromStr as _;
use std::time::Duration;

/// How long a server may take to answer, unless the address says otherwise with `connect_timeout`.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an address may say behind `?`, and may be shown of it.
const SHOWN: &[&str] = &[
    "application_name",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];
const PASSWORD: &str = "password";
const SSL_MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// Where a PostgreSQL database is, as `postgresql://user:password@host/database?sslmode=verify-full`. What it leaves out is taken from
/// `PGHOST` and its like, the password from `~/.pgpass` too.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Takes an address as it was given.
    ///
    /// # Errors
    /// A [`Refusal`] that shows nothing of what may be a password.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let address = Self(text.trim().to_owned());
        let parts = address.parts().ok_or_else(|| refusal("it does not begin with postgresql://", None))?;
        if address.0.contains('#') || parts.path.contains('@') {
            let hint = "signs such as `@ / ? #` in a name or password are written %40 %2F %3F %23; a password can also stand in ~/.pgpass";
            return Err(refusal("it is cut short by a sign in it", Some(hint.to_owned())));
        }
        for (key, value) in parts.parameters() {
            let is_known = key == PASSWORD || SHOWN.contains(&key) || key.starts_with("options[");
            if !is_known {
                return Err(unknown(key));
            }
            if key == "sslmode" && !SSL_MODES.contains(&value) {
                return Err(refusal("it has an unknown `sslmode`", Some(format!("there are {}", SSL_MODES.join(", ")))));
            }
            if key == "connect_timeout" && value.parse::<u16>().is_err() {
                return Err(refusal("its `connect_timeout` is no number of seconds", None));
            }
        }
        Ok(address)
    }

    /// Returns whether it holds a password.
    pub fn has_password(&self) -> bool {
        self.parts().is_some_and(|parts| parts.password.is_some() || parts.parameters().any(|(key, _)| key == PASSWORD))
    }

    fn parts(&self) -> Option<Parts<'_>> {
        let (scheme, rest) = self.0.split_once("://").filter(|(scheme, _)| ["postgres", "postgresql"].contains(scheme))?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.split_at(place.find('/').unwrap_or(place.len()));
        let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = login.split_once(':').map_or((login, None), |(user, password)| (user, Some(password)));
        let n_login = authority.len() - host.len();
        Some(Parts { scheme, n_login, user, password, host, path, query })
    }

    fn says(&self, name: &str) -> Option<&str> {
        self.parts()?.parameters().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    fn patience(&self) -> Duration {
        let seconds = self.says("connect_timeout").and_then(|seconds| seconds.parse().ok()).filter(|seconds| *seconds > 0);
        seconds.map_or(PATIENCE, Duration::from_secs)
    }

    /// Returns it as the driver takes it, which knows no `connect_timeout`, and no user without a host.
    fn driver_url(&self) -> String {
        let Some(parts) = self.parts() else { return self.0.clone() };
        let mut query: Vec<String> = Vec::new();
        query.extend(parts.parameters().filter(|(key, _)| *key != "connect_timeout").map(|(key, value)| format!("{key}={value}")));
        let mut login = self.0[parts.scheme.len() + 3..].split_at(parts.n_login).0;
        if parts.host.is_empty() && !login.is_empty() {
            let said = [("user", Some(parts.user)), (PASSWORD, parts.password)];
            // In this place a plus would be a blank.
            query.extend(
                said.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?.replace('+', "%2B").replace('&', "%26")))),
            );
            login = "";
        }
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}://{login}{}{}{mark}{}", parts.scheme, parts.host, parts.path, query.join("&"))
    }

    pub(super) fn options(&self) -> Result<PgConnectOptions> {
        for key in ["sslrootcert", "sslcert", "sslkey"] {
            // The driver would only say that no such file is there, as it does of a socket.
            let file = self.says(key).filter(|file| !file.contains(['%', '\n']) && !file.starts_with("-----"));
            if let Some(file) = file {
                std::fs::metadata(file).map_err(|error| anyhow!("{key}={file}: {error}"))?;
            }
        }
        let mut options = PgConnectOptions::from_str(&self.driver_url())?;
        // As in other programs: a certificate that was given is one to be held against. The driver would not look at it.
        let has_root = self.says("sslrootcert").is_some() || std::env::var_os("PGSSLROOTCERT").is_some();
        if matches!(options.get_ssl_mode(), PgSslMode::Require) && has_root {
            options = options.ssl_mode(PgSslMode::VerifyCa);
        }
        if options.get_application_name().is_none() {
            options = options.application_name("vault-sync");
        }
        // The driver begins each connection in UTC, whatever is set for the server, the database or the role.
        Ok(options.disable_statement_logging())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(parts) = self.parts() else { return f.write_str("***") };
        let login = match (parts.user, parts.password) {
            ("", None) => String::new(),
            (user, None) => format!("{user}@"),
            (user, Some(_)) => format!("{user}:***@"),
        };
        write!(f, "{}://{login}{}{}", parts.scheme, parts.host, parts.path)?;
        for (i, (key, value)) in parts.parameters().enumerate() {
            let is_plain = SHOWN.contains(&key) && !value.contains("-----");
            write!(f, "{}{key}={}", if i == 0 { '?' } else { '&' }, if is_plain { value } else { "***" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Parts<'a> {
    scheme: &'a str,
    /// How long user and password are, with the sign behind them.
    n_login: usize,
    user: &'a str,
    password: Option<&'a str>,
    host: &'a str,
    path: &'a str,
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn parameters(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        self.query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
    }
}

fn unknown(key: &str) -> Refusal {
    // What is no name may be the rest of a password.
    let is_name = key.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let named = if is_name { format!("it has an unknown parameter `{key}`") } else { "it has an unknown parameter".to_owned() };
    let near = nearest(key, SHOWN.iter().copied().chain([PASSWORD])).map(|known| format!("did you mean `{known}`?"));
    refusal(&named, Some(near.unwrap_or_else(|| format!("there are {}, {PASSWORD}", SHOWN.join(", ")))))
}

fn refusal(what: &str, hint: Option<String>) -> Refusal {
    let form = || "an address is postgresql://user@host/database".to_owned();
    Refusal { exit: Exit::Usage, message: format!("the address of the database is wrong: {what}"), hint: Some(hint.unwrap_or_else(form)) }
}

/// Opens a connection.
pub(super) async fn connect(address: &Address) -> Result<Engine> {
    let opening = || format!("opening the database {address}");
    let options = address.options().with_context(opening)?;
    let connecting = tokio::time::timeout(address.patience(), sqlx::PgConnection::connect_with(&options));
    let late = |_| std::io::Error::new(ErrorKind::TimedOut, "the server does not answer");
    let connection = connecting.await.map_err(late).map_err(sqlx::Error::Io).with_context(opening)?.with_context(opening)?;
    Ok(Engine::Postgres(Box::new(connection)))
}

/// That a lock could not be had in the time that is set for the role, or not without undoing what another does; that the server ended a
/// transaction that was idle or took too long.
const BUSY: [&str; 5] = ["55P03", "40001", "40P01", "25P03", "25P04"];

/// Returns whether an error means that the database cannot be had now, and may be later: it is away, starting, full, or locked.
pub fn is_away(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| match cause.downcast_ref::<sqlx::Error>() {
        // What a certificate lacks does not come with time.
        Some(sqlx::Error::Io(error)) => error.kind() != ErrorKind::InvalidData,
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
            let is_sqlite_busy = code.parse::<u32>().is_ok_and(|code| code & 0xff == 5);
            let is_away = code.starts_with("08") || code.starts_with("57P") || code == "53300" || BUSY.contains(&&*code);
            code.len() == 5 && is_away || code.len() < 5 && is_sqlite_busy
        }),
        _ => false,
    })
}

/// Returns whether an error means that the role may not do that.
pub fn is_forbidden(error: &anyhow::Error) -> bool {
    error.chain().filter_map(code).any(|code| code == "42501")
}

/// Returns the code that a database gave an error.
pub(super) fn code(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    cause.downcast_ref::<sqlx::Error>()?.as_database_error()?.code().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (given, shown) in [
            ("postgres://me:secret@host/db", "postgres://me:***@host/db"),
            ("postgresql://me:sec@ret@host:5433/db?sslmode=require", "postgresql://me:***@host:5433/db?sslmode=require"),
            ("postgresql://host/db?user=me&password=secret", "postgresql://host/db?user=me&password=***"),
            ("postgresql://host/db?sslkey=-----BEGIN secret", "postgresql://host/db?sslkey=***"),
            ("postgresql:///db?host=/run", "postgresql:///db?host=/run"),
            ("postgresql://me@host", "postgresql://me@host"),
        ] {
            let address = Address::parse(given).unwrap();
            assert_eq!(format!("{address} {address:?}"), format!("{shown} {shown}"));
            assert_eq!(address.has_password(), shown.contains(":***@") || shown.contains("password="), "{given}");
        }
    }

    #[test]
    fn the_driver_gets_what_it_takes() {
        for (given, taken) in [
            ("postgres://me:a%2Fb@host/db", "postgres://me:a%2Fb@host/db"),
            ("postgres://me:a+b@/db?host=/run&connect_timeout=3", "postgres:///db?host=/run&user=me&password=a%2Bb"),
            ("postgres://me@", "postgres://?user=me"),
            ("postgres://?host=/run", "postgres://?host=/run"),
        ] {
            let address = Address::parse(given).unwrap();
            assert_eq!(address.driver_url(), taken);
            address.options().unwrap();
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_showing_it() {
        for (given, said) in [
            ("mysql://me:secret@host/db", "postgresql://"),
            ("host=h password=secret", "postgresql://"),
            ("postgres://me:12/secret@host/db", "%40"),
            ("postgres://me:12#secret@host/db", "%40"),
            ("postgres://me:12?secret@host/db", "an unknown parameter "),
            ("postgres://host/db?passwort=secret", "`password`"),
            ("postgres://host/db?channel_binding=require", "`channel_binding`"),
            ("postgres://host/db?sslmode=secret", "verify-full"),
            ("postgres://host/db?connect_timeout=secret", "seconds"),
        ] {
            let refusal = Address::parse(given).unwrap_err();
            let text = format!("{} {}", refusal.message, refusal.hint.unwrap_or_default());
            assert!(text.contains(said) && !text.contains("secret"), "{given}: {text}");
        }
    }
}
