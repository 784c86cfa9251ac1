//! How often the database is spoken to: over a network, each trip is time that somebody waits.

use crate::postgres::database;
use crate::support::Sandbox;
use crate::watching::Watch;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a save may take: reading what is known, beginning, making way, writing, committing, reading for the index, and, once it can be
/// searched, reading what is told of it.
const MOST_TRIPS: usize = 7;

/// The code of the question for TLS, in PostgreSQL's protocol.
const TLS: u32 = 80_877_103;

/// Stands between a program and a PostgreSQL server and counts how often the program waits for an answer.
struct Counter {
    folder: tempfile::TempDir,
    n_trips: Arc<AtomicUsize>,
}

impl Counter {
    /// Listens in a folder of its own, for a server whose socket lies in `server`.
    fn before(server: &Path) -> Self {
        let (folder, n_trips) = (tempfile::tempdir().unwrap(), Arc::new(AtomicUsize::new(0)));
        let listener = UnixListener::bind(socket(folder.path())).unwrap();
        let (server, counted) = (socket(server), Arc::clone(&n_trips));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = UnixStream::connect(&server).unwrap();
                let (mut answers, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut answers, &mut to_client);
                    let _ = to_client.shutdown(Shutdown::Both);
                });
                let counted = Arc::clone(&counted);
                std::thread::spawn(move || pass_on(client, server, &counted));
            }
        });
        Self { folder, n_trips }
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join(".s.PGSQL.5432")
}

/// Hands a client's messages on. It waits after each `Query` and `Sync`.
fn pass_on(mut client: UnixStream, mut server: UnixStream, n_trips: &AtomicUsize) {
    let mut has_type = false;
    let mut next = || -> std::io::Result<()> {
        let mut head = vec![0; if has_type { 5 } else { 4 }];
        client.read_exact(&mut head)?;
        let length = u32::from_be_bytes(*head.last_chunk().unwrap()) as usize;
        let mut body = vec![0; length - 4];
        client.read_exact(&mut body)?;
        if has_type && matches!(head[0], b'Q' | b'S') {
            n_trips.fetch_add(1, Ordering::Relaxed);
        }
        // The first message has no type, nor has the question for TLS before it.
        has_type |= body.first_chunk() != Some(&TLS.to_be_bytes());
        server.write_all(&[head, body].concat())
    };
    while next().is_ok() {}
    let _ = server.shutdown(Shutdown::Both);
}

#[test]
fn a_saved_note_takes_few_trips_to_the_database() {
    let database = database();
    let (url, folder) = database.url.split_once("?host=").unwrap();
    let counter = Counter::before(Path::new(folder));
    let sandbox = Sandbox::new().on(&format!("{url}?host={}", counter.folder.path().display()));
    sandbox.write("a.md", "---\ntags: [t]\n---\n# A\n[[b]]\n");
    sandbox.write("b.md", "text #u ^id\n");
    sandbox.sync();
    let watch = Watch::start(&sandbox);
    // The first saves prepare their statements.
    let trips = (0..6).map(|i| {
        let before = counter.n_trips.load(Ordering::Relaxed);
        sandbox.write("a.md", format!("---\ntags: [t]\n---\n# A\n[[b]] [[b#{i}]] {i}\n"));
        watch.expect("modified", "a.md");
        counter.n_trips.load(Ordering::Relaxed) - before
    });
    let trips: Vec<usize> = trips.collect();
    assert!(*trips.iter().min().unwrap() <= MOST_TRIPS, "{trips:?}");
    watch.stop();
}
