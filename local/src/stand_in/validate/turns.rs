//! The order of turns.

use serde_json::Value;

use super::{ensure, has, messages, model_error, part, role};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Takes};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let family = &model.family;
    let roles: Vec<&str> = messages(request).map(|(_, message, _)| role(message)).collect();
    // Wording not known from the service.
    ensure(model.system_turns != Takes::No || !roles.contains(&"system"), || {
        "This model doesn't support the system role in messages. Use the system field and try again.".to_owned()
    })?;
    let talk: Vec<&str> = roles.iter().copied().filter(|role| *role != "system").collect();
    let begins = talk.first() == Some(&"user") || (!talk.is_empty() && family.assistant_first != Takes::No);
    ensure(begins || model.prompt, || {
        "A conversation must start with a user message. Try again with a conversation that starts with a user message."
            .to_owned()
    })?;
    let repeats = talk.windows(2).any(|pair| pair.first() == pair.last());
    ensure(!repeats || family.repeated_roles != Takes::No, || {
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.".to_owned()
    })?;
    if roles.last() == Some(&"assistant") {
        prefill(request, model)?;
    }
    places(request)
}

/// A conversation that ends with assistant, which the model is to go on with.
fn prefill(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    if model.prefill == Takes::No {
        let message =
            "This model does not support assistant message prefill. The conversation must end with a user message.";
        // For others than Claude the wording is not known from the service.
        return Err(model_error(message));
    }
    let last = messages(request).last().and_then(|(_, _, content)| part(content.last()?, "text")?.as_str());
    if model.family.is_claude() && last.is_some_and(|text| text.ends_with(char::is_whitespace)) {
        return Err(model_error("messages: final assistant content cannot end with trailing whitespace"));
    }
    Ok(())
}

/// Which turns may hold which blocks.
fn places(request: &Value) -> Result<(), Rejection> {
    for (turn, message, content) in messages(request) {
        let holds = |kind: &str| content.iter().any(|block| has(block, kind));
        if role(message) == "user" {
            ensure(!holds("reasoningContent"), || {
                "User messages cannot contain reasoning content. Please remove the reasoning content and try again."
                    .to_owned()
            })?;
            // Wording not known from the service.
            ensure(!holds("toolUse"), || {
                format!("The toolUse blocks at messages.{turn}.content are only supported in assistant messages.")
            })?;
        } else {
            // Wording of both not known from the service. A server tool's result has a type of its own.
            ensure(!holds("image") && !holds("document") && !holds("video"), || {
                "Images and documents are only supported in user messages.".to_owned()
            })?;
            let results = content.iter().filter_map(|block| part(block, "toolResult"));
            ensure(results.into_iter().all(|result| has(result, "type")), || {
                format!("The toolResult blocks at messages.{turn}.content are only supported in user messages.")
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::stand_in::validate::probe::*;

    #[test]
    fn a_first_turn_of_assistant_is_rejected_by_all_but_claude_and_qwen() {
        let request = turns(&[assistant(json!([{ "text": "Hi" }])), user(json!([{ "text": "yes" }]))]);
        for model in [CLAUDE, "qwen.qwen3-32b-v1:0", OPAQUE] {
            assert_eq!(answer(model, &request), "accepted", "{model}");
        }
        for model in [NOVA, LLAMA, WRITER, "zai.glm-5", "mistral.mistral-large-3-675b-instruct"] {
            assert!(answer(model, &request).starts_with("A conversation must start with a user message."), "{model}");
        }
        assert!(answer(CLAUDE, &turns(&[])).starts_with("A conversation must start"));
    }

    #[test]
    fn neighbours_of_one_role_are_taken_only_by_titan() {
        let request = turns(&[user(json!([{ "text": "a" }])), user(json!([{ "text": "b" }]))]);
        assert_eq!(answer(TITAN, &request), "accepted");
        for model in [CLAUDE, NOVA, LLAMA] {
            assert!(answer(model, &request).starts_with("A conversation must alternate"), "{model}");
        }
    }

    #[test]
    fn a_prefill_is_rejected_by_models_without() {
        let ends = |text: &str| turns(&[user(json!([{ "text": "Hi" }])), assistant(json!([{ "text": text }]))]);
        assert_eq!(answer(CLAUDE, &ends("{")), "accepted");
        assert!(answer(CLAUDE, &ends("{ ")).contains("cannot end with trailing whitespace"));
        for model in ["us.anthropic.claude-opus-4-7", LLAMA] {
            assert!(answer(model, &ends("{")).contains("does not support assistant message prefill"), "{model}");
        }
    }

    #[test]
    fn a_system_turn_is_taken_only_by_late_claude() {
        let system = json!({ "role": "system", "content": [{ "text": "s" }] });
        let request = turns(&[
            user(json!([{ "text": "a" }])),
            assistant(json!([{ "text": "b" }])),
            system,
            user(json!([{ "text": "c" }])),
        ]);
        assert_eq!(answer("us.anthropic.claude-opus-4-8", &request), "accepted");
        for model in [CLAUDE, NOVA] {
            assert!(answer(model, &request).contains("system role in messages"), "{model}");
        }
    }

    #[test]
    fn blocks_in_the_other_ones_turn_are_rejected() {
        let reasoning = json!({ "reasoningContent": { "reasoningText": { "text": "hm", "signature": "c2ln" } } });
        assert!(
            answer(CLAUDE, &asks(json!([reasoning]))).starts_with("User messages cannot contain reasoning content.")
        );
        let calls = with(asks(json!([call("a")])), "toolConfig", tool_config());
        assert!(answer(CLAUDE, &calls).contains("only supported in assistant messages"));
        let image = json!({ "image": { "format": "png", "source": { "bytes": "iVBORw0KGgo=" } } });
        let request =
            turns(&[user(json!([{ "text": "a" }])), assistant(json!([image])), user(json!([{ "text": "b" }]))]);
        assert!(answer(CLAUDE, &request).contains("only supported in user messages"));
    }
}
