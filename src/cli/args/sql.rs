//! The flags of `sql`.

use super::OutputArgs;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
One statement that begins with SELECT, WITH, VALUES or EXPLAIN. The database itself refuses whatever writes.
Tables are named alike on both engines: claude.knowledge, claude.documents, information_schema.columns.
As JSON, numbers, booleans, lists and JSON are themselves, times RFC 3339 in UTC; of columns with one name the second is NAME_2.

Examples:
  vault-sync sql \"select table_name from information_schema.tables where table_schema = 'claude'\"
  vault-sync sql 'select title, source from claude.knowledge order by updated_at desc' -n 5
  vault-sync sql --format csv - < report.sql > report.csv")]
pub struct SqlArgs {
    /// The statement; `-` reads it from stdin
    #[arg(value_name = "STATEMENT")]
    pub statement: String,
    /// Print at most N rows
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// Let the database work on it for at most so many seconds; without it, those of the configuration
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub timeout: Option<u32>,
    #[command(flatten)]
    pub output: OutputArgs,
}
