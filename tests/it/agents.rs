//! `mcp` as agents meet it: the official client asks, `tests/mcp_client.py`; some of it is said without a client, to see what else is on the wire.

use crate::log::Other;
use crate::postgres;
use crate::support::{Sandbox, column, fixture, stderr, wait_until};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// The official client, of this version, in a folder that `tests/run` fills.
const CLIENT: &str = "vault-sync-mcp-2.3.0";
const LIMIT: Duration = Duration::from_secs(60);

/// A client with a server of its own.
struct Agent {
    client: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

#[allow(clippy::needless_pass_by_value, reason = "what is asked is written where it is answered")]
impl Agent {
    fn of(sandbox: &Sandbox) -> Self {
        Self::with(sandbox, &[])
    }

    fn with(sandbox: &Sandbox, environment: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(CLIENT);
        assert!(folder.join("mcp").is_dir(), "the official client of MCP is not in {}: `tests/run` puts it there", folder.display());
        let server = sandbox.command(&["mcp"]);
        let mut command = Command::new("python3");
        command.arg(fixture("../tests/mcp_client.py")).arg(server.get_program()).args(server.get_args());
        command.env_clear().env("PYTHONPATH", folder).envs(environment.iter().copied());
        command.envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(sandbox.home()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut client = command.spawn().expect("python3 is there");
        let (to, from) = (client.stdin.take(), BufReader::new(client.stdout.take().unwrap()));
        Self { client, to, from }
    }

    fn ask(&mut self, what: &Value) -> Value {
        writeln!(self.to.as_mut().unwrap(), "{what}").expect("the client listens");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the client answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{what}: {error}: {line:?}"))
    }

    /// Calls a tool and returns its text, and whether it is an error.
    fn call(&mut self, tool: &str, arguments: Value) -> (String, bool) {
        let answer = self.ask(&json!(["call", tool, arguments]));
        let text = answer["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{tool} {arguments}: {answer}"));
        (text.to_owned(), answer["isError"] == true)
    }

    /// Calls a tool and returns the document that it answers with.
    fn document(&mut self, tool: &str, arguments: Value) -> Value {
        let (text, is_error) = self.call(tool, arguments.clone());
        assert!(!is_error, "{tool} {arguments}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{tool} {arguments}: {error}: {text}"))
    }

    fn server_pid(&self) -> i32 {
        let children = PathBuf::from(format!("/proc/{0}/task/{0}/children", self.client.id()));
        let mut pid = None;
        wait_until(LIMIT, "the client has a server", || {
            let text = std::fs::read_to_string(&children).unwrap_or_default();
            pid = text.split_whitespace().next().and_then(|pid| pid.parse().ok());
            pid.is_some()
        });
        pid.unwrap()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.to.take());
        let _ = self.client.wait();
    }
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("Home.md", "---\ntags: [start]\nstatus: draft\nproject: alpha\n---\n# Home\n[[Plan]] and [[Nowhere]]\n- [ ] open task\n");
    sandbox.write("In/Plan.md", "# Plan\nneedle here\n## Steps\none\n## Costs\ntwo [[Home]]\n");
    let long: String = (1..=400).map(|n| format!("A line of some length, number {n}, haystack.\n")).collect();
    sandbox.write("Long.md", format!("# Long\n{long}"));
    sandbox
}

#[test]
fn an_agent_meets_a_server_and_its_tools() {
    let sandbox = sandbox();
    sandbox.sync();
    let mut agent = Agent::of(&sandbox);
    let server = agent.ask(&json!(["server"]));
    assert_eq!(server["serverInfo"]["name"], "vault-sync");
    let tools = agent.ask(&json!(["tools"]))["tools"].take();
    let path = fixture("mcp-tools.json");
    if std::env::var("TOOLS").is_ok_and(|wish| wish == "write") {
        std::fs::write(&path, serde_json::to_string_pretty(&tools).unwrap() + "\n").unwrap();
    }
    let known: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(tools, known, "`TOOLS=write tests/run meets_a_server` writes fixtures/mcp-tools.json anew");
    assert!(tools.to_string().len() < 10_000, "each agent pays for the descriptions before it asks anything");
}

