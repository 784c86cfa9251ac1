//! A list, as a terminal, a pipe and other programs take it. What its rows are about is not known here.

use super::{Style, file_address, json_harmless, one_line};
use crate::search::Freshness;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct List {
    pub shape: &'static Shape,
    pub rows: Vec<Row>,
    /// How many rows stand before them.
    pub offset: usize,
    /// How many there are in all.
    pub total: usize,
    /// The rows are of several vaults: text and CSV then say of which.
    pub has_vaults: bool,
}

/// What all rows of a list have in common.
#[derive(Debug)]
pub struct Shape {
    /// What one of them is called, and what several.
    pub nouns: [&'static str; 2],
    /// The keys of a row that make the columns of CSV.
    pub columns: &'static [&'static str],
    /// What stands above the cells on a terminal; a single column needs nothing above it.
    pub heads: &'static [&'static str],
}

#[derive(Clone, Debug)]
pub struct Row {
    /// Empty for what is of no one vault.
    pub vault: String,
    /// An object, without its vault.
    pub json: Value,
    /// The files that the row is about.
    pub paths: Vec<String>,
    pub shown: Shown,
}

/// What of a row is shown as text.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Something that stands in a file.
    Place {
        path: String,
        line: i64,
        column: Option<i64>,
        text: String,
    },
    Cells(Vec<Cell>),
}

#[derive(Clone, Debug)]
pub enum Cell {
    Count(usize),
    Text(String),
    Path(String),
}

/// Returns a list as a pipe takes it: one row a line, `path:line:column: text`, or cells with a tab between.
pub fn in_pipe(list: &List) -> String {
    let mut text = String::new();
    for row in &list.rows {
        match &row.shown {
            Shown::Place { path, line, column, text: shown } => {
                let column = column.map(|column| format!(":{column}")).unwrap_or_default();
                let _ = writeln!(text, "{}:{line}{column}: {}", list.path(row, path), one_line(shown));
            }
            Shown::Cells(cells) => {
                let cells: Vec<String> = list.cells(row, cells).into_iter().map(|cell| cell.text).collect();
                let _ = writeln!(text, "{}", cells.join("\t"));
            }
        }
    }
    text
}

/// Returns a list as a terminal shows it: what stands in a file under the file's path, cells in columns, and at the end how many there are.
pub fn on_terminal(list: &List, roots: &[(String, PathBuf)], has_colour: bool) -> String {
    let style = Style { has_colour };
    let mut text = table(list, roots, &style);
    let mut file = None;
    for row in &list.rows {
        let Shown::Place { path, line, text: shown, .. } = &row.shown else { continue };
        if file != Some((&row.vault, path)) {
            let gap = if file.is_some() { "\n" } else { "" };
            let link = style.link(&list.path(row, path), file_address(&row.vault, path, roots).as_deref());
            let _ = writeln!(text, "{gap}{}", style.paint("1;35", &link));
            file = Some((&row.vault, path));
        }
        let _ = writeln!(text, "{}: {}", style.paint("32", &format!("{line:>5}")), one_line(shown));
    }
    if file.is_some() {
        text.push('\n');
    }
    text + &style.paint("2", &list.summary()) + "\n"
}

/// Returns a list as one JSON document, which says how fresh it is where that matters. Each row names its vault, if it is of one.
pub fn json(list: &List, freshness: Option<&Freshness>) -> Value {
    let mut json = json!({
        "results": list.rows.iter().map(Row::with_vault).collect::<Value>(),
        "total": list.total,
        "truncated": list.offset + list.rows.len() < list.total,
        "warnings": freshness.map(Freshness::warnings).unwrap_or_default(),
    });
    if let Some(freshness) = freshness {
        json["freshness"] = json!(freshness);
    }
    json
}

/// Returns a list as JSON, an object a line.
pub fn json_lines(list: &List) -> String {
    list.rows.iter().map(|row| json_harmless(&row.with_vault().to_string()) + "\n").collect()
}

/// Returns a list as CSV.
pub fn csv(list: &List) -> String {
    let vault = list.has_vaults.then_some("vault");
    let columns: Vec<&str> = vault.into_iter().chain(list.shape.columns.iter().copied()).collect();
    super::csv::table(&columns, list.rows.iter().map(Row::with_vault))
}

/// Returns the paths of a list, each once and followed by `end`, as they are: they go to programs.
pub fn paths(list: &List, end: char) -> String {
    let mut seen = std::collections::HashSet::new();
    let paths = list.rows.iter().flat_map(|row| row.paths.iter().map(move |path| (&row.vault, path)));
    paths.filter(|path| seen.insert(*path)).flat_map(|(_, path)| [path.clone(), end.to_string()]).collect()
}

impl Row {
    fn with_vault(&self) -> Value {
        let mut json = self.json.clone();
        if !self.vault.is_empty() {
            json["vault"] = self.vault.as_str().into();
        }
        json
    }
}

impl List {
    /// Returns a path as text shows it: with its vault where there are several.
    fn path(&self, row: &Row, path: &str) -> String {
        one_line(&if self.has_vaults { format!("{}/{path}", row.vault) } else { path.to_owned() })
    }

    fn cells(&self, row: &Row, cells: &[Cell]) -> Vec<ShownCell> {
        let cell = |cell: &Cell| match cell {
            Cell::Count(n) => ShownCell { text: n.to_string(), colour: "32", is_number: true, path: None },
            Cell::Text(text) => ShownCell { text: one_line(text), colour: "", is_number: false, path: None },
            Cell::Path(path) => ShownCell { text: self.path(row, path), colour: "1;35", is_number: false, path: Some(path.clone()) },
        };
        let mut shown: Vec<ShownCell> = cells.iter().map(cell).collect();
        if self.has_vaults && shown.iter().all(|cell| cell.path.is_none()) {
            shown.insert(0, ShownCell { text: one_line(&row.vault), colour: "", is_number: false, path: None });
        }
        shown
    }

