//! The page of `graph --format html` in a real browser, without a window: Debian's Chromium, told what to do by ChromeDriver, which speaks
//! plain JSON over HTTP (W3C WebDriver).

use crate::support::{Sandbox, column, wait_until};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A browser without network, profile or news from home; gone when dropped.
struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    fn start(sandbox: &Sandbox) -> Self {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").env("HOME", sandbox.home()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = command.spawn().expect("ChromeDriver is missing: run tests/run, or apt-get install chromium-driver");
        let lines = BufReader::new(driver.stdout.take().expect("stdout is piped")).lines().map_while(Result::ok);
        let port = lines.into_iter().find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let mut browser = Self { driver, port: port.expect("ChromeDriver says where it listens"), session: String::new() };
        let profile = format!("--user-data-dir={}", sandbox.home().join("profile").display());
        let flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
             --disable-component-update --disable-sync --window-size=1000,700";
        let flags: Vec<&str> = flags.split_whitespace().chain([profile.as_str()]).collect();
        let wish = json!({"goog:chromeOptions": {"args": flags}, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}});
        let session = browser.ask("POST", "/session", &json!({"capabilities": {"alwaysMatch": wish}}));
        browser.session = session["sessionId"].as_str().expect("a session has an id").to_owned();
        // What it begins with is a page of its own, made of many parts.
        browser.session("url", &json!({"url": "about:blank"}));
        browser.requests();
        browser
    }

    /// Asks the driver, and returns the value that it answers.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.answer(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert!(answer["value"].get("error").is_none(), "{path}: {}", answer["value"]["message"]);
        answer["value"].clone()
    }

    fn answer(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        let body = body.to_string();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n", self.port);
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len())?;
        // The driver leaves the connection open: how much there is to read stands at the head.
        let (mut reader, mut length, mut line) = (BufReader::new(stream), 0, String::new());
        while reader.read_line(&mut line)? > 2 {
            let field = line.to_lowercase();
            length = field.strip_prefix("content-length:").and_then(|n| n.trim().parse().ok()).unwrap_or(length);
            line.clear();
        }
        let mut json = vec![0; length];
        reader.read_exact(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }

    fn session(&self, path: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{path}", self.session), body)
    }

    /// Runs a function's body in the page.
    fn run(&self, script: &str) -> Value {
        self.session("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Opens a page and waits until its nodes have come to rest and are painted.
    fn open(&self, sandbox: &Sandbox, name: &str) {
        self.session("url", &json!({"url": format!("file://{}", sandbox.home().join(name).display())}));
        wait_until(Duration::from_secs(120), "the layout comes to rest", || self.told("state") == "rest" && !self.told("paint").is_empty());
    }

    /// Returns what the page says of itself.
    fn told(&self, key: &str) -> String {
        self.run(&format!("return document.documentElement.dataset.{key} ?? ''")).as_str().unwrap_or_default().to_owned()
    }

    /// Types into the search box, and returns how many notes that finds.
    fn search(&self, text: &str) -> String {
        self.run(&format!("el('search').value = {}; el('search').dispatchEvent(new Event('input'))", json!(text)));
        self.told("hits")
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        self.session("se/log", &json!({"type": kind})).as_array().cloned().unwrap_or_default()
    }

    /// Returns all addresses that were asked for since the last time.
    fn requests(&self) -> Vec<String> {
        let events = self.log("performance").into_iter().filter_map(|entry| serde_json::from_str::<Value>(entry["message"].as_str()?).ok());
        let requests = events.filter(|event| event["message"]["method"] == "Network.requestWillBeSent");
        requests.map(|event| event["message"]["params"]["request"]["url"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser behind. Whatever fails here, the test has its verdict already.
        let _ = self.answer("DELETE", &format!("/session/{}", self.session), &json!({}));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// What would run, or break the page, where a name is taken for more than a text.
const HOSTILE: &str = "</script><script>document.documentElement.dataset.ran = 1</script>\
     <img src=x onerror='document.documentElement.dataset.ran = 2'>{{SCRIPT}}\u{2028}${1}";

#[test]
fn the_page_of_a_graph_works_alone_and_takes_names_for_names() {
    let s = Sandbox::of("vault");
    s.write("20-Domains/Hostile.md", format!("---\ntitle: {}\n---\n[[Home]] [[<img src=y>]] #<b>", json!(HOSTILE)));
    s.write("Empty/Alone.md", "");
    s.sync();
    let graph = s.json(&["graph", "--unresolved", "--tags"]);
    s.text(&["graph", "--unresolved", "--tags", "-o", "all.html"]);
    s.text(&["graph", "Home", "-o", "near.html"]);
    let browser = Browser::start(&s);
    browser.open(&s, "all.html");
    let count = |list: &str| graph[list].as_array().unwrap().len().to_string();
    assert_eq!((browser.told("nodes"), browser.told("edges")), (count("nodes"), count("edges")));
    assert_eq!(browser.run("return [...graph.x, ...graph.y].every(Number.isFinite)"), true);
    let places = "return new Set(Array.from(graph.x, (x, i) => `${x.toFixed(1)} ${graph.y[i].toFixed(1)}`)).size";
    assert_eq!(browser.run(places).to_string(), count("nodes"), "no two nodes lie at one place");
    let painted = "const {width, height} = el('base'); \
         return el('base').getContext('2d').getImageData(0, 0, width, height).data.some((value) => value > 0)";
    assert_eq!(browser.run(painted), true);

    let titles = column(&graph, "nodes", "/title");
    let found = titles.iter().filter(|title| title.to_lowercase().contains("session lifecycle")).count();
    assert_eq!(browser.search("session lifecycle"), found.to_string());
    assert_eq!(browser.search("dataset.ran"), "1");
    browser.run("el('hits').querySelector('button').click()");
    assert_eq!(browser.run("return el('title').textContent"), HOSTILE);
    assert_eq!(browser.run("return el('open').href"), "obsidian://open?vault=vault&file=20-Domains%2FHostile.md");
    assert_eq!(browser.search(""), "0");
    assert_eq!(browser.told("ran"), "");
    assert_eq!(browser.run("return [document.images.length, document.scripts.length]"), json!([0, 2]));
    let inject =
        "const s = document.createElement('script'); s.textContent = 'document.documentElement.dataset.ran = 3'; document.body.append(s)";
    assert_eq!(browser.log("browser"), [] as [Value; 0], "nothing is complained of");
    browser.run(inject);
    assert_eq!(browser.told("ran"), "", "a script that the page does not know of");
    assert_eq!(browser.log("browser").len(), 1, "and the browser says so");

    let shown = |browser: &Browser| browser.told("shown").parse::<usize>().unwrap();
    let all = shown(&browser);
    browser.run("el('legend').querySelector('button').click()");
    assert!(shown(&browser) < all);
    browser.run("el('by').value = 'tag'; el('by').onchange()");
    assert_eq!(shown(&browser), all);

    for event in [
        "el('over').dispatchEvent(new WheelEvent('wheel', {deltaY: -200, clientX: 500, clientY: 300, cancelable: true}))",
        "document.activeElement.blur(); document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowLeft', bubbles: true}))",
    ] {
        let before = browser.run("return {...draw.view}");
        browser.run(event);
        assert_ne!(browser.run("return {...draw.view}"), before, "{event}");
    }

    browser.open(&s, "near.html");
    let near = s.json(&["graph", "Home"]);
    assert_eq!(browser.told("nodes"), near["nodes"].as_array().unwrap().len().to_string());
    assert_eq!(browser.log("browser"), [] as [Value; 0]);
    let is_own = |url: &String| url.starts_with("file:///") || url.starts_with("blob:null/");
    let requests = browser.requests();
    assert!(requests.iter().all(is_own), "{requests:?}");
    assert_eq!(requests.iter().filter(|url| url.starts_with("file:")).count(), 2, "{requests:?}");
}

#[test]
fn a_graph_of_nothing_is_a_page_too() {
    let s = Sandbox::new();
    s.sync();
    s.text(&["graph", "-o", "none.html"]);
    let browser = Browser::start(&s);
    browser.open(&s, "none.html");
    assert_eq!((browser.told("nodes"), browser.run("return el('sum').textContent")), ("0".to_owned(), json!("0 nodes, 0 edges")));
    assert_eq!(browser.log("browser"), [] as [Value; 0]);
}
