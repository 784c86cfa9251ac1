//! A PostgreSQL server of our own: started by the first test that asks, stopped when the process ends, one fresh database a test.
//!
//! It needs the server's binaries and nothing else: no running service, no port, no password. It listens on a socket in its own
//! temporary folder. Without the binaries a test that asks fails and says what to install; it never passes by skipping.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Returns a database that nobody else has seen.
pub fn database() -> Database {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static N_DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(Server::start);
    let name = format!("test_{}", N_DATABASES.fetch_add(1, Ordering::Relaxed));
    server.psql("postgres", &format!("create database {name}"));
    Database { url: format!("postgres://postgres@localhost/{name}?host={}", server.folder), name, server }
}

/// One test's database. It goes with the server.
pub struct Database {
    /// As `VAULT_SYNC_DATABASE_URL` takes it.
    pub url: String,
    name: String,
    server: &'static Server,
}

impl Database {
    /// Runs SQL as another program would and returns what it printed: one row a line, columns separated by `|`.
    pub fn query(&self, sql: &str) -> String {
        self.server.psql(&self.name, sql)
    }

    /// Runs SQL that is to fail, and returns what was said of it.
    pub fn refused(&self, sql: &str) -> String {
        let output = self.server.psql_command(&self.name, sql).output().expect("psql starts");
        assert!(!output.status.success(), "psql did it: {sql}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

struct Server {
    binaries: PathBuf,
    /// Holds the data and the socket.
    folder: String,
    /// The shell that runs it. Its standard input is never written to: it closes when this process ends, however it ends, and that is
    /// what stops the server.
    _shell: Child,
}

/// Prints the server's folder once it answers, else what went wrong. Then it waits for the end of its standard input.
const RUN_SERVER: &str = r#"
bin=$1
trap '' PIPE
home=$(mktemp -d /tmp/vault-sync-postgres.XXXXXX) || exit 1
trap 'rm -rf "$home"' EXIT
log=$home/log
"$bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$log" 2>&1 || { cat "$log"; exit 1; }
"$bin/postgres" -D "$home/data" -c listen_addresses= -c unix_socket_directories="$home" -c max_connections=200 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$log" 2>&1 &
server=$!
tries=0
until "$bin/pg_isready" -q -h "$home"; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ] || ! kill -0 $server 2>/dev/null; then kill $server 2>/dev/null; cat "$log"; exit 1; fi
    sleep 0.05
done
echo "$home"
cat >/dev/null
kill -QUIT $server
wait $server
"#;

impl Server {
    fn start() -> Self {
        let binaries = find_binaries().expect("PostgreSQL's server binaries are missing: run tests/run, or apt-get install postgresql");
        let mut shell = unprivileged_shell()
            .args(["-c", RUN_SERVER, "sh"])
            .arg(&binaries)
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a shell starts");
        let mut said = BufReader::new(shell.stdout.take().expect("stdout is piped"));
        let mut folder = String::new();
        said.read_line(&mut folder).expect("the shell speaks UTF-8");
        if !folder.starts_with("/tmp/") {
            said.read_to_string(&mut folder).expect("the shell speaks UTF-8");
            panic!("PostgreSQL did not start: {folder}");
        }
        Self { binaries, folder: folder.trim_end().to_owned(), _shell: shell }
    }

    fn psql_command(&self, database: &str, sql: &str) -> Command {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h", &self.folder, "-d", database, "-c", sql]);
        psql.env_clear();
        psql
    }

    fn psql(&self, database: &str, sql: &str) -> String {
        let output = self.psql_command(database, sql).output().expect("psql starts");
        assert!(output.status.success(), "psql: {}\n{sql}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("psql speaks UTF-8").trim_end().to_owned()
    }
}

/// Returns a shell that is not root's, because PostgreSQL refuses to serve root. It has a process group of its own, so that Ctrl-C
/// reaches the tests alone.
fn unprivileged_shell() -> Command {
    use std::os::unix::fs::MetadataExt as _;
    use std::os::unix::process::CommandExt as _;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let mut shell = Command::new(if is_root { "runuser" } else { "sh" });
    if is_root {
        shell.args(["-u", "nobody", "--", "sh"]);
    }
    shell.process_group(0);
    shell
}

/// Returns the folder with `initdb`, `postgres` and `psql`: from `PATH`, else the newest that Debian's packages have laid down.
fn find_binaries() -> Option<PathBuf> {
    let has_server = |folder: &Path| ["initdb", "postgres", "psql", "pg_isready"].iter().all(|name| folder.join(name).is_file());
    let on_path: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    if let Some(folder) = on_path.into_iter().find(|folder| has_server(folder)) {
        return Some(folder);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    let version = |folder: &Path| folder.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok());
    versions.map(|entry| entry.path().join("bin")).filter(|folder| has_server(folder)).max_by_key(|folder| version(folder))
}

#[test]
fn each_test_gets_an_empty_database_of_its_own() {
    let (first, second) = (database(), database());
    assert_ne!(first.url, second.url);
    first.query("create table t (n integer)");
    assert_eq!(second.query("select to_regclass('t') is null"), "t");
}

#[test]
fn a_nul_that_yaml_json_or_a_url_spells_stops_nothing() {
    let sandbox = crate::support::Sandbox::new().on(&database().url);
    sandbox.write(
        "a.md",
        "---\ntitle: \"a\\0b\"\naliases: [\"c\\0\"]\ntags: [\"d\\0e\"]\nprojects: [\"f\\0\"]\n\"g\\0\": \"[[h\\0]]\"\n---\n[i](%00j.md)\n",
    );
    sandbox.write(
        "b.canvas",
        r#"{"nodes": [{"type": "group", "label": "k\u0000"}, {"type": "file", "file": "l\u0000.md", "subpath": "\u0000"}]}"#,
    );
    sandbox.write("c.md", "[[a]]\n");
    sandbox.sync();
    assert_eq!(sandbox.json(&["ls"])["results"].as_array().map(Vec::len), Some(3));
}

#[test]
fn what_is_too_long_for_an_index_stops_nothing() {
    let sandbox = crate::support::Sandbox::new().on(&database().url);
    // Letters that no compression makes short.
    let mut seed = 1_u32;
    let long = (0..20_000).map(|_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4e00 + (seed >> 16) % 20_000).unwrap()
    });
    let long = long.collect::<String>();
    let short = &long[..6000];
    let properties = format!("aliases: [{short}]\nprojects: [{short}]\ntitle: {short}\ntype: {short}\ncategory: {short}\nversion: {short}");
    sandbox.write("a.md", format!("---\n{properties}\n---\n# {long}\n[[{long}]] #{long}\n- [ ] {long}\n"));
    sandbox.sync();
    assert_eq!(sandbox.json(&["ls"])["results"].as_array().map(Vec::len), Some(1));
}
