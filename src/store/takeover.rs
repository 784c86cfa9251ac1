//! Tables that were in a database before us: can they be used, and what do they lack?
//!
//! What they lack is added before the numbered changes run, which suppose it: columns, defaults, and an index that makes keys unique. Rows
//! stay as they are, and so do columns, but for a width in which a text of ours might not find room. Where a view, a trigger, a policy or
//! the like of others depends on a column, its type stays too: they would have to go and come back for another one.

use super::definitions::{Column, Definition, definitions};
use super::engine::Engine;
use super::schema::Step;
use super::tables::FILLED;
use crate::refusal::{Exit, Refusal};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done about tables that are there.
#[derive(Debug, Default)]
pub struct Takeover {
    /// What is added first, a statement each.
    pub statements: Vec<String>,
    /// Which columns keep the type that they have, and because of what, a sentence each.
    pub kept: Vec<String>,
    /// Why it cannot be done, a sentence each; each names table and column.
    pub unusable: Vec<String>,
    keeps_paths: bool,
}

/// The one numbered change that gives a column of others another type, and what is done where it keeps the one it has: paths are compared
/// by their bytes, which only the index is for.
const PATHS: [(&str, &str); 2] = [
    ("alter table claude.documents alter column file_path type text collate \"C\";\n", ""),
    ("on claude.documents (vault_id, file_path);", "on claude.documents (vault_id, file_path collate \"C\");"),
];

impl Takeover {
    /// Returns the text of a numbered change as it is run here.
    pub(super) fn amended(&self, sql: &str) -> String {
        match self.keeps_paths {
            true => PATHS.iter().fold(sql.to_owned(), |sql, (usual, here)| sql.replace(usual, here)),
            false => sql.to_owned(),
        }
    }

    /// # Errors
    /// A [`Refusal`] that names each table and column that cannot be used.
    pub fn refuse_unusable(&self) -> Result<(), Refusal> {
        if self.unusable.is_empty() {
            return Ok(());
        }
        let message = format!("tables that are there cannot be used: {}", self.unusable.join("; "));
        let hint = "change or rename them and run it again; nothing was changed";
        Err(Refusal { exit: Exit::Findings, message, hint: Some(hint.to_owned()) })
    }
}

/// A table as it is.
#[derive(Default)]
struct Found {
    /// `r` or `p` for what rows can be put into, as PostgreSQL has it.
    kind: String,
    columns: BTreeMap<String, FoundColumn>,
    keys: Vec<BTreeSet<String>>,
}

struct FoundColumn {
    kind: String,
    has_default: bool,
    must_have_value: bool,
    /// It tells texts apart by their bytes.
    is_exact: bool,
    /// What depends on it in a way that its type cannot be changed.
    bound_by: Option<String>,
}

/// Table, its kind, column, type, whether it has a default, must have a value, is exact; what binds it.
type ColumnRow = (String, String, Option<String>, Option<String>, i64, i64, i64, Option<String>);

/// Compares the tables that are there with those that these changes would make.
pub(super) async fn plan(engine: &mut Engine, steps: &[Step]) -> Result<Takeover> {
    let found = found(engine).await?;
    let mut takeover = Takeover::default();
    for (name, table) in definitions(steps.iter().map(|step| step.sql)) {
        let Some(there) = found.get(&name) else { continue };
        if !["r", "p"].contains(&there.kind.as_str()) {
            takeover.unusable.push(format!("claude.{name} is no table"));
            continue;
        }
        columns(&name, &table, there, &mut takeover);
        if steps.iter().any(|step| step.sql.contains(PATHS[0].0)) && name == "documents" {
            paths(there, &mut takeover);
        }
        demands(&name, &table, there, &mut takeover);
        for (i, key) in table.keys.iter().enumerate() {
            let is_there = there.keys.contains(&key.iter().cloned().collect());
            // A column that a change brings has its key with it.
            let comes_with_key = table.columns.iter().any(|c| c.is_added && key.contains(&c.name) && !there.columns.contains_key(&c.name));
            if is_there || comes_with_key {
                continue;
            }
            let has_values = key.iter().all(|column| there.columns.contains_key(column));
            let is_needed = i == 0 || FILLED.iter().any(|filled| filled.name == name && filled.key == key);
            if !has_values || !has_twins(engine, &name, key).await? {
                let index = format!("uq_{name}_{}", key.join("_"));
                takeover.statements.push(format!("create unique index if not exists {index} on claude.{name} ({})", key.join(", ")));
            } else if is_needed {
                takeover.unusable.push(format!("rows of claude.{name} have the same {}, which must be unique", key.join(", ")));
            }
        }
    }
    Ok(takeover)
}

