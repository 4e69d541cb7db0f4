//! The order of turns.

use serde_json::Value;

use super::{ensure, messages, model_error, role};
use crate::stand_in::error::Refusal;
use crate::stand_in::models::{Family, Model, Takes};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    let roles: Vec<&str> = messages(request).map(|(_, message, _)| role(message)).collect();
    let assistant_may_begin = matches!(model.family(), Family::Claude | Family::Other);
    ensure(!roles.is_empty() && (roles.first() == Some(&"user") || assistant_may_begin), || {
        "A conversation must start with a user message. Try again with a conversation that starts with a user message."
            .to_owned()
    })?;
    if roles.last() == Some(&"assistant") {
        if model.prefill == Takes::No {
            return Err(model_error(
                "This model does not support assistant message prefill. The conversation must end with a user message.",
            ));
        }
        let last = messages(request).last().and_then(|(_, _, content)| content.last()?.get("text")?.as_str());
        if model.family() == Family::Claude && last.is_some_and(|text| text.ends_with(char::is_whitespace)) {
            return Err(model_error("messages: final assistant content cannot end with trailing whitespace"));
        }
    }
    if model.family() == Family::Titan {
        let system = request.get("system").and_then(Value::as_array).is_some_and(|blocks| !blocks.is_empty());
        ensure(!system, || {
            "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.".to_owned()
        })?;
    }
    Ok(())
}
