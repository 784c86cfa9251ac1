//! The ways into a team's PostgreSQL: TLS, socket, `~/.pgpass`, `PG*`. Whatever the way and whatever goes wrong, no output holds the password.

use crate::postgres::{Server, Setup};
use crate::support::{Sandbox, fixture, stderr, stdout};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

/// Found in no output, whole or in part.
const PASSWORD: &str = "q7mzk-w4xvj";

/// Returns a server that wants TLS and a password, and its database, empty.
fn guarded() -> Arc<Server> {
    static SERVER: OnceLock<Arc<Server>> = OnceLock::new();
    let start = || {
        let file = |name: &'static str| (name, std::fs::read_to_string(fixture("tls").join(name)).unwrap());
        let setup = Setup {
            // The socket is for the test itself, which comes as the owner.
            access: "local all postgres trust\nlocal all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256",
            settings: &[
                "listen_addresses=127.0.0.1",
                "ssl=on",
                "ssl_cert_file=HOME/server.crt",
                "ssl_key_file=HOME/server.key",
                "timezone=Asia/Tokyo",
            ],
            files: vec![file("server.crt"), file("server.key")],
            has_port: true,
        };
        let server = Server::start(&setup);
        server.psql(
            "postgres",
            &format!("create role keeper login createdb password '{PASSWORD}'; alter role keeper set timezone = 'Asia/Kolkata';"),
        );
        server.psql("postgres", "create database kept owner keeper; alter database kept set timezone = 'America/Lima';");
        server
    };
    Arc::clone(SERVER.get_or_init(start))
}

/// Variables of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Runs a command in the sandbox with these variables, and checks that it keeps the password to itself.
fn run(s: &Sandbox, variables: &[(&str, &str)], args: &[&str]) -> (Option<i32>, String) {
    let mut command: Command = s.command(args);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    let said = format!("{}{}", stdout(&output), stderr(&output));
    let parts = [PASSWORD, "q7mzk", "w4xvj"];
    assert!(!parts.iter().any(|part| said.contains(part)), "{variables:?} {args:?} shows the password: {said}");
    (output.status.code(), said)
}

