//! Calls of tools.

use std::time::{Duration, Instant};

use hecate_om::Mesh;
use hecate_om::call::{CallBuilder, CallError};
use hecate_om::stream::{ClientStream, ResponseStream};
use hecate_om_manifest::Kind;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, ProgressNotificationParam};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::audit;
use super::results::Results;
use super::tool::Entry;
use crate::callers::Caller;
use crate::catalogue::{error_text, outgoing, restored};
use crate::json::Json;

/// Size of a result in JSON from which it is a resource, in bytes.
const LARGE: usize = 100_000;
/// Characters of a large result that the answer shows.
const SHOWN: usize = 2_000;
/// Maximum number of items of a stream in a result, and their size in JSON in bytes.
const MAX_ITEMS: usize = 1_000;
const MAX_ITEM_BYTES: usize = 4 << 20;

/// A call of a tool.
pub(super) struct Calling<'a> {
    pub(super) mesh: &'a Mesh,
    pub(super) timeout: Duration,
    pub(super) results: &'a Results,
    pub(super) entry: &'a Entry,
    pub(super) caller: Option<&'a Caller>,
}

/// What a call has returned.
struct Answered {
    value: Value,
    /// Whether a stream had more items than a result holds.
    truncated: bool,
}

impl Calling<'_> {
    /// Calls the capability. A client that cancels the request drops the call.
    pub(super) async fn call(
        &self,
        arguments: JsonObject,
        context: &RequestContext<RoleServer>,
    ) -> CallToolResult {
        let began = Instant::now();
        let answered = tokio::select! {
            answered = self.answer(arguments, context) => Some(answered),
            () = context.ct.cancelled() => None,
        };
        let outcome = match &answered {
            Some(Ok(_)) => "ok",
            Some(Err(error)) => error.code(),
            None => "cancelled",
        };
        let name = self.caller.map(|caller| caller.name.as_str());
        audit::call(name, &self.entry.procedure, outcome, began.elapsed());
        match answered {
            Some(Ok(answered)) => self.result(answered),
            Some(Err(error)) => failure(&advice(&error)),
            None => failure("cancelled"),
        }
    }

    async fn answer(
        &self,
        arguments: JsonObject,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answered, CallError> {
        let (request, items) = self.entry.split(arguments);
        let request = Json(request);
        let whole = |Json(value)| Answered {
            value: self.restored(value),
            truncated: false,
        };
        match self.entry.capability.kind {
            Kind::Unary => self.outgoing().call(&request).await.map(whole),
            Kind::ServerStreaming => {
                let stream = self.outgoing().server_streaming(&request).await?;
                self.collect(stream, context).await
            }
            Kind::ClientStreaming => {
                let mut stream: ClientStream<Json, Json> =
                    self.outgoing().client_streaming(&request).await?;
                for item in items {
                    match self.within(stream.send(&Json(item))).await? {
                        // The provider has answered before the end of the items.
                        Err(CallError::StreamEnded) => break,
                        sent => sent?,
                    }
                }
                self.within(stream.finish()).await?.map(whole)
            }
            Kind::Bidirectional => {
                let (mut sender, received) = self.outgoing().bidirectional(&request).await?;
                let sent = async {
                    for item in items {
                        // The items tell how the stream ended.
                        if sender.send(&Json(item)).await.is_err() {
                            return;
                        }
                    }
                    let _ = sender.finish().await;
                };
                let (answered, ()) = tokio::join!(self.collect(received, context), sent);
                answered
            }
        }
    }

    fn outgoing(&self) -> CallBuilder<'_> {
        let known = Some(&*self.entry.capability);
        outgoing(
            self.mesh,
            &self.entry.procedure,
            known,
            self.caller,
            self.timeout,
        )
    }

    async fn within<T>(&self, step: impl Future<Output = T>) -> Result<T, CallError> {
        timeout(self.timeout, step)
            .await
            .map_err(|_| CallError::TimedOut(self.timeout))
    }

    /// Collects the items of a stream, up to what a result holds, and reports each as progress.
    async fn collect(
        &self,
        mut stream: ResponseStream<Json>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answered, CallError> {
        let token = context.meta.get_progress_token();
        let (mut items, mut bytes) = (Vec::new(), 0);
        while let Some(item) = self.within(stream.next()).await? {
            let Json(item) = item?;
            let item = self.restored(item);
            bytes += item.to_string().len();
            items.push(item);
            if let Some(token) = &token {
                // A count of at most 1,000 is exact.
                #[allow(clippy::cast_precision_loss)]
                let progress = ProgressNotificationParam::new(token.clone(), items.len() as f64);
                // A client that has left cancels the request.
                let _ = context.peer.notify_progress(progress).await;
            }
            if items.len() >= MAX_ITEMS || bytes >= MAX_ITEM_BYTES {
                return Ok(Answered {
                    value: items.into(),
                    truncated: true,
                });
            }
        }
        Ok(Answered {
            value: items.into(),
            truncated: false,
        })
    }

    fn restored(&self, value: Value) -> Value {
        restored(Some(&self.entry.capability), value)
    }

    fn result(&self, Answered { value, truncated }: Answered) -> CallToolResult {
        let text = value.to_string();
        let (mut structured, mut content) = if text.len() > LARGE {
            let shown: String = text.chars().take(SHOWN).collect();
            let size = text.len();
            let resource = self.results.keep(&self.entry.procedure, text);
            let note = format!(
                "{shown}…\n\nThe result has {size} bytes; its whole is the resource {}.",
                resource.uri
            );
            let structured = json!({"resource": resource.uri});
            (
                structured,
                vec![
                    ContentBlock::text(note),
                    ContentBlock::resource_link(resource),
                ],
            )
        } else {
            let structured = json!({ "result": value });
            (structured, vec![ContentBlock::text(text)])
        };
        if truncated {
            structured["truncated"] = true.into();
            content.push(ContentBlock::text(
                "The stream had more items, which were not read.",
            ));
        }
        let mut result = CallToolResult::success(content);
        result.structured_content = Some(structured);
        result
    }
}

fn failure(text: &str) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// Returns the text of an error: its code, what is wrong, and whether to call again.
fn advice(error: &CallError) -> String {
    let text = error_text(error);
    let after = match error {
        CallError::Refused(refusal) => refusal.retry_after(),
        _ => None,
    };
    let retry = match (error.retryable(), after) {
        (true, Some(after)) if !after.is_zero() => format!(" Call again after {after:?}."),
        (true, _) => " The same call may succeed later.".to_owned(),
        (false, _) => {
            " The same call will not succeed; change the arguments or the tool.".to_owned()
        }
    };
    format!("{}: {text}.{retry}", error.code())
}
