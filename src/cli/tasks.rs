//! `tasks`: where they stand, open and done.

use super::args::TasksArgs;
use super::list::Lister;
use super::session::block_on;
use super::{Exit, Surface};
use crate::path::VaultPath;
use crate::render::list::{Row, Shape, Shown};
use crate::store::Task;
use anyhow::Result;
use serde_json::json;

const TASKS: Shape = Shape { nouns: ["task", "tasks"], columns: &["path", "line", "status", "done", "text"], heads: &[] };

pub(super) fn run(args: &TasksArgs, surface: &Surface) -> Result<Exit> {
    block_on(async {
        let mut lister = Lister::open(surface, &args.list).await?;
        let mut found: Vec<(String, VaultPath, Task)> = Vec::new();
        for vault in lister.vaults.clone() {
            let files = lister.shown_files(&vault).await?;
            let tasks = lister.session.store.tasks(&vault).await?.into_iter().filter(|task| is_wanted(args, task));
            let mut tasks: Vec<_> =
                tasks.filter_map(|task| Some((vault.name.clone(), files.get(&task.doc_id)?.path.clone(), task))).collect();
            tasks.sort_by(|(_, a_path, a), (_, b_path, b)| (a_path, a.line).cmp(&(b_path, b.line)));
            found.extend(tasks);
        }
        lister.print(&TASKS, found, None, |(vault, path, task)| row(vault, path, task)).await
    })
}

fn is_wanted(args: &TasksArgs, task: &Task) -> bool {
    let is_status = |wanted: char| task.status.chars().eq([wanted]);
    !(args.todo && task.is_done || args.done && !task.is_done) && args.status.is_none_or(is_status)
}

fn row(vault: &str, path: &VaultPath, Task { line, status, is_done, text, .. }: &Task) -> Row {
    Row {
        vault: vault.to_owned(),
        json: json!({"path": path, "line": line, "status": status, "done": is_done, "text": text}),
        paths: vec![path.to_string()],
        shown: Shown::Place { path: path.to_string(), line: *line, column: None, text: format!("- [{status}] {text}") },
    }
}