#[test]
fn each_tool_answers_what_the_command_line_does() {
    let sandbox = sandbox();
    sandbox.sync();
    let mut agent = Agent::of(&sandbox);
    let found = agent.document("search", json!({"query": "needle"}));
    let hit = &found["results"][0];
    assert_eq!((&hit["path"], &hit["cite"], &found["total"]), (&json!("In/Plan.md"), &json!("In/Plan.md:2"), &json!(1)));
    assert_eq!((&found["freshness"]["watcher"], hit.get("score")), (&json!("absent"), None));
    let part = agent.document("get", json!({"note": hit["short_id"], "section": "Costs"}));
    assert_eq!((&part["text"], &part["cite"]), (&json!("## Costs\ntwo [[Home]]\n"), &json!("In/Plan.md:5")));
    assert_eq!(agent.document("get", json!({"note": "plan", "lines": "2-3"}))["text"], "needle here\n## Steps\n");
    assert_eq!(agent.document("get", json!({"note": "Home"}))["text"], sandbox.read("Home.md").as_str());
    let ends = |links: &Value| column(links, "results", "/cite");
    assert_eq!(ends(&agent.document("links", json!({"direction": "out", "note": "Home"}))), ["Home.md:7", "Home.md:7"]);
    assert_eq!(ends(&agent.document("links", json!({"direction": "in", "note": "Home"}))), ["In/Plan.md:6"]);
    let missing = agent.document("links", json!({"direction": "unresolved"}));
    assert_eq!(column(&missing, "results", "/unresolved"), ["Nowhere"]);
    for (what, key, expected) in [
        (json!({"what": "tags"}), "/tag", &["#start"][..]),
        (json!({"what": "properties"}), "/property", &["project", "status", "tags"]),
        (json!({"what": "values", "property": "status"}), "/value", &["draft"]),
        (json!({"what": "projects"}), "/project", &["alpha"]),
        (json!({"what": "notes", "path": "In/"}), "/path", &["In/Plan.md"]),
        (json!({"what": "orphans"}), "/path", &["Long.md"]),
        (json!({"what": "tasks", "project": "alpha"}), "/cite", &["Home.md:8"]),
    ] {
        assert_eq!(column(&agent.document("list", what.clone()), "results", key), expected, "{what}");
    }
    assert_eq!(agent.document("list", json!({"what": "recent", "limit": 1}))["total"], 3);
    assert_eq!(agent.document("status", json!({}))["vaults"][0]["notes"], 3);
    let added = agent.document("changes", json!({}));
    assert_eq!(column(&added, "results", "/op"), ["added"; 3]);
    sandbox.rename("Long.md", "In/Long.md");
    sandbox.sync();
    let moved = agent.document("changes", json!({"since": added["read_to"]}));
    assert_eq!((&moved["results"][0]["old_path"], &moved["total"]), (&json!("Long.md"), &json!(1)));
    let told = agent.document("feedback", json!({"log_id": found["log_id"], "verdict": "useful"}));
    assert_eq!((&told["id"], &told["verdict"]), (&found["log_id"], &json!("useful")));
}

#[test]
fn an_answer_keeps_to_its_budget_and_says_how_to_go_on() {
    let sandbox = sandbox();
    (0..40).for_each(|n| sandbox.write(&format!("Many/{n}.md"), format!("# Note {n}\nstraw in many a line {n}\n")));
    sandbox.sync();
    let mut agent = Agent::of(&sandbox);
    let (mut text, mut from) = (String::new(), "1-".to_owned());
    while text.lines().count() < 401 {
        let (said, _) = agent.call("get", json!({"note": "Long", "lines": from, "max_tokens": 500}));
        assert!(said.len() <= 2000, "{}", said.len());
        let part: Value = serde_json::from_str(&said).unwrap();
        text.push_str(part["text"].as_str().unwrap());
        from = part["next"]["lines"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(text, sandbox.read("Long.md"));
    for (tool, arguments) in [("search", json!({"query": "straw", "limit": 40})), ("list", json!({"what": "notes", "path": "Many/"}))] {
        let (mut paths, mut offset) = (Vec::new(), Some(0));
        while let Some(from) = offset {
            let mut page = arguments.clone();
            (page["offset"], page["max_tokens"]) = (json!(from), json!(600));
            let (said, _) = agent.call(tool, page);
            assert!(said.len() <= 2400, "{tool}: {}", said.len());
            let answer: Value = serde_json::from_str(&said).unwrap();
            paths.extend(column(&answer, "results", "/path"));
            offset = answer["next"]["offset"].as_u64();
        }
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), 40, "{tool}");
    }
}

