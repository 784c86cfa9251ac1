//! The one place that speaks the protocol: tools and resources on the standard streams, until the client goes.

use super::tools::{INSTRUCTIONS, TOOLS, Tool};
use super::{Asked, Host, NAME, Said, answer, resource};
use crate::clock::Timestamp;
use crate::nearest::nearest;
use crate::spool::{self, ToolCall};
use anyhow::{Context as _, Result};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListResourceTemplatesResult,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    Resource, ResourceContents, ResourceTemplate, ServerCapabilities, ServerConfig, ToolAnnotations,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What was begun may come to its end, but a client that went is not waited for.
const LINGER: Duration = Duration::from_secs(1);
/// Notes that are offered by name; any other is there for who knows its address.
const N_OFFERED: &str = "100";
/// Clients put a resource before their model as it is.
const MAX_RESOURCE_TOKENS: usize = 25_000;
const MARKDOWN: &str = "text/markdown";

/// Serves one client on the standard streams, until it closes them.
///
/// # Errors
/// When the client speaks another protocol.
pub fn serve(host: Host) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
    let served = runtime.block_on(async {
        match (Server { host: Arc::new(host) }).serve(rmcp::transport::stdio()).await {
            Ok(service) => service.waiting().await.map(drop).context("serving the client"),
            Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(error).context("the client does not speak MCP"),
        }
    });
    runtime.shutdown_timeout(LINGER);
    served
}

struct Server {
    host: Arc<Host>,
}

impl Server {
    /// Has a question answered on a thread of its own, returns the answer as soon as it is there, and logs the call afterwards.
    async fn ask(&self, tool: &'static str, n_bytes: usize, asked: Asked, agent: Option<String>) -> Said {
        let (sender, answer) = tokio::sync::oneshot::channel();
        let host = Arc::clone(&self.host);
        tokio::task::spawn_blocking(move || {
            let (start, at, result) = (Instant::now(), Timestamp::now(), Arc::new(std::sync::OnceLock::new()));
            let (told, question) = (Arc::clone(&result), asked.clone());
            let give = move |said: Said| {
                let said = Said { text: answer::shown(&question, &said), ..said };
                let _ = told.set((said.is_error.then(|| said.text.clone()), said.text.len(), start.elapsed()));
                // A client that went wants no answer.
                let _ = sender.send(said);
            };
            (host.run)(&asked, agent, Box::new(give));
            let (error, n_bytes_out, took) = result.get().cloned().unwrap_or_default();
            (host.log)(ToolCall {
                usage_id: spool::new_id(),
                mcp_server: NAME.to_owned(),
                tool_name: tool.to_owned(),
                called_at: at.to_string(),
                execution_time_ms: took.as_millis() as i64,
                success: error.is_none(),
                error_message: error,
                input_size_bytes: n_bytes as i64,
                output_size_bytes: n_bytes_out as i64,
                ..ToolCall::default()
            });
        });
        let broken = || Said { text: "it broke off; the server's own output says why".to_owned(), is_error: true, ..Said::default() };
        answer.await.unwrap_or_else(|_| broken())
    }

    /// Asks for a document that is no tool's answer.
    async fn document(&self, asked: Asked, context: &RequestContext<RoleServer>) -> Result<Value, ErrorData> {
        let said = self.ask("resources", 0, asked, agent(context)).await;
        match serde_json::from_str(&said.text) {
            Ok(document) if !said.is_error => Ok(document),
            _ => Err(ErrorData::resource_not_found(said.text, None)),
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().enable_resources().build());
        info.server_info = Implementation::new(NAME, env!("CARGO_PKG_VERSION"));
        info.with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(&self, _: Option<PaginatedRequestParams>, _: RequestContext<RoleServer>) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(TOOLS.iter().map(described).collect()))
    }

    async fn call_tool(&self, request: CallToolRequestParams, context: RequestContext<RoleServer>) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = TOOLS.iter().find(|tool| tool.name == request.name) else {
            let near = nearest(&request.name, TOOLS.iter().map(|tool| tool.name));
            let hint = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
            return Err(ErrorData::invalid_params(format!("no tool '{}'{hint}", request.name), None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let n_bytes = serde_json::to_string(&arguments).map_or(0, |text| text.len());
        let said = match (tool.read)(arguments) {
            Ok(asked) => self.ask(tool.name, n_bytes, asked, agent(&context)).await,
            Err(error) => Said { text: error, is_error: true, ..Said::default() },
        };
        let content = vec![ContentBlock::text(said.text)];
        Ok(if said.is_error { CallToolResult::error(content) } else { CallToolResult::success(content) }.into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let document = self.document(Asked::of(&["recent", "--limit", N_OFFERED], None, usize::MAX / 8), &context).await?;
        let note = |row: &Value| {
            let (vault, path) = (row["vault"].as_str()?, row["path"].as_str()?);
            let note = Resource::new(resource::address(vault, path), path).with_mime_type(MARKDOWN);
            let note = note.with_title(row["title"].as_str().unwrap_or(path));
            Some(note.with_size(row["size"].as_u64().unwrap_or_default()))
        };
        let rows = document["results"].as_array().into_iter().flatten();
        Ok(ListResourcesResult::with_all_items(rows.filter_map(note).collect()))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let any = ResourceTemplate::new(resource::TEMPLATE, "note").with_title("A note").with_mime_type(MARKDOWN);
        Ok(ListResourceTemplatesResult::with_all_items(vec![any.with_description("The text of a note, by its vault and its path in it.")]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let Some((vault, path)) = resource::parse(&request.uri) else {
            return Err(ErrorData::resource_not_found(format!("'{}' is no address of a note: {}", request.uri, resource::TEMPLATE), None));
        };
        let document = self.document(Asked::of(&["show", "--", &path], Some(vault), MAX_RESOURCE_TOKENS), &context).await?;
        let mut text = document["text"].as_str().unwrap_or_default().to_owned();
        if let Some(lines) = document["next"]["lines"].as_str() {
            text.push_str(&format!("\n[cut here: the tool `get` goes on with lines {lines}]\n"));
        }
        let contents = ResourceContents::text(text, request.uri).with_mime_type(MARKDOWN);
        Ok(ReadResourceResult::new(vec![contents]).into())
    }
}

impl Asked {
    fn of(line: &[&str], vault: Option<String>, max_tokens: usize) -> Self {
        Self { line: line.iter().map(|&word| word.to_owned()).collect(), vault, offset: 0, max_tokens }
    }
}

fn described(tool: &Tool) -> rmcp::model::Tool {
    let hints = ToolAnnotations::with_title(tool.title).read_only(tool.is_reading).destructive(false).open_world(false);
    rmcp::model::Tool::new(tool.name, tool.description, Arc::new((tool.schema)())).with_annotations(hints)
}

/// Returns what the client calls itself.
fn agent(context: &RequestContext<RoleServer>) -> Option<String> {
    context.client_info().map(|client| client.name).filter(|name| !name.is_empty())
}
