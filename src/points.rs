//! The named points of a run, around every step that lasts: where a test stops the process, to kill it there or to let it go on.
//!
//! A build for tests in which `VAULT_SYNC_POINTS` is set has a socket for its standard input: it writes a point's name there and waits for a
//! byte. Elsewhere a point is nothing. `tests/it/crash.rs` kills at each.

macro_rules! points {
    ($($(#[$doc:meta])* $point:ident,)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Point { $($(#[$doc])* $point,)+ }

        impl Point {
            pub const ALL: &[Self] = &[$(Self::$point,)+];
        }
    };
}

points! {
    /// A numbered change of the schema is made: on SQLite for good, on PostgreSQL within the one transaction.
    ChangeMade,
    /// All changes are made, not committed. PostgreSQL only.
    SchemaWritten,
    SchemaCommitted,
    /// The store has its id.
    StoreNamed,
    RegistriesWritten,
    RegistriesCommitted,
    /// The state file knows that a first run has begun.
    RunBegun,
    /// A transaction of documents has taken its revision.
    TransactionBegun,
    /// It has the vault's row, which nobody else changes until it ends.
    VaultHeld,
    TransactionWritten,
    TransactionCommitted,
    /// All names are in, no contents.
    NamesCommitted,
    /// Some contents are in.
    ChunkCommitted,
    /// Rows say what notes will be; the notes do not say it yet.
    RowsAhead,
    /// What a note will be lies beside it.
    NoteDrafted,
    /// It is the note; what the note was lies beside it.
    NoteExchanged,
    /// Nothing lies beside it any more.
    NoteTold,
    /// Files with new times and old contents are noted.
    StampsWritten,
    /// Files that could not be read are noted.
    LedgerWritten,
    /// Every note is noted as read by this parser.
    ParserNoted,
    /// The history has the run.
    RunRecorded,
    /// The index may be written by this process alone.
    IndexLocked,
    /// The folder of a new generation is there, without an index.
    GenerationMade,
    DocumentsAdded,
    /// The files of the new segments are there; nothing names them.
    SegmentsWritten,
    IndexCommitted,
    SegmentsMerged,
    /// The files of merged segments are gone.
    MergedRemoved,
    /// A text of words or paths lies beside a segment.
    CopyWritten,
    /// A small file of the index is written beside the one that it is to replace.
    FileDrafted,
    /// The new generation is the one in use; the old one is still there.
    GenerationSwapped,
    GenerationRemoved,
    StateDrafted,
    StateReplaced,
    /// The answer is given, and its lookup is in the spool.
    LookupAppended,
    /// What is left of a spool that had grown too large is written beside it.
    RoomDrafted,
    RoomMade,
    /// The spool is put aside.
    LookupsAside,
    LookupsWritten,
    LookupsCommitted,
    /// What was put aside is gone.
    LookupsRemoved,
    WatchLocked,
    /// The watch has caught up.
    WatchReady,
    /// File events came, and nothing is done about them yet.
    EventsTaken,
    /// Theirs are the last words of state file, store and index.
    EventsFollowed,
}

pub use harness::{few, reach};

#[cfg(all(debug_assertions, unix))]
mod harness {
    use super::Point;
    use std::io::{Read as _, Write as _, stdin};
    use std::os::fd::AsFd as _;
    use std::os::unix::net::UnixStream;
    use std::sync::{Mutex, OnceLock};

    /// Says that the run is at a point, and waits to be told to go on.
    pub fn reach(point: Point) {
        let Some(Ok(mut harness)) = harness().map(Mutex::lock) else { return };
        // Where nobody hears and answers, there is nothing to wait for.
        let _ = writeln!(harness, "{point:?}").and_then(|()| harness.read_exact(&mut [0]));
    }

    /// Returns how many go at once where it would be `many`: a run that stops at points has several chunks and pages in a small vault.
    pub fn few(many: usize) -> usize {
        if harness().is_some() { 4 } else { many }
    }

    fn harness() -> Option<&'static Mutex<UnixStream>> {
        static HARNESS: OnceLock<Option<Mutex<UnixStream>>> = OnceLock::new();
        let open = || {
            std::env::var_os("VAULT_SYNC_POINTS")?;
            stdin().as_fd().try_clone_to_owned().ok().map(UnixStream::from).map(Mutex::new)
        };
        HARNESS.get_or_init(open).as_ref()
    }
}

#[cfg(not(all(debug_assertions, unix)))]
mod harness {
    #[inline(always)]
    pub fn reach(_: super::Point) {}

    #[inline(always)]
    pub fn few(many: usize) -> usize {
        many
    }
}