fn columns(name: &str, table: &Definition, there: &Found, takeover: &mut Takeover) {
    for column in &table.columns {
        let default = column.default.as_ref().map(|default| format!(" default {default}")).unwrap_or_default();
        match there.columns.get(&column.name) {
            None if column.is_added => {}
            None => takeover.statements.push(format!("alter table claude.{name} add column {} {}{default}", column.name, column.kind)),
            Some(is) => {
                let is_filled = is_filled(name, &column.name);
                if !is_usable(&is.kind, &column.kind) {
                    // Of lists that we do not fill nothing looks at what they hold.
                    let are_lists = [&is.kind, &column.kind].iter().all(|kind| kind.ends_with("[]"));
                    if is_filled || !are_lists {
                        takeover.unusable.push(format!("claude.{name}.{} is {}, and must be {}", column.name, is.kind, column.kind));
                    }
                } else if is_filled && is.kind.starts_with("character varying(") {
                    match &is.bound_by {
                        None => {
                            let sql = format!("alter table claude.{name} alter column {} type {}", column.name, column.kind);
                            takeover.statements.push(sql);
                        }
                        Some(by) => takeover.kept.push(format!("claude.{name}.{} stays {}, because of {by}", column.name, is.kind)),
                    }
                }
                if is_usable(&is.kind, &column.kind) && !is.has_default && can_default(column) {
                    takeover.statements.push(format!("alter table claude.{name} alter column {} set{default}", column.name));
                }
            }
        }
    }
}

/// Paths need room, and a type by which two that differ are two.
fn paths(there: &Found, takeover: &mut Takeover) {
    let Some((is, by)) = there.columns.get("file_path").and_then(|is| Some((is, is.bound_by.as_ref()?))) else { return };
    takeover.kept.retain(|kept| !kept.starts_with("claude.documents.file_path "));
    if is.is_exact && ["text", "character varying"].contains(&is.kind.as_str()) {
        takeover.keeps_paths = true;
        takeover.kept.push(format!("claude.documents.file_path stays as it is, because of {by}"));
    } else {
        let needs = "claude.documents.file_path must be text, of a collation that tells all texts apart";
        takeover.unusable.push(format!("{needs}, and is {}; first drop what depends on it, and make that again afterwards: {by}", is.kind));
    }
}

/// Names the columns of others that rows of ours would leave empty and must not.
fn demands(name: &str, table: &Definition, there: &Found, takeover: &mut Takeover) {
    // The first of a table's shapes is the one that makes rows.
    let Some(made) = FILLED.iter().find(|filled| filled.name == name) else { return };
    for (column, _) in there.columns.iter().filter(|(_, is)| is.must_have_value && !is.has_default) {
        let gets_default = table.columns.iter().any(|ours| ours.name == *column && can_default(ours));
        if !gets_default && !made.columns.iter().any(|(name, _)| name == column) {
            takeover.unusable.push(format!("claude.{name}.{column} must have a value and has no default"));
        }
    }
}

fn can_default(column: &Column) -> bool {
    column.default.is_some() && !column.kind.contains("serial")
}

fn is_filled(table: &str, column: &str) -> bool {
    FILLED.iter().any(|filled| filled.name == table && filled.columns.iter().any(|(name, _)| *name == column))
}

/// Returns whether values for a column of ours find their way into one that is there, and out again.
fn is_usable(is: &str, needed: &str) -> bool {
    let without_width = |kind: &str| match (kind.find('('), kind.find(')')) {
        (Some(from), Some(to)) => format!("{}{}", &kind[..from], &kind[to + 1..]),
        _ => kind.to_owned(),
    };
    family(&without_width(is)) == family(&without_width(needed))
}

