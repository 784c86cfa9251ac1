//! Tables that were there before us, and what others have built on their columns: views on views, triggers, policies. All of it stays.

use crate::postgres::{self, Database};
use crate::support::{Sandbox, column, stderr, stdout};
use crate::watching::Watch;
use serde_json::json;

/// Columns in the shapes of a live database; the text of `PATH` is the type of the paths.
const TABLES: &str = "create schema claude;
    do $$ begin
        create collation claude.human (provider = icu, locale = 'und-u-ka-shifted'); -- in which signs count for nothing
    exception when others then
        create collation claude.human from \"C\"; -- a server that knows no other
    end $$;
    create table claude.documents (doc_id uuid, doc_title varchar(200), file_path PATH, is_archived boolean, updated_at timestamp);
    insert into claude.documents (doc_id, doc_title, file_path) values ('90000000-0000-4000-8000-000000000001', 'theirs', 'docs/a.md');
    create role NAME; ";

const BUILT: &str = "
    alter table claude.documents add column path_length integer generated always as (length(file_path)) stored;
    create index their_index on claude.documents (lower(file_path));
    create statistics their_statistics on file_path, doc_title from claude.documents;
    alter table claude.documents add constraint their_check check (file_path <> 'no');
    create view claude.paths with (security_barrier) as select doc_id, file_path, doc_title from claude.documents where doc_title <> 'x';
    create view claude.paths_too as select file_path as path from claude.paths where file_path > '';
    create materialized view claude.paths_once as select file_path from claude.documents;
    grant select (file_path), update on claude.paths to NAME; grant select on claude.paths_too to public;
    alter view claude.paths alter column doc_title set default 'none'; comment on view claude.paths is 'theirs';
    comment on column claude.paths.file_path is 'their column';
    create function claude.noticed() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger their_trigger before update of file_path, doc_title on claude.documents for each row execute function claude.noticed();
    create policy their_policy on claude.documents to NAME using (file_path <> 'hidden');
    create function claude.path(uuid) returns text begin atomic select file_path from claude.documents where doc_id = $1; end;";

/// Returns all that others see of what they have built.
fn built(database: &Database) -> String {
    [
        "select oid, relname, relowner, relacl, reloptions, obj_description(oid), pg_get_viewdef(oid) from pg_class \
         where relnamespace = 'claude'::regnamespace and relkind in ('v', 'm') and relname like 'path%'",
        "select attname, atttypid, atttypmod, attcollation, attacl, col_description(attrelid, attnum), pg_get_expr(adbin, adrelid) \
         from pg_attribute left join pg_attrdef on (adrelid, adnum) = (attrelid, attnum) where attrelid in (select oid from pg_class \
         where relname in ('paths', 'paths_too', 'paths_once')) or attrelid = 'claude.documents'::regclass and attname in \
         ('file_path', 'doc_title', 'path_length')",
        "select pg_get_triggerdef(oid) from pg_trigger where tgname = 'their_trigger'",
        "select pg_get_expr(polqual, polrelid) from pg_policy",
        "select pg_get_functiondef('claude.path'::regproc)",
        "select pg_get_indexdef('claude.their_index'::regclass)",
        "select pg_get_constraintdef(oid) from pg_constraint where conname = 'their_check'",
        "select path_length from claude.documents where doc_title = 'theirs'",
        "select * from claude.paths_too where path = 'docs/a.md'",
    ]
    .map(|sql| database.query(&format!("{sql} order by 1")))
    .join("\n")
}

fn database(path_kind: &str, sql: &str) -> Database {
    let database = postgres::empty();
    database.query(&format!("{TABLES}{sql}").replace("PATH", path_kind).replace("NAME", &format!("reader_{}", database.name)));
    database
}

#[test]
fn what_others_have_built_on_columns_stays() {
    for kind in ["text", "varchar", "text collate claude.human"] {
        let database = database(kind, BUILT);
        let before = built(&database);
        let s = Sandbox::new().on(&database.url);
        let said = "claude.documents.file_path stays as it is, because of ";
        let status = s.vault_sync(&["db", "status"]);
        let told = stdout(&status);
        assert!(
            told.contains(&format!("  = {said}")) && told.contains("claude.documents.doc_title stays character varying(200)"),
            "{told}"
        );
        for by in
            ["view claude.paths", "trigger their_trigger", "policy their_policy", "materialized view claude.paths_once", "claude.path("]
        {
            assert!(told.contains(by), "{by}: {told}");
        }
        let sql = s.text(&["db", "migrate", "--dry-run"]);
        assert!(sql.contains(&format!("\n-- {said}")) && !sql.contains("alter column file_path"), "{sql}");
        let done = s.json(&["db", "migrate"]);
        assert!(done["kept"][1].as_str().unwrap().starts_with(said), "{done}");
        assert_eq!(built(&database), before, "{kind}");
        assert_eq!(s.json(&["db", "migrate"])["applied"], json!([]));

        // By hand it comes to the same.
        let by_hand = self::database(kind, BUILT);
        by_hand.query(&sql.replace(&database.name, &by_hand.name));
        Sandbox::new().on(&by_hand.url).text(&["db", "status"]);

        // What lies in a folder is found by its path, whatever the order of texts.
        s.write("Docs/a.md", "one");
        s.write("Docs.md", "another");
        let watch = Watch::start(&s);
        std::fs::rename(s.vault.join("Docs"), s.home().join("Docs")).unwrap();
        watch.expect("archived", "Docs/a.md");
        watch.stop();
        assert_eq!(column(&s.json(&["ls"]), "results", "/path"), ["Docs.md"], "{kind}");
        s.text(&["verify"]);
        let plan = "set enable_seqscan = off; set enable_bitmapscan = off; explain select 1 from claude.documents \
             where vault_id = '90000000-0000-4000-8000-000000000001' and file_path collate \"C\" >= 'a' and file_path collate \"C\" < 'b'";
        let plan = database.query(plan);
        assert!(plan.lines().any(|line| line.contains("Index Cond: ") && line.contains("file_path")), "{plan}");
    }
}

#[test]
fn paths_without_room_that_others_build_on_are_named_with_what_to_do() {
    let database = database("varchar(100)", "create view claude.paths as select file_path from claude.documents;");
    let s = Sandbox::new().on(&database.url);
    let expected = "first drop what depends on it, and make that again afterwards: rule _RETURN on view claude.paths";
    for args in [&["db", "migrate"][..], &["db", "migrate", "--dry-run"]] {
        let refused = s.vault_sync(args);
        assert!(refused.status.code() == Some(1) && stderr(&refused).contains(expected), "{}", stderr(&refused));
    }
    assert!(stdout(&s.vault_sync(&["db", "status"])).contains(expected));
    database.query("drop view claude.paths");
    s.text(&["db", "migrate"]);
    database.query("create view claude.paths as select file_path from claude.documents");
    s.sync();
}
