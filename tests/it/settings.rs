//! What a server, a database or a role may have set for all who come: order, isolation, time zone, how texts are read. It changes nothing.

use crate::log::Other;
use crate::postgres::{self, Database};
use crate::support::{Sandbox, assert_same_dump, column, stderr, wait_until};
use crate::watching::Watch;
use std::process::Stdio;
use std::time::Duration;

const ODD: [&str; 13] = [
    "search_path = ''",
    "standard_conforming_strings = off",
    "backslash_quote = off",
    "escape_string_warning = off",
    "default_transaction_isolation = 'serializable'",
    "bytea_output = 'escape'",
    "datestyle = 'German'",
    "timezone = 'Asia/Tokyo'",
    "intervalstyle = 'iso_8601'",
    "extra_float_digits = -3",
    "client_encoding = 'LATIN1'",
    "array_nulls = off",
    "plan_cache_mode = force_generic_plan",
];

/// Returns an empty database in which signs count for nothing in the order of texts, if the server knows such an order.
fn of_human_order() -> Database {
    let server = postgres::empty().server;
    let knows = server.psql("postgres", "select count(*) > 0 from pg_collation where collname = 'und-x-icu'") == "t";
    server.database(if knows { "template template0 locale_provider icu icu_locale 'und-u-ka-shifted'" } else { "" })
}

fn set(database: &Database, settings: &[&str]) {
    for setting in settings {
        database.query(&format!("alter database {} set {setting}", database.name));
    }
}

#[test]
fn odd_settings_change_nothing() {
    let (database, by_hand) = (of_human_order(), postgres::empty());
    set(&database, &ODD);
    set(&by_hand, &ODD);
    let create = "[projects]\nunknown = \"create\"\n";
    let s = Sandbox::of("vault").on(&database.url).configured(create);
    by_hand.query(&s.text(&["db", "migrate", "--dry-run"]));
    s.text(&["db", "migrate"]);
    Sandbox::new().on(&by_hand.url).text(&["db", "status"]);
    let sqlite = Sandbox::new().over(&s.vault).configured(create);
    s.sync();
    sqlite.sync();
    assert_same_dump(&s.text(&["dump"]), &sqlite.text(&["dump"]), "under odd settings");
    s.text(&["verify"]);
    let statement =
        ["sql", "select min(updated_at) >= max(updated_at) - interval '1 hour' as near, 0.1::float8 as f from claude.documents"];
    assert_eq!(s.text(&[&statement[..], &["--format", "csv"]].concat()), "near,f\ntrue,0.1\n");
}

#[test]
fn what_failed_in_a_folder_goes_with_it_whatever_the_order() {
    let database = of_human_order();
    database.migrate();
    let s = Sandbox::new().on(&database.url);
    s.write("Docs/a.md", "one");
    s.write("Docs/zeros.md", [0; 9]);
    s.write("Docs.md", "another");
    s.vault_sync(&["sync"]);
    assert_eq!(database.query("select path from claude.vault_files"), "Docs/zeros.md");
    let watch = Watch::start(&s);
    std::fs::rename(s.vault.join("Docs"), s.home().join("Docs")).unwrap();
    watch.expect("archived", "Docs/a.md");
    watch.stop();
    assert_eq!(database.query("select path from claude.vault_files"), "");
    assert_eq!(column(&s.json(&["ls"]), "results", "/path"), ["Docs.md"]);
}

#[test]
fn what_a_server_does_not_let_us_do_has_its_cure() {
    let sleeper = "create function claude.slow() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$; \
         create trigger slow before insert on claude.documents for each row execute function claude.slow()";
    for (sql, setting, said) in [
        ("", "default_transaction_read_only = on", "the database takes no writes"),
        (sleeper, "statement_timeout = '500ms'", "options[statement_timeout]=0"),
        ("alter table claude.documents alter column doc_title type varchar(3)", "work_mem = '8MB'", "is too narrow"),
    ] {
        let database = postgres::database();
        database.query(sql);
        set(&database, &[setting]);
        let s = Sandbox::new().on(&database.url);
        s.write("a.md", "# A longer title\n");
        let refused = s.vault_sync(&["sync"]);
        assert!(refused.status.code() == Some(1) && stderr(&refused).contains(said), "{said}: {}", stderr(&refused));
    }
}

#[test]
fn a_run_waits_for_another_whatever_the_isolation_and_says_when_it_may_not() {
    let database = postgres::database();
    set(&database, &["default_transaction_isolation = 'repeatable read'"]);
    let s = Sandbox::of("vault").on(&database.url);
    s.sync();
    s.write("new.md", "new");
    let mut other = Other::of(&s, Some(&database.url));
    let hold = "set lock_timeout = 0; begin; update claude.store set revision = revision + 1";
    other.run(hold);
    let mut waiting = s.command(&["sync"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    wait_until(Duration::from_secs(60), "it waits", || database.query(waits) == "1");
    other.run("commit");
    assert!(waiting.wait().unwrap().success());

    set(&database, &["lock_timeout = '100ms'"]);
    s.write("newer.md", "newer");
    other.run(hold);
    let refused = s.vault_sync(&["sync"]);
    assert_eq!(refused.status.code(), Some(75), "{}", stderr(&refused));
    other.run("commit");
    s.sync();
}