fn family(kind: &str) -> String {
    if let Some(of) = kind.strip_suffix("[]") {
        return format!("{}[]", family(of));
    }
    let family = match kind {
        "character varying" | "varchar" | "character" | "char" | "citext" => "text",
        "smallint" | "integer" | "int" | "bigint" | "serial" | "bigserial" | "real" | "double precision" => "numeric",
        "timestamp without time zone" | "timestamp with time zone" | "timestamp" => "timestamptz",
        "bool" => "boolean",
        other => other,
    };
    family.to_owned()
}

async fn has_twins(engine: &mut Engine, table: &str, key: &[String]) -> Result<bool> {
    let columns = key.join(", ");
    let are_given: Vec<String> = key.iter().map(|column| format!("{column} is not null")).collect();
    let twins = format!(
        "from (select 1 from claude.{table} where {} group by {columns} having count(*) > 1 limit 1) as twins",
        are_given.join(" and ")
    );
    Ok(engine.count(&twins, &[]).await? > 0)
}

/// Reads the tables of the schema as they are.
async fn found(engine: &mut Engine) -> Result<BTreeMap<String, Found>> {
    let mut tables: BTreeMap<String, Found> = BTreeMap::new();
    let columns = "c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), \
         case when a.atthasdef or a.attidentity <> '' then 1 else 0 end, \
         case when a.attnotnull then 1 else 0 end, \
         case when exists (select from pg_collation l where l.oid = a.attcollation and not l.collisdeterministic) then 0 else 1 end, \
         (select string_agg(distinct pg_describe_object(d.classid, d.objid, d.objsubid), ', ') from pg_depend d \
         where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid = a.attnum \
         and d.classid not in ('pg_constraint'::regclass, 'pg_statistic_ext'::regclass) \
         and not (d.classid = 'pg_class'::regclass and d.objsubid = 0) \
         and not exists (select from pg_attrdef f where d.classid = 'pg_attrdef'::regclass and f.oid = d.objid and f.adnum = a.attnum))";
    let from = "from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_attribute a \
         on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped where n.nspname = 'claude' and c.relkind in ('r', 'p', 'v', 'm', 'f')";
    let rows: Vec<ColumnRow> = engine.rows(columns, from, &[]).await?;
    for (table, kind, name, of, has_default, must_have_value, is_exact, bound_by) in rows {
        let found = tables.entry(table).or_default();
        found.kind = kind;
        let (has_default, must_have_value, is_exact) = (has_default == 1, must_have_value == 1, is_exact == 1);
        // A table may be without any column.
        if let Some((name, kind)) = name.zip(of) {
            found.columns.insert(name, FoundColumn { kind, has_default, must_have_value, is_exact, bound_by });
        }
    }
    let keys = "c.relname, (select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum = any(i.indkey))";
    let from = "from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = 'claude' and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null";
    for (table, key) in engine.rows::<(String, BTreeSet<String>)>(keys, from, &[]).await? {
        tables.entry(table).or_default().keys.push(key);
    }
    Ok(tables)
}

#[cfg(test)]
mod tests {
    use super::{PATHS, Takeover, is_usable};
    use crate::store::migrate::POSTGRES;

    #[test]
    fn what_is_done_otherwise_is_in_the_first_change() {
        let takeover = Takeover { keeps_paths: true, ..Takeover::default() };
        let amended = takeover.amended(POSTGRES[0].2);
        for (usual, here) in PATHS {
            assert!(POSTGRES[0].2.matches(usual).count() == 1 && !amended.contains(usual) && amended.contains(here), "{usual}");
        }
    }

    #[test]
    fn a_type_is_usable_if_it_is_of_the_same_family() {
        for (is, needed, expected) in [
            ("character varying(50)", "text", true),
            ("timestamp without time zone", "timestamptz", true),
            ("timestamp(3) without time zone", "timestamptz", true),
            ("integer", "bigint", true),
            ("numeric(5,2)", "integer", true),
            ("character varying(20)[]", "text[]", true),
            ("integer", "uuid", false),
            ("text", "uuid", false),
            ("uuid[]", "text[]", false),
            ("json", "jsonb", false),
            ("text", "text[]", false),
        ] {
            assert_eq!(is_usable(is, needed), expected, "{is} for {needed}");
        }
    }
}
