//! A team's machines under faults: one writes, two follow, each with a data directory and processes of its own. After every fault all of
//! them have the same, and no lookup is lost.

use crate::leases::standing_by;
use crate::postgres::{Database, Server, Setup};
use crate::support::{Sandbox, shimmed, stderr, wait_until};
use crate::watching::Watch;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(120);

/// The line between a machine and the database.
struct Cable {
    folder: tempfile::TempDir,
    state: Arc<AtomicU8>,
    ends: Arc<Mutex<Vec<UnixStream>>>,
    n_connected: Arc<AtomicUsize>,
    /// So many of those that connected first are silent for ever.
    n_forgotten: Arc<AtomicUsize>,
}

const WHOLE: u8 = 0;
/// Nothing gets through, and nobody is told.
const SILENT: u8 = 1;
/// What is connected is cut off, and nobody gets in.
const CUT: u8 = 2;

impl Cable {
    fn to(server: &Path) -> Self {
        let (folder, state) = (tempfile::tempdir().unwrap(), Arc::new(AtomicU8::new(WHOLE)));
        let listener = UnixListener::bind(socket(folder.path())).unwrap();
        let ends = Arc::new(Mutex::new(Vec::new()));
        let (n_connected, n_forgotten) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let cable = Self {
            folder,
            state: Arc::clone(&state),
            ends: Arc::clone(&ends),
            n_connected: Arc::clone(&n_connected),
            n_forgotten: Arc::clone(&n_forgotten),
        };
        let server = socket(server);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let n = n_connected.fetch_add(1, Ordering::SeqCst);
                if state.load(Ordering::SeqCst) == CUT {
                    continue;
                }
                let Ok(server) = UnixStream::connect(&server) else { continue };
                ends.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                for (from, to) in [(client.try_clone(), server.try_clone()), (Ok(server), Ok(client))] {
                    let (state, n_forgotten) = (Arc::clone(&state), Arc::clone(&n_forgotten));
                    let is_silent = move || state.load(Ordering::SeqCst) == SILENT || n < n_forgotten.load(Ordering::SeqCst);
                    std::thread::spawn(move || carry(from.unwrap(), to.unwrap(), is_silent));
                }
            }
        });
        cable
    }

    /// Forgets all connections, as a router does that was asleep: neither end learns of it.
    fn forget(&self) {
        self.n_forgotten.store(self.n_connected.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
        if state == CUT {
            self.ends.lock().unwrap().drain(..).for_each(|end| drop(end.shutdown(Shutdown::Both)));
        }
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join(".s.PGSQL.5432")
}

fn carry(mut from: UnixStream, mut to: UnixStream, is_silent: impl Fn() -> bool) {
    let mut bytes = [0; 1 << 16];
    while let Ok(n) = from.read(&mut bytes) {
        while is_silent() {
            std::thread::sleep(Duration::from_millis(10));
        }
        if n == 0 || to.write_all(&bytes[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

/// A machine that follows: a home with a configuration, in which the vault is a name.
struct Follower {
    home: Sandbox,
    url: String,
    cable: Cable,
}

impl Follower {
    fn of(database: &Database) -> Self {
        let home = Sandbox::new().configured("data_dir = \"data\"\n[search]\nfresh = \"never\"\n[[vault]]\nname = \"vault\"\n");
        let (url, folder) = database.url.split_once("?host=").unwrap();
        let cable = Cable::to(Path::new(folder));
        Self { home, url: format!("{url}?host={}", cable.folder.path().display()), cable }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.bare_command(args);
        command.env("VAULT_SYNC_DATABASE_URL", &self.url);
        command
    }
}

/// Returns what an index has: of each note its path, and its text as the search shows it.
fn indexed(mut search: Command, n_lookups: &mut usize) -> BTreeSet<(String, String)> {
    let output = search.args(["--json", "search", "path:md", "-n", "1000", "--strict", "--all-lines"]).output().unwrap();
    let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout) else { panic!("{}", stderr(&output)) };
    *n_lookups += 1;
    let hits = answer["results"].as_array().unwrap().iter();
    hits.map(|hit| (hit["path"].as_str().unwrap().to_owned(), hit["title"].to_string() + &hit["tags"].to_string())).collect()
}

/// The three machines, and what they have been asked.
struct Team {
    writer: Sandbox,
    database: Database,
    followers: [Follower; 2],
    n_lookups: usize,
    n_notes: usize,
}

impl Team {
    /// Has a person write, rename and remove notes where the files are.
    fn edit(&mut self) {
        self.n_notes += 1;
        let n = self.n_notes;
        self.writer.write(&format!("note {n}.md"), format!("---\ntags: [edit{n}]\n---\nText {n}."));
        self.writer.write("edited.md", format!("---\ntags: [edit{n}]\n---\nThe same note."));
        if n.is_multiple_of(3) {
            self.writer.rename(&format!("note {}.md", n - 1), &format!("moved/note {}.md", n - 1));
            self.writer.remove(&format!("note {}.md", n - 2));
        }
    }

    /// Waits until all indexes have what the files say, and says how long that took.
    fn converge(&mut self, after: &str) {
        let start = Instant::now();
        let tag = format!("#edit{}", self.n_notes);
        let files: BTreeSet<String> = self.writer.vault_bytes().into_keys().map(|path| relative(&path, &self.writer.vault)).collect();
        let mut n_lookups = 0;
        for machine in 0..3 {
            let search = || match machine {
                0 => self.writer.command(&[]),
                n => self.followers[n - 1].command(&[]),
            };
            wait_until(LIMIT, &format!("machine {machine} has everything after {after}"), || {
                let seen = indexed(search(), &mut n_lookups);
                let is_current = seen.iter().any(|(path, shown)| path == "edited.md" && shown.contains(&tag));
                is_current && seen.into_iter().map(|(path, _)| path).collect::<BTreeSet<_>>() == files
            });
        }
        let all = [0, 1].map(|n| indexed(self.followers[n].command(&[]), &mut n_lookups));
        assert_eq!(all[0], indexed(self.writer.command(&[]), &mut n_lookups), "after {after}");
        assert_eq!(all[0], all[1], "after {after}");
        self.n_lookups += n_lookups;
        let _ = writeln!(std::io::stderr(), "{:.1} s after {after}", start.elapsed().as_secs_f64());
    }
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()
}

/// Keeps all rows as they are now, and brings them back.
const BACKUP: &str = "create schema backup; do $$ declare t text; begin \
    for t in select tablename from pg_tables where schemaname = 'claude' loop \
    execute format('create table backup.%I as table claude.%I', t, t); end loop; end $$";
const RESTORE: &str = "set session_replication_role = replica; do $$ declare t text; begin \
    for t in select tablename from pg_tables where schemaname = 'claude' and tablename <> 'knowledge_retrieval_log' \
    except select table_name from information_schema.columns where table_schema = 'claude' and is_generated = 'ALWAYS' loop \
    execute format('delete from claude.%I', t); execute format('insert into claude.%I select * from backup.%I', t, t); end loop; end $$";

#[test]
fn after_each_fault_all_machines_have_the_same_and_no_lookup_is_lost() {
    // The server is stopped on the way.
    let server = Server::start(&Setup::default());
    let database = server.database("");
    database.migrate();
    let writer = Sandbox::new().on(&database.url).configured("[search]\nfresh = \"never\"\n");
    writer.write("edited.md", "The same note.");
    let followers = [Follower::of(&database), Follower::of(&database)];
    let mut team = Team { writer, database, followers, n_lookups: 0, n_notes: 0 };
    let mut writing = Watch::start(&team.writer);
    // The clock of one follower is eight hours ahead.
    let jump = team.writer.home().join("jump");
    std::fs::write(&jump, "").unwrap();
    let skewed = Watch::of(shimmed(team.followers[0].command(&["watch", "--json"]).env("FAULT_JUMP", &jump)));
    let mut following = Watch::of(&mut team.followers[1].command(&["watch", "--json"]));
    team.edit();
    team.converge("a clock that is wrong");

    writing.signal("-KILL");
    team.edit();
    drop(writing);
    writing = Watch::start(&team.writer);
    team.converge("the death of the writer");

    following.signal("-KILL");
    team.edit();
    drop(following);
    following = Watch::of(&mut team.followers[1].command(&["watch", "--json"]));
    team.converge("the death of a follower");

    for (state, after) in [(CUT, "a connection that was cut"), (SILENT, "a connection that was silent")] {
        team.followers[1].cable.set(state);
        for _ in 0..3 {
            team.edit();
            writing.expect("added", &format!("note {}.md", team.n_notes));
        }
        team.followers[1].cable.set(WHOLE);
        team.converge(after);
    }

    team.followers[1].cable.forget();
    team.edit();
    team.converge("a connection that was forgotten");

    server.stop();
    team.edit();
    server.start_again();
    team.converge("a restart of the database");

    // The writer comes back while the lease of its last run lives, and another machine with the files waits for that to end.
    let copy = Sandbox::new().on(&team.database.url);
    crate::support::copy_folder(&team.writer.vault, &copy.vault);
    drop(writing);
    let heir = standing_by(&copy);
    writing = Watch::waiting(&mut team.writer.command(&["watch", "--json"]), " ");
    team.edit();
    team.converge("a return beside a machine that waits");
    drop(heir);

    team.database.query(BACKUP);
    team.edit();
    team.converge("nothing");
    drop(writing);
    team.database.query(RESTORE);
    let lost = format!("note {}.md", team.n_notes);
    for follower in &team.followers {
        let has_gone = |seen: BTreeSet<(String, String)>| seen.iter().all(|(path, _)| *path != lost);
        wait_until(LIMIT, "a follower sees that changes were lost", || has_gone(indexed(follower.command(&[]), &mut team.n_lookups)));
    }
    let writing = Watch::start(&team.writer);
    team.edit();
    team.converge("a backup that came back");

    // What waits in spools is taken by whoever opens the database.
    assert_eq!((writing.stop(), following.stop(), skewed.stop()), (Some(0), Some(0), Some(0)));
    let n_logged = || team.database.query("select count(*) from claude.knowledge_retrieval_log").parse::<usize>().unwrap();
    team.writer.text(&["log"]);
    team.followers.iter().for_each(|follower| drop(follower.command(&["log"]).output().unwrap()));
    assert_eq!(n_logged(), team.n_lookups);
}
