//! Two tools that find and call capabilities, where there are more than a client takes.

use std::sync::Arc;

use rmcp::model::{CallToolResult, ContentBlock, ErrorData, JsonObject, Tool, ToolAnnotations};
use serde_json::{Value, json};

use super::tool::Entry;

pub(super) const FIND: &str = "find_capabilities";
pub(super) const CALL: &str = "call_capability";

/// Maximum number of capabilities in an answer.
const MAX_FOUND: usize = 10;

/// Returns the two tools.
pub(super) fn tools(count: usize) -> Vec<Tool> {
    let object = |schema: Value| Arc::new(schema.as_object().cloned().unwrap_or_default());
    let find = Tool::new(
        FIND,
        format!(
            "Finds capabilities by words in their names and descriptions, and returns at most {MAX_FOUND} of {count} with \
             their input schemas."
        ),
        object(json!({
            "type": "object",
            "properties": {"query": {"type": "string", "description": "Words to look for."}},
            "required": ["query"],
            "additionalProperties": false,
        })),
    );
    let call = Tool::new(
        CALL,
        format!("Calls a capability that `{FIND}` has returned."),
        object(json!({
            "type": "object",
            "properties": {
                "name": {"type": "string", "description": "Name of the capability."},
                "arguments": {"type": "object", "description": "Arguments by its input schema."},
            },
            "required": ["name"],
            "additionalProperties": false,
        })),
    );
    let read_only = ToolAnnotations::new()
        .read_only(true)
        .idempotent(true)
        .open_world(false);
    vec![find.with_annotations(read_only), call]
}

/// Finds the capabilities with the most words of the query.
pub(super) fn find<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    arguments: &JsonObject,
) -> Result<CallToolResult, ErrorData> {
    let query = arguments
        .get("query")
        .and_then(Value::as_str)
        .ok_or_else(|| {
            ErrorData::invalid_params("`query` is missing; it is the text to look for", None)
        })?;
    let words: Vec<String> = query
        .split_whitespace()
        .take(20)
        .map(str::to_lowercase)
        .collect();
    let mut found: Vec<(usize, &Entry)> = entries
        .map(|entry| {
            let description = entry.tool.description.as_deref().unwrap_or_default();
            let text =
                format!("{} {} {description}", entry.tool.name, entry.procedure).to_lowercase();
            (
                words
                    .iter()
                    .filter(|word| text.contains(word.as_str()))
                    .count(),
                entry,
            )
        })
        .filter(|(count, _)| *count > 0)
        .collect();
    found
        .sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.procedure.cmp(&other.procedure)));
    let found: Vec<Value> = found
        .into_iter()
        .take(MAX_FOUND)
        .map(|(_, entry)| {
            json!({
                "name": entry.tool.name,
                "description": entry.tool.description,
                "input_schema": entry.tool.input_schema,
            })
        })
        .collect();
    let text = if found.is_empty() {
        "No capability has these words; try others.".to_owned()
    } else {
        Value::from(found).to_string()
    };
    Ok(CallToolResult::success(vec![ContentBlock::text(text)]))
}

/// Returns the name and the arguments that are to be called.
pub(super) fn called(mut arguments: JsonObject) -> Result<(String, JsonObject), ErrorData> {
    let Some(Value::String(name)) = arguments.remove("name") else {
        let text = format!("`name` is missing; `{FIND}` returns names");
        return Err(ErrorData::invalid_params(text, None));
    };
    match arguments.remove("arguments") {
        None | Some(Value::Null) => Ok((name, JsonObject::new())),
        Some(Value::Object(arguments)) => Ok((name, arguments)),
        Some(_) => Err(ErrorData::invalid_params(
            "`arguments` is not an object",
            None,
        )),
    }
}
