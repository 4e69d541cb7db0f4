//! Reasoning that goes back: to the family that made it, whole and signed as it came.

use serde_json::Value;

use super::{blocks, has, messages, model_error, no_such_block, no_such_field, part, role, set};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Thinking};
use crate::stand_in::{redacted, signature};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    for (place, block) in blocks(request) {
        if let Some(reasoning) = part(block, "reasoningContent") {
            match part(reasoning, "reasoningText") {
                Some(said) => text(said, &place, model)?,
                None => hidden(reasoning, &place, model)?,
            }
        }
    }
    leads(request, model)
}

fn text(said: &Value, place: &str, model: &Model<'_>) -> Result<(), Rejection> {
    let family = &model.family;
    let member = |name: &str| part(said, name).and_then(Value::as_str);
    let (text, signature) = (member("text").unwrap_or_default(), member("signature"));
    let (signed, unsigned) = (family.takes_reasoning("signed"), family.takes_reasoning("unsigned"));
    match signature {
        _ if !signed && !unsigned => Err(not_taken(model)),
        Some(_) if !signed => Err(Rejection::validation(no_such_field("reasoningContent.reasoningText.signature"))),
        Some(signature) if !signature::holds(signature, text) && !unsigned => {
            Err(model_error(&format!("{place}: Invalid `signature` in `thinking` block")))
        }
        // Late models may leave the text out.
        Some(_) if text.is_empty() && model.thinking == Thinking::Budget => {
            Err(model_error(&format!("{place}.thinking: each thinking block must contain thinking")))
        }
        None if !unsigned => Err(model_error(&format!("{place}.thinking.signature: Field required"))),
        _ => Ok(()),
    }
}

fn hidden(reasoning: &Value, place: &str, model: &Model<'_>) -> Result<(), Rejection> {
    if !model.family.takes_reasoning("redacted") {
        return Err(not_taken(model));
    }
    let data = part(reasoning, "redactedContent").and_then(Value::as_str).unwrap_or_default();
    match redacted::is_whole(data) {
        true => Ok(()),
        // Wording not known from the service.
        false => Err(model_error(&format!("{place}: Invalid `data` in `redacted_thinking` block"))),
    }
}

fn not_taken(model: &Model<'_>) -> Rejection {
    match model.family.is_nova() {
        true => Rejection::validation(
            "User messages cannot contain reasoning content. Please remove the reasoning content and try again.",
        ),
        // Wording not known from the service.
        false => Rejection::validation(no_such_block("reasoningContent")),
    }
}

/// Claude with a thinking budget wants the turn whose calls are being answered to begin with its thinking.
fn leads(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let thinking = set(request, "/additionalModelRequestFields/thinking/type").and_then(Value::as_str);
    if !model.family.is_claude() || thinking != Some("enabled") {
        return Ok(());
    }
    let answers = messages(request).last().is_some_and(|(_, _, content)| content.iter().any(|b| has(b, "toolResult")));
    let last = messages(request).filter(|(_, message, _)| role(message) == "assistant").last();
    let first = last.and_then(|(turn, _, content)| Some((turn, content.first()?)));
    match first {
        Some((turn, block)) if answers && !has(block, "reasoningContent") => {
            let found = if has(block, "toolUse") { "tool_use" } else { "text" };
            Err(model_error(&format!(
                "messages.{turn}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{found}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable `thinking`."
            )))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;
    use crate::stand_in::{redacted, signature};

    fn went_back(reasoning: Value) -> Value {
        let answer = assistant(json!([{ "reasoningContent": reasoning }, { "text": "b" }]));
        turns(&[user(json!([{ "text": "a" }])), answer, user(json!([{ "text": "c" }]))])
    }

    fn signed(text: &str, signature: &str) -> Value {
        went_back(json!({ "reasoningText": { "text": text, "signature": signature } }))
    }

    fn unsigned() -> Value {
        went_back(json!({ "reasoningText": { "text": "hm" } }))
    }

    #[test]
    fn claude_wants_its_own_signature() {
        assert_eq!(answer(CLAUDE, &signed("hm", &signature::sign("hm"))), "accepted");
        assert_eq!(answer(CLAUDE, &signed("hm", "RXZlclNpbmNl")), "accepted");
        for wrong in [signature::sign("other"), String::new(), "not base64".to_owned()] {
            assert_eq!(
                answer(CLAUDE, &signed("hm", &wrong)),
                "The model returned the following errors: messages.1.content.0: Invalid `signature` in `thinking` block"
            );
        }
        assert!(answer(CLAUDE, &unsigned()).ends_with("messages.1.content.0.thinking.signature: Field required"));
    }

    #[test]
    fn thinking_without_text_goes_back_only_to_late_claude() {
        let empty = signed("", &signature::sign(""));
        assert!(answer(CLAUDE, &empty).ends_with("each thinking block must contain thinking"));
        assert_eq!(answer(OPUS, &empty), "accepted");
    }

    #[test]
    fn other_families_take_what_is_theirs() {
        let signed = signed("hm", &signature::sign("hm"));
        let redacted = went_back(json!({ "redactedContent": redacted::whole() }));
        for model in [GPT_OSS, "qwen.qwen3-32b-v1:0", "minimax.minimax-m2"] {
            assert_eq!(
                answer(model, &signed),
                "This model doesn't support the reasoningContent.reasoningText.signature field. Remove reasoningContent.reasoningText.signature and try again."
            );
            assert_eq!(answer(model, &unsigned()), "accepted", "{model}");
        }
        for request in [&signed, &unsigned(), &redacted] {
            assert!(answer(NOVA, request).starts_with("User messages cannot contain reasoning content."));
            assert!(answer(LLAMA, request).contains("reasoningContent content block"));
            assert_eq!(answer(OPAQUE, request), "accepted");
        }
        assert_eq!(answer("us.openai.gpt-6-sol", &redacted), "accepted");
    }

    #[test]
    fn redacted_reasoning_goes_back_whole() {
        assert_eq!(answer(CLAUDE, &went_back(json!({ "redactedContent": redacted::whole() }))), "accepted");
        for piece in redacted::pieces() {
            let request = went_back(json!({ "redactedContent": piece }));
            assert!(answer(CLAUDE, &request).contains("Invalid `data` in `redacted_thinking` block"), "{piece}");
        }
    }

    #[test]
    fn with_a_budget_the_turn_of_the_calls_begins_with_thinking() {
        let budget = json!({ "thinking": { "type": "enabled", "budget_tokens": 1024 } });
        let thinks = json!({ "reasoningContent": { "reasoningText": { "text": "hm", "signature": "c2ln" } } });
        let asked = |calls: Value| {
            with(after_calls(calls, json!([result("a")])), "additionalModelRequestFields", budget.clone())
        };
        assert_eq!(answer(CLAUDE, &asked(json!([thinks, call("a")]))), "accepted");
        assert!(
            answer(CLAUDE, &asked(json!([call("a")]))).contains(
                "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."
            )
        );
    }
}
