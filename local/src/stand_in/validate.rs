//! What Bedrock refuses, with its own messages: the constraints of the API's model, then the rules of Converse,
//! then those of the model's family. Wording that is not known from the service is marked where it stands.

use serde_json::Value;

use super::error::Refusal;
use super::models::Model;

mod blocks;
mod cache_points;
mod constraints;
mod features;
mod tools;
mod turns;

/// Checks a Converse request for `model`.
pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    constraints::check(request)?;
    turns::check(request, model)?;
    blocks::check(request, model)?;
    tools::check(request, model)?;
    features::check(request, model)?;
    cache_points::check(request, model)
}

/// `messages`, each with its index and its blocks with theirs.
fn messages(request: &Value) -> impl Iterator<Item = (usize, &Value, &[Value])> {
    let messages = request.get("messages").and_then(Value::as_array);
    messages.into_iter().flatten().enumerate().map(|(index, message)| {
        let content = message.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        (index, message, content)
    })
}

fn role(message: &Value) -> &str {
    message.get("role").and_then(Value::as_str).unwrap_or_default()
}

/// A refusal by the model's provider, behind Converse.
fn model_error(message: &str) -> Refusal {
    Refusal::validation(format!("The model returned the following errors: {message}"))
}

fn ensure(holds: bool, message: impl FnOnce() -> String) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal::validation(message())) }
}

#[cfg(test)]
mod tests;