fn write_private(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn every_way_in_leads_in() {
    let server = guarded();
    let s = Sandbox::of("vault");
    let (port, folder) = (server.port.to_string(), server.folder.as_str());
    let root = fixture("tls/root.crt").display().to_string();
    let pgpass = s.home().join(".pgpass");
    write_private(&pgpass, &format!("127.0.0.1:{port}:kept:keeper:{PASSWORD}\nlocalhost:{port}:kept:keeper:{PASSWORD}\n"), 0o600);
    let url = |rest: &str| format!("postgresql://{rest}");
    let whole = url(&format!("keeper:{PASSWORD}@127.0.0.1:{port}/kept"));
    assert_eq!(run(&s, &[("VAULT_SYNC_DATABASE_URL", &whole)], &["db", "migrate"]).0, Some(0));
    let at = |rest: &str| url(&format!("keeper@127.0.0.1:{port}/kept{rest}"));
    let ways: &[(&str, String, Variables<'_>)] = &[
        ("an address with all in it", whole.clone(), &[]),
        ("a password behind the question mark", url(&format!("127.0.0.1:{port}/kept?user=keeper&password={PASSWORD}")), &[]),
        ("PGPASSWORD", at(""), &[("PGPASSWORD", PASSWORD), ("HOME", "/nowhere")]),
        ("~/.pgpass", at(""), &[]),
        ("a socket", url(&format!("keeper@localhost:{port}/kept?host={folder}")), &[]),
        ("a socket and no host", url(&format!("keeper@/kept?host={folder}&port={port}")), &[("PGPASSWORD", PASSWORD)]),
        ("a socket as a host", url(&format!("keeper@{}:{port}/kept", folder.replace('/', "%2F"))), &[("PGPASSWORD", PASSWORD)]),
        (
            "PG* alone",
            url(""),
            &[("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGUSER", "keeper"), ("PGDATABASE", "kept"), ("PGPASSWORD", PASSWORD)],
        ),
        ("TLS", at("?sslmode=require"), &[]),
        ("TLS with a known root", at(&format!("?sslmode=verify-full&sslrootcert={root}")), &[]),
        ("TLS by variables", at(""), &[("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", &root)]),
        ("patience", at("?connect_timeout=20"), &[]),
    ];
    for (way, url, variables) in ways {
        let mut all = vec![("VAULT_SYNC_DATABASE_URL", url.as_str())];
        all.extend(*variables);
        let (code, said) = run(&s, &all, &["sync", "-vv"]);
        assert_eq!(code, Some(0), "{way}: {said}");
    }
}

#[test]
fn whatever_goes_wrong_the_password_is_not_shown() {
    let server = guarded();
    let s = Sandbox::of("vault");
    let port = server.port;
    let root = fixture("tls/other.crt").display().to_string();
    let wrongs: &[(String, i32)] = &[
        (format!("postgres://keeper:{PASSWORD}@127.0.0.1:{port}/nowhere"), 1),
        (format!("postgres://keeper:{PASSWORD}x@127.0.0.1:{port}/kept"), 1),
        (format!("postgres://nobody:{PASSWORD}@127.0.0.1:{port}/kept"), 1),
        (format!("postgres://keeper:{PASSWORD}@127.0.0.1:{port}/kept?sslmode=disable"), 1),
        (format!("postgres://keeper:{PASSWORD}@127.0.0.1:{port}/kept?sslmode=verify-full&sslrootcert={root}"), 1),
        (format!("postgres://keeper:{PASSWORD}@127.0.0.1:{port}/kept?sslmode=require&sslrootcert={root}"), 1),
        (format!("postgres://keeper:{PASSWORD}@127.0.0.1:{port}/kept?sslmode=verify-full&sslrootcert=/nowhere"), 1),
        (format!("postgres://keeper:{PASSWORD}@127.0.0.1:1/kept"), 75),
        (format!("postgres://keeper:{PASSWORD}@nowhere.invalid/kept"), 75),
        (format!("postgres://keeper:{PASSWORD}@localhost/kept?host=/nowhere"), 75),
        (format!("postgres://keeper:1/{PASSWORD}@127.0.0.1:{port}/kept"), 2),
        (format!("postgres://keeper:1#{PASSWORD}@127.0.0.1:{port}/kept"), 2),
        (format!("postgres://keeper:1?{PASSWORD}@127.0.0.1:{port}/kept"), 2),
        (format!("postgres://keeper@127.0.0.1:{port}/kept?pasword={PASSWORD}"), 2),
        (format!("mysql://keeper:{PASSWORD}@127.0.0.1/kept"), 2),
        (format!("host=127.0.0.1 user=keeper password={PASSWORD}"), 2),
        (PASSWORD.to_owned(), 2),
    ];
    for (url, code) in wrongs {
        for more in [&[][..], &[("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")]] {
            let variables = [&[("VAULT_SYNC_DATABASE_URL", url.as_str())], more].concat();
            let (is, said) = run(&s, &variables, &["-vv", "db", "status"]);
            assert_eq!(is, Some(*code), "{}: {said}", url.replace(PASSWORD, "***"));
        }
        // A search needs no database, and a wrong address is wrong all the same.
        for args in [&["-vv", "config"][..], &["--json", "config"], &["-vv", "search", "x"], &["-vv", "sync"]] {
            run(&s, &[("VAULT_SYNC_DATABASE_URL", url)], args);
        }
        run(&s, &[], &["--database-url", url, "config"]);
        if url.starts_with("postgres") && *code != 2 {
            let flag = format!("--database-urll={url}");
            for misplaced in [&[url.as_str()][..], &["config", url], &[&flag]] {
                assert_eq!(run(&s, &[], misplaced).0, Some(2));
            }
        }
    }
    let (code, said) = run(&s, &[("VAULT_SYNC_DATABASE_URL", &wrongs[0].0)], &["config"]);
    assert!(code == Some(0) && said.contains(&format!("postgres://keeper:***@127.0.0.1:{port}/nowhere")), "{said}");
}

#[test]
fn a_configuration_with_a_password_that_others_may_read_is_warned_about() {
    let s = Sandbox::of("vault");
    let file = s.home().join("sync.toml");
    let with = format!("[database]\nurl = \"postgres://keeper:{PASSWORD}@127.0.0.1:1/kept\"\n");
    for (text, mode, is_warned) in [
        (with.as_str(), 0o600, false),
        (&with, 0o644, true),
        (&with, 0o640, true),
        ("[database]\nurl = \"postgres://keeper@127.0.0.1:1/kept\"\n", 0o644, false),
        ("[database]\nurl = \"\"\n", 0o644, false),
    ] {
        write_private(&file, text, mode);
        let (code, said) = run(&s, &[], &["config"]);
        assert_eq!((code, said.contains("chmod 600")), (Some(0), is_warned), "{mode:o}: {said}");
    }
    // What does not come from the file is not its matter, and what is written wrongly is not shown either.
    write_private(&file, &with, 0o644);
    let (_, said) = run(&s, &[("VAULT_SYNC_DATABASE_URL", "postgres://x@y/z")], &["config"]);
    assert!(!said.contains("chmod 600"), "{said}");
    for wrong in [
        "database = \"ADDRESS\"",
        "database_url = \"ADDRESS\"",
        "[database]\nurl = ADDRESS",
        "[database]\nurl = [\"ADDRESS\"]",
        "[database]\nuri = \"ADDRESS\"",
    ] {
        let address = format!("postgres://keeper:{PASSWORD}@127.0.0.1:1/kept");
        write_private(&file, &wrong.replace("ADDRESS", &address), 0o600);
        assert_eq!(run(&s, &[], &["-vv", "sync"]).0, Some(2), "{wrong}");
    }
}

#[test]
fn a_pgpass_file_that_others_may_read_is_not_believed() {
    let server = guarded();
    let s = Sandbox::of("vault");
    write_private(&s.home().join(".pgpass"), &format!("*:*:*:keeper:{PASSWORD}\n"), 0o644);
    let (code, said) =
        run(&s, &[("VAULT_SYNC_DATABASE_URL", &format!("postgres://keeper@127.0.0.1:{}/kept", server.port))], &["db", "status"]);
    assert!(code == Some(1) && said.contains(".pgpass"), "{said}");
}

#[test]
fn connections_run_in_utc_under_our_name() {
    let server = guarded();
    let s = Sandbox::new();
    let url = format!("postgres://keeper:{PASSWORD}@127.0.0.1:{}/zoned", server.port);
    server.psql("postgres", "create database zoned owner keeper; alter database zoned set timezone = 'America/Lima'");
    let variables = [
        ("VAULT_SYNC_DATABASE_URL", url.as_str()),
        ("PGOPTIONS", "-c timezone=Asia/Tokyo"),
        ("TZ", "Pacific/Auckland"),
        ("PGTZ", "Asia/Seoul"),
    ];
    assert_eq!(run(&s, &variables, &["db", "migrate"]).0, Some(0));
    // What a connection of ours sees is written down by the database itself.
    server.psql(
        "zoned",
        "create table public.seen (zone text, name text); grant insert on public.seen to keeper; \
         create function public.note() returns trigger language plpgsql as $$ begin \
         insert into public.seen values (current_setting('timezone'), current_setting('application_name')); return new; end $$; \
         create trigger note after insert on claude.documents for each row execute function public.note();",
    );
    s.write("a.md", "A note.");
    let (code, said) = run(&s, &variables, &["sync"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(server.psql("zoned", "select * from public.seen"), "UTC|vault-sync");
}