#[test]
fn an_error_is_told_in_the_words_of_the_command_line() {
    let sandbox = sandbox();
    let mut agent = Agent::of(&sandbox);
    assert_eq!(agent.call("search", json!({"query": "x"})), ("there is no index yet\n  run `vault-sync sync` first".to_owned(), true));
    sandbox.sync();
    for (tool, arguments, command) in [
        ("search", json!({"query": "x fiel:y"}), &["search", "x fiel:y"][..]),
        ("get", json!({"note": "Nothing"}), &["show", "Nothing"]),
        ("get", json!({"note": "Plan", "section": "Stepps"}), &["show", "Plan", "--section", "Stepps"]),
        ("get", json!({"note": "Plan", "lines": "x"}), &["show", "Plan", "--lines", "x"]),
        ("list", json!({"what": "notes", "since": "soon"}), &["ls", "--since", "soon"]),
    ] {
        let (said, is_error) = agent.call(tool, arguments);
        assert!(is_error);
        assert_eq!(format!("vault-sync: {said}\n"), stderr(&sandbox.vault_sync(command)));
    }
    assert!(agent.call("search", json!({"qery": "x"})).0.contains("unknown field `qery`, expected one of `query`"));
    assert!(agent.call("status", json!({"vault": "valt"})).0.contains("did you mean 'vault'?"));
    let unknown = agent.ask(&json!(["call", "serch", {}]));
    assert!(unknown["error"].as_str().is_some_and(|said| said.contains("did you mean 'search'?")), "{unknown}");
    assert_eq!(agent.document("search", json!({"query": "needle"}))["total"], 1, "and goes on");
}

#[test]
fn notes_are_resources() {
    let sandbox = sandbox();
    sandbox.write("In/Ü 100%.md", "percent");
    sandbox.sync();
    let mut agent = Agent::of(&sandbox);
    let listed = agent.ask(&json!(["resources"]));
    let mut names = column(&listed, "resources", "/name");
    names.sort();
    assert_eq!(names, ["Home.md", "In/Plan.md", "In/Ü 100%.md", "Long.md"]);
    for note in listed["resources"].as_array().unwrap() {
        let read = agent.ask(&json!(["read", note["uri"]]));
        assert_eq!(read["contents"][0]["text"], sandbox.read(note["name"].as_str().unwrap()).as_str());
    }
    assert_eq!(agent.ask(&json!(["templates"]))["resourceTemplates"][0]["uriTemplate"], "vault-sync://{vault}/{+path}");
    assert!(agent.ask(&json!(["read", "vault-sync://vault/none.md"]))["error"].as_str().unwrap().contains("no note 'none.md'"));
    assert!(agent.ask(&json!(["read", "file:///etc/passwd"]))["error"].as_str().unwrap().contains("is no address of a note"));
}

/// Failure 13 of the peers: several servers beside one another, none of which may hold what another needs or serve what was.
#[test]
fn two_servers_follow_the_index_as_it_changes() {
    let sandbox = sandbox();
    sandbox.sync();
    let (mut one, mut other) = (Agent::of(&sandbox), Agent::of(&sandbox));
    for round in 0..3 {
        sandbox.write(&format!("new {round}.md"), format!("thread{round}"));
        if round == 1 {
            sandbox.text(&["resync"]);
        } else {
            sandbox.sync();
        }
        for agent in [&mut one, &mut other] {
            assert_eq!(agent.document("search", json!({"query": format!("thread{round}")}))["total"], 1, "round {round}");
        }
    }
    sandbox.remove("new 0.md");
    assert_eq!(one.document("search", json!({"query": "thread0"}))["total"], 0, "a note that is gone is not shown");
}

#[test]
fn a_server_ends_with_its_client() {
    let sandbox = sandbox();
    sandbox.sync();
    let is_there = |pid: i32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    };
    let mut agent = Agent::of(&sandbox);
    agent.document("search", json!({"query": "needle"}));
    let pid = agent.server_pid();
    assert!(is_there(pid));
    agent.client.kill().unwrap();
    wait_until(LIMIT, "the server of a killed client is gone", || !is_there(pid));
    let output = sandbox.command(&["mcp"]).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "a client that says nothing: {}", stderr(&output));
}

