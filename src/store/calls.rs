//! What agents called, in `mcp_usage`: it comes by the spool, beside the lookups.
//!
//! The table may have been made by others, with rules of theirs. A call that these refuse is said and let go: nothing waits behind it.

use super::engine::{Arg, list};
use super::tables::Kind::{Bool, Int, Text, Time, Uuid};
use super::tables::{Again, Table};
use super::{Store, code_of};
use crate::clock::Timestamp;
use crate::refusal::in_words;
use crate::spool::ToolCall;
use anyhow::Result;
use std::collections::HashSet;

const CALLS: Table = Table {
    name: "mcp_usage",
    columns: &[
        ("usage_id", Uuid),
        ("session_id", Uuid),
        ("mcp_server", Text),
        ("tool_name", Text),
        ("called_at", Time),
        ("execution_time_ms", Int),
        ("success", Bool),
        ("error_message", Text),
        ("input_size_bytes", Int),
        ("output_size_bytes", Int),
        ("project_name", Text),
    ],
    key: &["usage_id"],
    again: Again::Keep,
};

/// What PostgreSQL says of values and rows that a table does not take.
const REFUSED: [&str; 3] = ["22", "23", "42"];

impl Store {
    /// Writes calls into the log. One that is there already stays as it is.
    pub(super) async fn log_calls(&mut self, calls: &[ToolCall]) -> Result<()> {
        for chunk in calls.chunks(1000) {
            self.engine.begin().await?;
            let logged = self.put_calls(chunk).await;
            if let Err(error) = self.end(logged).await {
                if !code_of(&error).is_some_and(|code| code.len() == 5 && REFUSED.contains(&&code[..2])) {
                    return Err(error);
                }
                tracing::warn!(n_calls = chunk.len(), error = in_words(&error), "claude.mcp_usage does not take what agents called");
            }
        }
        Ok(())
    }

    /// A session that no row knows leaves `session_id` empty: a log never fails for the sake of what it refers to.
    async fn put_calls(&mut self, calls: &[ToolCall]) -> Result<()> {
        let named: HashSet<&str> = calls.iter().filter_map(|call| call.session_id.as_deref()).collect();
        let mut known: HashSet<String> = HashSet::new();
        if !named.is_empty() {
            let rest = "from claude.sessions where session_id::text in {keys}";
            let rows: Vec<(String,)> = self.engine.rows("session_id", rest, &[list(&named.into_iter().collect::<Vec<_>>())]).await?;
            known.extend(rows.into_iter().map(|(id,)| id));
        }
        let row = |call: &ToolCall| {
            let session = call.session_id.clone().filter(|id| known.contains(id));
            let ToolCall { usage_id, mcp_server, tool_name, called_at, success, error_message, project_name, .. } = call.clone();
            let (took, n_in, n_out) = (call.execution_time_ms, call.input_size_bytes, call.output_size_bytes);
            (usage_id, session, mcp_server, tool_name, called_at, took, success, error_message, n_in, n_out, project_name)
        };
        self.engine.put(&CALLS, &calls.iter().map(row).collect::<Vec<_>>()).await
    }

    /// Removes calls of our own server that are older than so many days; 0 keeps them for ever.
    pub(super) async fn keep_calls(&mut self, days: u32, now: Timestamp) -> Result<()> {
        let old = "from claude.mcp_usage where called_at < $1::timestamptz and mcp_server = 'vault-sync'";
        let before: [Arg; 1] = [now.hours_before(24 * i64::from(days)).to_string().into()];
        if days > 0 && self.engine.count(old, &before).await? > 0 {
            self.engine.execute(&format!("delete {old}"), &before).await?;
        }
        Ok(())
    }
}
