//! The agents: each asks one thing after another, each time with a process of its own.

use crate::random::Random;
use crate::stage::Stage;
use std::time::Duration;

const LISTS: [&str; 7] = ["ls", "tags", "recent", "unresolved", "tasks", "orphans", "properties"];
const SQL: &str = "select doc_type, count(*) from claude.documents group by doc_type";

/// Asks one thing, chosen by chance.
pub fn ask(stage: &Stage, random: &mut Random) {
    let name = random.name();
    match random.below(20) {
        0 => look(stage, &[random.of(&LISTS), "-n", "20"], &[0]),
        // A note may not be there, or be several.
        1 => look(stage, &["links", &name], &[0, 1]),
        2 => look(stage, &["backlinks", &name], &[0, 1]),
        3 => look(stage, &["show", &name], &[0, 1]),
        4 => look(stage, &["status"], &[0]),
        5 => look(stage, &["log", "stats"], &[0]),
        6 => look(stage, &["log", "-n", "5"], &[0]),
        7 => look(stage, &["sql", SQL], &[0]),
        8 => look(stage, &["why", &format!("{name}.md")], &[0]),
        _ => search(stage, random),
    }
    std::thread::sleep(Duration::from_millis(random.below(60) as u64));
}

fn look(stage: &Stage, args: &[&str], codes: &[i32]) {
    stage.run(&[&["--json"], args].concat(), codes);
    stage.count("agents", args[0]);
}

/// Searches; now and then whoever does is killed.
fn search(stage: &Stage, random: &mut Random) {
    let query = match random.below(6) {
        0 => format!("\"{}\"", random.name()),
        1 => format!("tag:topic/{}", random.word()),
        2 => format!("path:Work {}", random.word()),
        3 => format!("{} -{}", random.word(), random.word()),
        4 => format!("[status:{}]", random.word()),
        _ => format!("{} {}", random.word(), random.word()),
    };
    let fresh = random.of(&["--fresh=auto", "--fresh=auto", "--fresh=always", "--fresh=never"]);
    let args = ["--json", "search", fresh, "--", &query];
    let (ended, kind) = match random.below(25) {
        0 => (stage.run_for(&args, &[0], Duration::from_millis(random.below(40) as u64)), "search, killed"),
        _ => (stage.run(&args, &[0]), "search"),
    };
    stage.count("agents", kind);
    let answer = ended.json();
    let (Some(id), Some(results)) = (answer["log_id"].as_str(), answer["results"].as_array()) else {
        if ended.code == Some(0) {
            stage.fail(&format!("the search {query:?} was not logged: {answer}"));
        }
        return;
    };
    let ids: std::collections::BTreeSet<_> = results.iter().map(|hit| hit["id"].as_str()).collect();
    if ids.len() < results.len() {
        stage.fail(&format!("the search {query:?} found a document twice: {answer}"));
    }
    let mut counts = stage.counts();
    // A lookup is logged after its answer: of who is killed between, nothing is known.
    let noted = if ended.code == Some(0) { &mut counts.asked } else { &mut counts.perhaps };
    noted.insert(id.to_owned(), results.len() as u64);
    // Those that ask to be fresh wait for others up to two seconds, as they were told to.
    if kind == "search" && !ended.is_excused && fresh != "--fresh=always" {
        counts.latencies.push(ended.took);
    }
}
