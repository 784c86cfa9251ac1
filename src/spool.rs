//! Lookups, and calls of agents, on their way to SQL: one line each, appended to a file in the data directory, so that a search never waits for a database.
//!
//! Writers share the file's lock. Whoever drains takes it alone, but only to put the file aside: a slow database then stops no search.
//! It inserts all lines, commits, and removes the file that it put aside. A line that comes twice is known by its `log_id`.

use crate::points::{Point, reach};
use serde::{Deserialize, Serialize};
use std::fs::{File, Metadata};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

const FILE_NAME: &str = "lookups.jsonl";
/// The file put aside by a drain, its own or one that crashed.
const ASIDE_NAME: &str = "lookups.draining.jsonl";
/// Its time is that of the last search that found the database away.
const PUT_OFF_NAME: &str = "lookups.put-off";
/// Held by whoever drains.
const LOCK_NAME: &str = "lookups.lock";
/// Lookups wait this long for somebody who opens the database anyway.
const MOST_WAIT: Duration = Duration::from_secs(5);
/// After a failure a search tries again no sooner.
const RETRY: Duration = Duration::from_secs(60);
/// Beyond this size the oldest lines go.
const MOST_BYTES: u64 = 64 << 20;
const EXCERPT_CHARS: usize = 200;

/// One question that was asked, as the retrieval log keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lookup {
    /// A uuid v7: the line's identity on its way.
    pub log_id: String,
    /// The beginning of the question; see [`excerpt`].
    pub prompt_excerpt: String,
    /// The words and phrases that it asks for.
    pub keywords: Vec<String>,
    /// The hits that were returned, relaxed ones included.
    pub results_count: i64,
    /// Their `knowledge_id`s, best first.
    pub results_ids: Vec<String>,
    /// All of them as documents, best first.
    #[serde(default)]
    pub hits: Vec<String>,
    /// The rank of the first, from 1 over all pages of the answer.
    #[serde(default)]
    pub first_rank: i64,
    /// How many of them, the last ones, Obsidian would not find.
    #[serde(default)]
    pub n_relaxed: i64,
    /// Those that Obsidian would find; 0 is a miss.
    pub strict_count: i64,
    pub retrieval_method: String,
    pub latency_ms: i64,
    pub session_id: Option<String>,
    pub agent: Option<String>,
    pub project: Option<String>,
    /// The names of those that were asked.
    #[serde(default)]
    pub vaults: Vec<String>,
    /// RFC 3339.
    pub retrieved_at: String,
}

/// One call of a tool by an agent, as `mcp_usage` keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// A uuid v7: the line's identity on its way.
    pub usage_id: String,
    pub mcp_server: String,
    pub tool_name: String,
    /// RFC 3339.
    pub called_at: String,
    pub execution_time_ms: i64,
    pub success: bool,
    pub error_message: Option<String>,
    pub input_size_bytes: i64,
    pub output_size_bytes: i64,
    pub session_id: Option<String>,
    pub project_name: Option<String>,
}

/// What waits, in the order in which it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waiting {
    pub lookups: Vec<Lookup>,
    pub calls: Vec<ToolCall>,
}

/// What to do while another process drains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Wait, so that afterwards every lookup of before is in.
    Wait,
    /// Leave it to the other.
    Leave,
}

/// What a drain found beside the lookups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    pub n_lookups: usize,
    /// Lines that could not be read: torn by a crash, or not ours.
    pub n_torn: usize,
    /// Lines that had gone before, because the file had grown too large.
    pub n_dropped: u64,
}

/// Says within the file how many older lines are gone.
#[derive(Serialize, Deserialize)]
struct Dropped {
    dropped: u64,
}

/// Returns an identity for a new lookup.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Returns the beginning of a question, as the log keeps it. No database takes a NUL character for text.
pub fn excerpt(prompt: &str) -> String {
    prompt.chars().filter(|c| *c != '\0').take(EXCERPT_CHARS).collect()
}

/// Appends a lookup, or a call, in a single write.
pub fn append(data_dir: &Path, waiting: &impl Serialize) -> io::Result<()> {
    append_below(data_dir, waiting, MOST_BYTES)
}

fn append_below(data_dir: &Path, waiting: &impl Serialize, most_bytes: u64) -> io::Result<()> {
    let path = data_dir.join(FILE_NAME);
    // A line break on both sides: a torn line before this one then spoils only itself.
    let mut line = vec![b'\n'];
    serde_json::to_writer(&mut line, waiting)?;
    line.push(b'\n');
    loop {
        let mut file = File::options().create(true).append(true).open(&path)?;
        file.lock_shared()?;
        if !is_at(&file, &path)? {
            continue; // Drained and removed between our opening and our lock.
        }
        if file.metadata()?.len() + line.len() as u64 > most_bytes {
            drop(file);
            make_room(&path, most_bytes / 2)?;
            continue;
        }
        file.write_all(&line)?;
        reach(Point::LookupAppended);
        return Ok(());
    }
}