    fn summary(&self) -> String {
        let noun = self.shape.nouns[usize::from(self.total != 1)];
        match (self.rows.len(), self.total) {
            (_, 0) => format!("no {noun}"),
            (shown, total) if shown == total => format!("{total} {noun}"),
            (shown, total) => format!("{shown} of {total} {noun}"),
        }
    }
}

struct ShownCell {
    text: String,
    colour: &'static str,
    is_number: bool,
    path: Option<String>,
}

/// Returns the rows that are made of cells, in columns, below the names of these.
fn table(list: &List, roots: &[(String, PathBuf)], style: &Style) -> String {
    let cells = |row: &Row| match &row.shown {
        Shown::Cells(cells) => list.cells(row, cells),
        Shown::Place { .. } => Vec::new(),
    };
    let rows: Vec<(&Row, Vec<ShownCell>)> = list.rows.iter().map(|row| (row, cells(row))).filter(|(_, cells)| !cells.is_empty()).collect();
    let Some((_, first)) = rows.first() else { return String::new() };
    let vault = (first.len() > list.shape.heads.len()).then_some("vault");
    let heads: Vec<&str> = vault.into_iter().chain(list.shape.heads.iter().copied()).collect();
    let columns: Vec<Column> = (0..first.len()).map(|i| Column::of(i, heads[i], &rows)).collect();
    let mut text = String::new();
    if heads.len() > 1 {
        let heads = columns.iter().zip(&heads).map(|(column, head)| column.padded(head, (*head).to_owned()));
        let _ = writeln!(text, "{}", style.paint("2", &heads.collect::<Vec<_>>().join("  ")));
    }
    for (row, cells) in &rows {
        let cells = columns.iter().zip(cells).map(|(column, cell)| {
            let address = cell.path.as_ref().and_then(|path| file_address(&row.vault, path, roots));
            column.padded(&cell.text, style.paint(cell.colour, &style.link(&cell.text, address.as_deref())))
        });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  "));
    }
    text
}

struct Column {
    width: usize,
    is_number: bool,
}

impl Column {
    fn of(i: usize, head: &str, rows: &[(&Row, Vec<ShownCell>)]) -> Self {
        let is_last = rows[0].1.len() == i + 1;
        let widths = rows.iter().map(|(_, cells)| cells[i].text.chars().count());
        // Nothing stands behind the last column, so it needs no width.
        let width = if is_last { 0 } else { widths.chain([head.len()]).max().unwrap_or(0) };
        Self { width, is_number: rows[0].1[i].is_number }
    }

    /// Returns `shown`, which a reader sees as `text`, as wide as the column.
    fn padded(&self, text: &str, shown: String) -> String {
        let space = " ".repeat(self.width.saturating_sub(text.chars().count()));
        if self.is_number { space + &shown } else { shown + &space }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { nouns: ["thing", "things"], columns: &["name", "count"], heads: &["count", "name"] };

    fn list(rows: Vec<(Shown, &str)>) -> List {
        let row = |(shown, path): (Shown, &str)| {
            let json = json!({"name": "a", "count": 12, "path": path});
            Row { vault: "V".into(), json, paths: vec![path.into()], shown }
        };
        List { shape: &SHAPE, total: rows.len() + 1, offset: 0, rows: rows.into_iter().map(row).collect(), has_vaults: false }
    }

    fn place(path: &str, line: i64, text: &str) -> (Shown, &'static str) {
        (Shown::Place { path: path.into(), line, column: Some(2), text: text.into() }, "p.md")
    }

    fn counted(n: usize, name: &str) -> (Shown, &'static str) {
        (Shown::Cells(vec![Cell::Count(n), Cell::Text(name.into())]), "p.md")
    }

    #[test]
    fn a_pipe_gets_a_row_a_line_without_control_characters() {
        assert_eq!(in_pipe(&list(vec![place("a.md", 7, "x\x1b[31m\ny")])), "a.md:7:2: x\u{fffd}[31m y\n");
        assert_eq!(in_pipe(&list(vec![counted(3, "#a\tb")])), "3\t#a b\n");
    }

    #[test]
    fn a_terminal_gets_places_below_their_file() {
        let shown = on_terminal(&list(vec![place("a.md", 7, "x"), place("a.md", 12, "y"), place("b.md", 1, "z")]), &[], false);
        assert_eq!(shown, "a.md\n    7: x\n   12: y\n\nb.md\n    1: z\n\n3 of 4 things\n");
    }

    #[test]
    fn a_terminal_gets_cells_in_columns() {
        let shown = on_terminal(&list(vec![counted(3, "#a"), counted(1000, "#bb")]), &[], false);
        assert_eq!(shown, "count  name\n    3  #a\n 1000  #bb\n2 of 3 things\n");
        let shown = on_terminal(&list(vec![]), &[], false);
        assert_eq!(shown, "0 of 1 thing\n");
    }

    #[test]
    fn of_several_vaults_each_row_says_its_own() {
        let several = List { has_vaults: true, ..list(vec![place("a.md", 7, "x"), counted(3, "#a")]) };
        assert_eq!(in_pipe(&several), "V/a.md:7:2: x\nV\t3\t#a\n");
        assert!(csv(&several).starts_with("vault,name,count\nV,"));
    }

    #[test]
    fn programs_get_the_columns_of_the_list_and_each_path_once() {
        let list = list(vec![counted(3, "#a"), counted(3, "#a")]);
        assert_eq!(csv(&list), "name,count\na,12\na,12\n");
        assert_eq!(paths(&list, '\0'), "p.md\0");
    }
}
