//! A PostgreSQL server of our own: started by the first test that asks, stopped when the process ends, one fresh database a test.
//!
//! It needs the server's binaries and nothing else: no running service, no port, no password. It listens on a socket in its own
//! temporary folder. Without the binaries a test that asks fails and says what to install; it never passes by skipping.

use crate::support::{Sandbox, stderr};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// Returns a database that nobody else has seen, with today's schema: a copy of one that `db migrate` has made.
pub fn database() -> Database {
    static TEMPLATE: OnceLock<Database> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let database = empty();
        database.migrate();
        database
    });
    template.server.database(&format!("template {}", template.name))
}

/// Returns a database that nobody else has seen, without anything in it.
pub fn empty() -> Database {
    static SERVER: OnceLock<Arc<Server>> = OnceLock::new();
    SERVER.get_or_init(|| Server::start(&Setup::default())).database("")
}

/// One test's database. It goes with the server.
pub struct Database {
    /// As `VAULT_SYNC_DATABASE_URL` takes it.
    pub url: String,
    pub name: String,
    pub server: Arc<Server>,
}

impl Database {
    /// Makes the schema, as a user would.
    pub fn migrate(&self) {
        let output = Sandbox::new().on(&self.url).vault_sync(&["db", "migrate"]);
        assert!(output.status.success(), "{}", stderr(&output));
    }
}

impl Database {
    /// Runs SQL as another program would and returns what it printed: one row a line, columns separated by `|`.
    pub fn query(&self, sql: &str) -> String {
        self.server.psql(&self.name, sql)
    }

    /// Runs SQL that is to fail, and returns what was said of it.
    pub fn refused(&self, sql: &str) -> String {
        let output = self.server.run(&self.name, sql);
        assert!(!output.status.success(), "psql did it: {sql}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

/// What a server of a test's own has that the common one has not.
#[derive(Default)]
pub struct Setup {
    /// Who may come in how: the lines of `pg_hba.conf`. Empty: whoever reaches the socket.
    pub access: &'static str,
    /// Further settings, as `-c name=value`; `HOME` stands for the server's folder.
    pub settings: &'static [&'static str],
    /// Files to lie in the server's folder, by name.
    pub files: Vec<(&'static str, String)>,
    /// It listens on this machine's own address too, and not on the socket alone.
    pub has_port: bool,
}

pub struct Server {
    binaries: PathBuf,
    /// Holds the data and the socket.
    pub folder: String,
    pub port: u16,
    /// The shell that runs it. Its standard input closes when this process ends, however it ends, and that is what stops the server.
    shell: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    _process: Child,
}

/// Prints the server's folder once it answers, else what went wrong. Then it does what its standard input says, until that ends.
const RUN_SERVER: &str = r#"
bin=$1
shift
trap '' PIPE
home=$(mktemp -d /tmp/vault-sync-postgres.XXXXXX) || exit 1
trap 'rm -rf "$home"' EXIT
log=$home/log
"$bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$log" 2>&1 || { cat "$log"; exit 1; }
[ -z "$ACCESS" ] || echo "$ACCESS" >"$home/data/pg_hba.conf"
while [ $# -gt 0 ] && [ "$1" != -c ]; do printf %s "$2" >"$home/$1"; chmod 600 "$home/$1"; shift 2; done
start() {
    "$bin/postgres" -D "$home/data" -c listen_addresses= -c unix_socket_directories="$home" -c max_connections=200 \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off $(echo "$*" | sed "s|HOME|$home|g") >"$log" 2>&1 &
    server=$!
    tries=0
    until "$bin/pg_isready" -q -h "$home"; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ] || ! kill -0 $server 2>/dev/null; then kill $server 2>/dev/null; cat "$log"; exit 1; fi
        sleep 0.05
    done
}
start "$@"
echo "$home"
while read -r word; do
    case $word in
        stop) kill -INT $server; wait $server ;;
        start) start "$@" ;;
    esac
    echo "$word"
done
kill -QUIT $server 2>/dev/null
wait $server
"#;

impl Server {
    /// Starts a server. It ends with the last one who knows it.
    pub fn start(setup: &Setup) -> Arc<Self> {
        let binaries = find_binaries(setup.settings.contains(&"ssl=on"))
            .expect("PostgreSQL's server binaries are missing: run tests/run, or apt-get install postgresql");
        let port = if setup.has_port { free_port() } else { 5432 };
        let mut shell = unprivileged_shell()
            .args(["-c", RUN_SERVER, "sh"])
            .arg(&binaries)
            .args(setup.files.iter().flat_map(|(name, text)| [*name, text.as_str()]))
            .args(setup.settings.iter().flat_map(|setting| ["-c", *setting]))
            .args(["-c", &format!("port={port}")])
            .env_clear()
            .env("PGPORT", port.to_string())
            .current_dir("/")
            .env("ACCESS", setup.access)
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
        let shell_input = shell.stdin.take().expect("stdin is piped");
        let folder = folder.trim_end().to_owned();
        Arc::new(Self { binaries, folder, port, shell: Mutex::new((shell_input, said)), _process: shell })
    }

    /// Stops the server, as at a restart of its machine, and returns when it is gone.
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Starts the server again, and returns when it answers.
    pub fn start_again(&self) {
        self.tell("start");
    }

    fn tell(&self, word: &str) {
        let mut shell = self.shell.lock().expect("nobody panics while telling");
        writeln!(shell.0, "{word}").expect("the shell lives");
        let mut echo = String::new();
        shell.1.read_line(&mut echo).expect("the shell speaks UTF-8");
        assert_eq!(echo.trim_end(), word, "the server would not {word}");
    }

    /// Makes a database that nobody else has seen.
    pub fn database(self: &Arc<Self>, how: &str) -> Database {
        static N_DATABASES: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", N_DATABASES.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("create database {name} {how}"));
        Database { url: format!("postgres://postgres@localhost/{name}?host={}", self.folder), name, server: Arc::clone(self) }
    }

    fn run(&self, database: &str, sql: &str) -> Output {
        let mut psql = Command::new(self.binaries.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h", &self.folder, "-d", database])
            .env_clear()
            .env("PGPORT", self.port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts");
        psql.stdin.take().expect("stdin is piped").write_all(sql.as_bytes()).expect("psql reads");
        psql.wait_with_output().expect("psql ends")
    }

    pub fn psql(&self, database: &str, sql: &str) -> String {
        let output = self.run(database, sql);
        assert!(output.status.success(), "psql: {}\n{sql}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("psql speaks UTF-8").trim_end().to_owned()
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("this machine has a port");
    listener.local_addr().expect("it has a number").port()
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

/// Returns the folder with `initdb`, `postgres` and `psql`: from `PATH`, else the newest that Debian's packages have laid down. A server
/// that wants TLS needs one that was built with it.
fn find_binaries(needs_tls: bool) -> Option<PathBuf> {
    let has_server = |folder: &PathBuf| ["initdb", "postgres", "psql", "pg_isready"].iter().all(|name| folder.join(name).is_file());
    let has_tls = |folder: &PathBuf| {
        let server = std::fs::read(folder.join("postgres")).unwrap_or_default();
        server.windows(6).any(|bytes| bytes == b"libssl")
    };
    let on_path: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let version = |folder: &PathBuf| folder.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok());
    let packages = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut packages: Vec<PathBuf> = packages.map(|entry| entry.path().join("bin")).collect();
    packages.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    on_path.into_iter().chain(packages).filter(has_server).find(|folder| !needs_tls || has_tls(folder))
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