/// Hands all that waits to `insert` and, once it has it safe, removes it. Where nothing waits, nothing is called.
pub async fn drain(data_dir: &Path, busy: Busy, mut insert: impl AsyncFnMut(&Waiting) -> anyhow::Result<()>) -> anyhow::Result<Drained> {
    let mut all = Drained::default();
    if !data_dir.join(FILE_NAME).exists() && !data_dir.join(ASIDE_NAME).exists() {
        return Ok(all);
    }
    let lock = File::create(data_dir.join(LOCK_NAME))?;
    match busy {
        Busy::Wait => lock.lock()?,
        Busy::Leave if lock.try_lock().is_err() => return Ok(all),
        Busy::Leave => {}
    }
    let aside = data_dir.join(ASIDE_NAME);
    // First what an earlier drain left behind, then what has come since.
    for _ in 0..2 {
        if aside.exists() || put_aside(&data_dir.join(FILE_NAME), &aside)? {
            reach(Point::LookupsAside);
            let (waiting, drained) = read(&mut File::open(&aside)?)?;
            if waiting != Waiting::default() {
                insert(&waiting).await?;
            }
            std::fs::remove_file(&aside)?;
            reach(Point::LookupsRemoved);
            all.add(drained);
        }
    }
    Ok(all)
}

/// Returns what a drain would find now, and takes nothing: lookups that wait, torn lines, lines that are gone.
pub fn waiting(data_dir: &Path) -> io::Result<Drained> {
    let mut all = Drained::default();
    for name in [ASIDE_NAME, FILE_NAME] {
        match File::open(data_dir.join(name)) {
            Ok(mut file) => all.add(read(&mut file)?.1),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

impl Drained {
    fn add(&mut self, other: Self) {
        self.n_lookups += other.n_lookups;
        self.n_torn += other.n_torn;
        self.n_dropped += other.n_dropped;
    }
}

/// Moves the spool away from its path while nobody writes to it; returns whether there was one.
fn put_aside(path: &Path, aside: &Path) -> io::Result<bool> {
    let Some(file) = open_alone(path)? else { return Ok(false) };
    std::fs::rename(path, aside)?;
    drop(file);
    Ok(true)
}

/// Returns whether lookups have waited long enough for somebody who opens the database anyway, so that a search should do it.
pub fn is_due(data_dir: &Path) -> bool {
    is_due_at(data_dir, SystemTime::now())
}

fn is_due_at(data_dir: &Path, now: SystemTime) -> bool {
    // The spool is born with its first line, which is the oldest.
    let oldest = age(data_dir, FILE_NAME, now, |file| file.created().or_else(|_| file.modified()));
    oldest.is_some_and(|age| age > MOST_WAIT) && !is_put_off_at(data_dir, now)
}

/// Returns whether the database was found away or busy not long ago, so that who need not ask it leaves it alone.
pub fn is_put_off(data_dir: &Path) -> bool {
    is_put_off_at(data_dir, SystemTime::now())
}

fn is_put_off_at(data_dir: &Path, now: SystemTime) -> bool {
    age(data_dir, PUT_OFF_NAME, now, Metadata::modified).is_some_and(|age| age <= RETRY)
}

fn age(data_dir: &Path, name: &str, now: SystemTime, time: impl Fn(&Metadata) -> io::Result<SystemTime>) -> Option<Duration> {
    now.duration_since(time(&std::fs::metadata(data_dir.join(name)).ok()?).ok()?).ok()
}

/// Notes that the database is away, so that not every search tries it anew.
pub fn put_off(data_dir: &Path) -> io::Result<()> {
    std::fs::write(data_dir.join(PUT_OFF_NAME), [])
}

/// Opens the spool with the lock that keeps all others out; `None` when there is none.
fn open_alone(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = match File::options().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        file.lock()?;
        if is_at(&file, path)? {
            return Ok(Some(file));
        }
    }
}

fn read(file: &mut File) -> io::Result<(Waiting, Drained)> {
    let (mut waiting, mut drained) = (Waiting::default(), Drained::default());
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        if let Ok(lookup) = serde_json::from_slice(&line) {
            waiting.lookups.push(lookup);
        } else if let Ok(call) = serde_json::from_slice(&line) {
            waiting.calls.push(call);
        } else if let Ok(Dropped { dropped }) = serde_json::from_slice(&line) {
            drained.n_dropped += dropped;
        } else if !line.is_empty() {
            drained.n_torn += 1;
        }
    }
    drained.n_lookups = waiting.lookups.len();
    Ok((waiting, drained))
}

/// Drops the oldest lines until `kept_bytes` or less are left, and notes how many went.
fn make_room(path: &Path, kept_bytes: u64) -> io::Result<()> {
    let Some(mut file) = open_alone(path)? else { return Ok(()) };
    let mut old = Vec::new();
    file.read_to_end(&mut old)?;
    let cut = old.len().saturating_sub(kept_bytes as usize);
    let kept_from = memchr::memchr(b'\n', &old[cut..]).map_or(old.len(), |at| cut + at + 1);
    let (gone, kept) = old.split_at(kept_from);
    let before: u64 = gone.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice::<Dropped>(line).ok()).map(|d| d.dropped).sum();
    let lines = gone.split(|b| *b == b'\n').filter(|line| !line.is_empty()).count() as u64;
    let marks = u64::from(before > 0);
    let mut new = serde_json::to_vec(&Dropped { dropped: before + lines - marks })?;
    new.push(b'\n');
    new.extend_from_slice(kept);
    // Written beside and put in its place in one step: a kill in between loses no line. Whoever waits for the old file's lock sees that it
    // is not at its path any more.
    let draft = path.with_extension("draft");
    std::fs::write(&draft, &new)?;
    reach(Point::RoomDrafted);
    std::fs::rename(&draft, path)?;
    reach(Point::RoomMade);
    Ok(())
}

/// Returns whether the file that was opened is still the one at its path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file that is open cannot be removed there.
#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    Ok(path.exists())
}

#[cfg(test)]
mod tests;
