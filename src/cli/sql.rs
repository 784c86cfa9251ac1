//! `sql`: one statement to the database, its rows printed as they come.

use super::args::{Format, SqlArgs};
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless};
use crate::render::rows::{self, Layout};
use crate::store::sql::{self, Part, Question};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::io::{IsTerminal as _, Read as _};
use std::time::Duration;

pub(super) fn run(args: &SqlArgs, surface: &Surface) -> Result<Exit> {
    let format = args.output.format(surface.global.json);
    if format == Format::Path {
        let message = "rows of a table are no files: there are no paths to print".to_owned();
        let hint = Some("use --format text, json, jsonl or csv".to_owned());
        return Err(Refusal { exit: Exit::Usage, message, hint }.into());
    }
    let text = statement(&args.statement)?;
    let settings = surface.settings()?;
    let location = settings.location();
    let timeout = args.timeout.unwrap_or(settings.sql_timeout_seconds.value.get());
    let question = Question { text: &text, limit: args.limit, patience: Duration::from_secs(timeout.into()) };
    let mut printer = Printer::new(surface, format);
    let answered = block_on(async {
        sql::refuse(&location, &text)?;
        Session::open_database(settings).await?.close().await?;
        sql::ask(&location, question, &mut |part| printer.print(part)).await
    });
    let answered = answered.map_err(washed)?;
    printer.end(answered.n_rows, answered.is_cut)?;
    Ok(Exit::Success)
}

fn statement(argument: &str) -> Result<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("reading the statement from stdin")?;
    String::from_utf8(bytes).map_err(|_| {
        let hint = Some("save it as UTF-8".to_owned());
        Refusal { exit: Exit::Usage, message: "the statement on stdin is no UTF-8".to_owned(), hint }.into()
    })
}

/// What an engine says of a statement repeats what was typed, and what stands in rows.
fn washed(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Refusal>() {
        Ok(Refusal { exit, message, hint }) => Refusal { exit, message: harmless(&message), hint: hint.map(|hint| harmless(&hint)) }.into(),
        Err(error) => error,
    }
}

/// Prints an answer while it comes. A reader at a terminal gets a notice at the end, and long cells shortened.
struct Printer<'a> {
    surface: &'a Surface,
    format: Format,
    is_for_people: bool,
    columns: Vec<String>,
    /// Known from the first batch on: an answer is not kept to measure all of it.
    layout: Option<Layout>,
    has_rows: bool,
}

impl<'a> Printer<'a> {
    fn new(surface: &'a Surface, format: Format) -> Self {
        let is_for_people = format == Format::Text && std::io::stdout().is_terminal();
        Self { surface, format, is_for_people, columns: Vec::new(), layout: None, has_rows: false }
    }

    fn print(&mut self, part: Part) -> Result<()> {
        let text = match part {
            Part::Columns(columns) => self.head(columns),
            Part::Rows(rows) => self.rows(&rows),
        };
        if text.is_empty() { Ok(()) } else { self.put(&text) }
    }

    fn head(&mut self, columns: Vec<String>) -> String {
        self.columns = if matches!(self.format, Format::Json | Format::Jsonl) { rows::keys(&columns) } else { columns };
        match self.format {
            Format::Json => format!("{{\"columns\":{},\"results\":[", json!(self.columns)),
            Format::Csv => rows::csv_line(&self.columns.iter().cloned().map(Value::String).collect::<Vec<_>>()),
            _ => String::new(),
        }
    }

    fn rows(&mut self, rows: &[Vec<Value>]) -> String {
        let mut text = String::new();
        for row in rows {
            match self.format {
                Format::Json => {
                    text.push_str(if self.has_rows { "," } else { "" });
                    text.push_str(&rows::object(&self.columns, row));
                }
                Format::Jsonl => text.extend([&rows::object(&self.columns, row), "\n"]),
                Format::Csv => text.push_str(&rows::csv_line(row)),
                _ => {
                    let has_colour = self.is_for_people && self.surface.has_colour();
                    let layout = self.layout.get_or_insert_with(|| {
                        let layout = Layout::of(&self.columns, rows, self.is_for_people);
                        text.push_str(&layout.head(&self.columns, has_colour));
                        layout
                    });
                    text.push_str(&layout.line(row));
                }
            }
            self.has_rows = true;
        }
        text
    }

    /// Says what there is to say behind the last row.
    fn end(&mut self, n_rows: usize, is_cut: bool) -> Result<()> {
        let cut = format!("cut after {n_rows} row{}; --limit N shows more", if n_rows == 1 { "" } else { "s" });
        match self.format {
            Format::Json => {
                let warnings: Vec<&String> = is_cut.then_some(&cut).into_iter().collect();
                return self.put(&format!("],\"total\":{n_rows},\"truncated\":{is_cut},\"warnings\":{}}}\n", json!(warnings)));
            }
            Format::Text if !self.has_rows => {
                let layout = Layout::of(&self.columns, &[], self.is_for_people);
                self.put(&layout.head(&self.columns, self.is_for_people && self.surface.has_colour()))?;
            }
            _ => {}
        }
        if is_cut {
            self.surface.note(&format!("vault-sync: {cut}"));
        } else if self.is_for_people {
            self.put(&format!("{n_rows} row{}\n", if n_rows == 1 { "" } else { "s" }))?;
        }
        Ok(())
    }

    fn put(&self, text: &str) -> Result<()> {
        // Cells of text are washed where they are made, so that colours of our own pass.
        if self.format == Format::Text { self.surface.text(text) } else { self.surface.raw(text) }
    }
}
