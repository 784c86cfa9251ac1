//! `dashboard`: what goes on in the projects, by the integration guide's own queries.

use super::args::{DashboardArgs, Format};
use super::session::{Session, block_on};
use super::{Exit, Refusal, Surface, harmless};
use crate::nearest::nearest;
use crate::path::{fold, normal};
use crate::render::rows::{self, Layout};
use crate::store::Location;
use crate::store::dashboard::{BUILD_TRACKER, OVERVIEW, PROJECTS, Panel};
use crate::store::sql::{self, Part, Question};
use anyhow::Result;
use serde_json::Value;
use std::collections::HashMap;
use std::io::IsTerminal as _;
use std::time::Duration;

pub(super) fn run(args: &DashboardArgs, surface: &Surface) -> Result<Exit> {
    let format = args.output.format(surface.global.json);
    if !matches!(format, Format::Text | Format::Json) {
        let message = "a dashboard has several tables".to_owned();
        let hint = Some("use --format text or json; `vault-sync sql` prints one table as CSV".to_owned());
        return Err(Refusal { exit: Exit::Usage, message, hint }.into());
    }
    let settings = surface.settings()?;
    let (location, patience) = (settings.location(), Duration::from_secs(settings.sql_timeout_seconds.value.get().into()));
    let answers = block_on(async {
        Session::open_database(settings).await?.close().await?;
        answers(&location, patience, args.project.as_deref()).await
    })?;
    if format == Format::Json {
        let fields: Vec<String> = answers.iter().map(|answer| format!("\"{}\":{}", answer.panel.name, answer.json())).collect();
        surface.raw(&format!("{{{}}}\n", fields.join(",")))?;
    } else {
        let is_for_people = std::io::stdout().is_terminal();
        let names = answers.iter().find(|answer| answer.panel.name == PROJECTS.name).map(Answer::names).unwrap_or_default();
        let texts: Vec<String> = answers.iter().map(|answer| answer.text(&names, is_for_people, surface)).collect();
        surface.text(&texts.join("\n"))?;
    }
    Ok(Exit::Success)
}

/// Asks for the overview and all projects, or for one project and what is built there.
async fn answers(location: &Location, patience: Duration, project: Option<&str>) -> Result<Vec<Answer>> {
    let mut projects = Answer::to(location, patience, &PROJECTS, "").await?;
    let mut all = Vec::new();
    if let Some(name) = project {
        projects.keep_project(name)?;
        let id = projects.texts("project_id").next().unwrap_or_default().to_owned();
        all.push(projects);
        all.push(Answer::to(location, patience, &BUILD_TRACKER, &id).await?);
    } else {
        for panel in &OVERVIEW {
            all.push(Answer::to(location, patience, panel, "").await?);
        }
        all.push(projects);
    }
    Ok(all)
}

/// The rows of a panel.
struct Answer {
    panel: &'static Panel,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Answer {
    async fn to(location: &Location, patience: Duration, panel: &'static Panel, project: &str) -> Result<Self> {
        let mut answer = Self { panel, columns: Vec::new(), rows: Vec::new() };
        let text = panel.query(project);
        let question = Question { text: &text, limit: None, patience };
        let mut take = |part| {
            match part {
                Part::Columns(columns) => answer.columns = columns,
                Part::Rows(rows) => answer.rows.extend(rows),
            }
            Ok(())
        };
        sql::ask(location, question, &mut take).await?;
        Ok(answer)
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    fn texts(&self, column: &str) -> impl Iterator<Item = &str> {
        let at = self.column(column);
        self.rows.iter().filter_map(move |row| row.get(at?)?.as_str())
    }

    /// Leaves the project of that name, code or id, in whatever case it is written.
    fn keep_project(&mut self, name: &str) -> Result<()> {
        let wanted = fold(&normal(name.trim()));
        let is_called = |row: &Vec<Value>, column: &str| {
            let value = self.column(column).and_then(|at| row[at].as_str());
            value.is_some_and(|value| fold(&normal(value)) == wanted)
        };
        let keys = ["project_id", "project_name", "project_code"];
        let found = keys.iter().find_map(|key| self.rows.iter().find(|row| is_called(row, key)));
        let Some(found) = found.cloned() else {
            let near = nearest(name, self.texts("project_name"));
            let hint = near.map_or("`vault-sync dashboard` lists them".to_owned(), |near| format!("did you mean '{}'?", harmless(near)));
            return Err(
                Refusal { exit: Exit::Usage, message: format!("there is no project '{}'", harmless(name)), hint: Some(hint) }.into()
            );
        };
        self.rows = vec![found];
        Ok(())
    }

    /// Returns the names of projects by their ids.
    fn names(&self) -> HashMap<&str, &str> {
        let (id, name) = (self.column("project_id"), self.column("project_name"));
        self.rows.iter().filter_map(|row| Some((row.get(id?)?.as_str()?, row.get(name?)?.as_str()?))).collect()
    }

    fn json(&self) -> String {
        let keys = rows::keys(&self.columns);
        let rows: Vec<String> = self.rows.iter().map(|row| rows::object(&keys, row)).collect();
        format!("[{}]", rows.join(","))
    }

    /// Returns the rows for people, who know projects by their names.
    fn text(&self, projects: &HashMap<&str, &str>, is_for_people: bool, surface: &Surface) -> String {
        let has_colour = is_for_people && surface.has_colour();
        let columns: Vec<usize> = self.panel.shown.iter().filter_map(|name| self.column(name)).collect();
        let names: Vec<String> = columns.iter().map(|at| self.columns[*at].clone()).collect();
        let cell = |value: &Value| value.as_str().and_then(|id| projects.get(id)).map_or_else(|| value.clone(), |name| (*name).into());
        let rows: Vec<Vec<Value>> = self.rows.iter().map(|row| columns.iter().map(|at| cell(&row[*at])).collect()).collect();
        let mut text = format!("{}\n", self.panel.title);
        if rows.is_empty() {
            return text + "  none\n";
        }
        let layout = Layout::of(&names, &rows, is_for_people);
        let lines = rows.iter().map(|row| layout.line(row));
        for line in std::iter::once(layout.head(&names, has_colour)).chain(lines) {
            text.push_str("  ");
            text.push_str(&line);
        }
        text
    }
}