#[test]
fn nothing_but_the_protocol_is_on_stdout() {
    let sandbox = sandbox();
    sandbox.sync();
    let mut command = sandbox.command(&["-vv", "mcp"]);
    let mut server = command.env("RUST_LOG", "debug").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let client = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bare", "version": "1"}});
    let call = |tool: &str, arguments: Value| json!({"name": tool, "arguments": arguments});
    let mut messages = vec![
        json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": client}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
    ];
    let calls = [
        call("search", json!({"query": "needle \"open"})),
        call("search", json!({"query": "fiel:y"})),
        call("list", json!({"what": "values", "property": "sttus"})),
        call("get", json!({"note": "Home"})),
        call("status", json!({})),
    ];
    messages.extend((1..).zip(calls).map(|(id, params)| json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})));
    let (mut to, mut lines) = (server.stdin.take().unwrap(), BufReader::new(server.stdout.take().unwrap()).lines());
    let said = std::thread::spawn({
        let err = server.stderr.take().unwrap();
        move || std::io::read_to_string(err).unwrap()
    });
    messages.iter().for_each(|message| writeln!(to, "{message}").unwrap());
    let mut ids = Vec::new();
    while ids.len() < 6 {
        let line = lines.next().expect("the server answers").unwrap();
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        ids.push(message["id"].as_u64().unwrap());
    }
    drop(to);
    assert_eq!(lines.next().map(Result::unwrap), None);
    assert!(server.wait().unwrap().success());
    assert!(!said.join().unwrap().is_empty(), "what it does is said on stderr");
    ids.sort_unstable();
    assert_eq!(ids, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn lookups_and_calls_are_logged_with_who_asked() {
    let database = postgres::database();
    for url in [None, Some(database.url.as_str())] {
        let sandbox = if let Some(url) = url { sandbox().on(url) } else { sandbox() };
        sandbox.sync();
        let mut other = Other::of(&sandbox, url);
        let session = "0190d6f0-0000-7000-8000-000000000001";
        other.run(&format!("insert into claude.sessions (session_id, project_name) values ('{session}', 'alpha')"));
        let mut agent = Agent::with(&sandbox, &[("VAULT_SYNC_SESSION", session), ("VAULT_SYNC_PROJECT", "alpha")]);
        agent.document("search", json!({"query": "needle", "path": "In/"}));
        agent.call("get", json!({"note": "Nothing"}));
        drop(agent);
        let mut agent = Agent::with(&sandbox, &[("VAULT_SYNC_AGENT", "named"), ("VAULT_SYNC_SESSION", "no uuid")]);
        agent.document("search", json!({"query": "nowhere"}));
        drop(agent);
        let log = sandbox.json(&["log"]);
        let said = |pointer: &str| column(&log, "results", pointer);
        assert_eq!(said("/query"), ["nowhere", "needle --path In/"]);
        assert_eq!(said("/agent"), ["named", "mcp"], "the client's own name, unless the environment says one");
        let calls = "from claude.mcp_usage where mcp_server = 'vault-sync'";
        assert_eq!(other.count(calls), 3);
        let whole = "and execution_time_ms >= 0 and input_size_bytes > 10 and output_size_bytes > 10 and tool_kind = 'mcp'";
        assert_eq!(other.count(&format!("{calls} {whole}")), 3);
        assert_eq!(other.count(&format!("{calls} and session_id = '{session}' and project_name = 'alpha'")), 2);
        assert_eq!(
            other.count(&format!("{calls} and tool_name = 'get' and not cast(success as boolean) and error_message like 'no note%'")),
            1
        );
    }
}

/// The log is off the answer's path: what holds the database holds no answer.
#[test]
fn a_database_that_is_held_keeps_no_search_waiting() {
    let sandbox = sandbox();
    sandbox.sync();
    let mut agent = Agent::of(&sandbox);
    agent.document("search", json!({"query": "needle"}));
    let mut other = Other::of(&sandbox, None);
    other.hold();
    (0..5).for_each(|_| assert_eq!(agent.document("search", json!({"query": "needle"}))["total"], 1));
    other.run("rollback");
    assert_eq!(column(&sandbox.json(&["log"]), "results", "/query").len(), 6);
    assert_eq!(other.count("from claude.mcp_usage"), 6);
}
