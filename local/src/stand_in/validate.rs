//! What Bedrock rejects, with its own sentences: the shape of the API's model, then the rules of Converse, then those
//! of the model's family. Sentences are quoted from reports and recordings; one that is not known from the service is
//! marked in its place. If sources disagree whether the service rejects something, the stand-in rejects it.

use serde_json::Value;

use super::error::Rejection;
use super::models::Model;

mod additional_fields;
mod api;
mod cache_points;
mod content;
mod document_values;
mod documents;
mod media;
mod prompt;
mod reasoning;
mod sampling;
mod schema_subset;
mod shape;
mod size;
mod structured_output;
mod system_prompt;
mod thinking;
mod tool_config;
mod tool_results;
mod tool_turns;
mod turns;

/// Checks a Converse request for `model`; `streamed`: it came to ConverseStream.
pub(super) fn check(request: &Value, model: &Model<'_>, streamed: bool) -> Result<(), Rejection> {
    shape::check(request)?;
    prompt::check(request, model)?;
    turns::check(request, model)?;
    system_prompt::check(request, model)?;
    content::check(request)?;
    document_values::check(request)?;
    media::check(request, model)?;
    documents::check(request)?;
    tool_config::check(request, model, streamed)?;
    tool_turns::check(request, model)?;
    tool_results::check(request, model)?;
    reasoning::check(request, model)?;
    sampling::check(request, model)?;
    additional_fields::check(request, model)?;
    thinking::check(request, model)?;
    structured_output::check(request, model)?;
    cache_points::check(request, model)?;
    size::check(request, model)
}

/// `messages`, each with its index and its blocks with theirs.
fn messages(request: &Value) -> impl Iterator<Item = (usize, &Value, &[Value])> {
    let messages = request.get("messages").and_then(Value::as_array);
    messages.into_iter().flatten().enumerate().map(|(index, message)| (index, message, list(message, "content")))
}

/// A member that is a list; empty if it is absent.
fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Every block of the conversation with its place, as `messages.0.content.0`.
fn blocks(request: &Value) -> impl Iterator<Item = (String, &Value)> {
    messages(request).flat_map(|(turn, _, content)| {
        let place = move |index: usize| format!("messages.{turn}.content.{index}");
        content.iter().enumerate().map(move |(index, block)| (place(index), block))
    })
}

/// What a block or a tool's result holds of a kind; null is absent.
fn part<'a>(block: &'a Value, kind: &str) -> Option<&'a Value> {
    block.get(kind).filter(|part| !part.is_null())
}

fn has(block: &Value, kind: &str) -> bool {
    part(block, kind).is_some()
}

/// The parts of a tool's result.
fn result_parts(block: &Value) -> &[Value] {
    part(block, "toolResult").map(|result| list(result, "content")).unwrap_or_default()
}

/// What the request sets at `pointer`; null is absent.
fn set<'a>(request: &'a Value, pointer: &str) -> Option<&'a Value> {
    request.pointer(pointer).filter(|value| !value.is_null())
}

fn role(message: &Value) -> &str {
    message.get("role").and_then(Value::as_str).unwrap_or_default()
}

/// A rejection by the model's provider, behind Converse.
fn model_error(message: &str) -> Rejection {
    Rejection::validation(format!("The model returned the following errors: {message}"))
}

/// The service's sentence for a field that the model does not have.
fn no_such_field(field: &str) -> String {
    format!("This model doesn't support the {field} field. Remove {field} and try again.")
}

/// The service's sentence for a kind of block that the model does not read.
fn no_such_block(kind: &str) -> String {
    format!(
        "This model doesn't support the {kind} content block that you provided. Update the content block and try again."
    )
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(Rejection::validation(message())) }
}

#[cfg(test)]
mod probe;
