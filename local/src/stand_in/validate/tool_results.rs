//! A tool's result: what may stand beside it, and what it may say of itself.

use serde_json::Value;

use super::{blocks, ensure, has, list, messages, no_such_field, part, role};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Takes};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    for (_, message, content) in messages(request) {
        let results = content.iter().any(|block| has(block, "toolResult"));
        let others = content.iter().any(|block| !has(block, "toolResult") && !has(block, "cachePoint"));
        let mixed = role(message) == "user" && results && others;
        ensure(!mixed || model.family.mixed_results != Takes::No, || {
            "Conversation blocks and tool result blocks cannot be provided in the same turn.".to_owned()
        })?;
    }
    for (place, block) in blocks(request) {
        let Some(result) = part(block, "toolResult") else { continue };
        let status = part(result, "status").and_then(Value::as_str);
        ensure(status.is_none() || model.family.result_status != Takes::No, || no_such_field("status"))?;
        ensure(status != Some("error") || !list(result, "content").is_empty(), || {
            format!("The content field at {place}.toolResult cannot be empty when status value is error.")
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    fn results(content: Value) -> Value {
        after_calls(json!([call("a")]), content)
    }

    #[test]
    fn company_of_a_result_is_rejected_by_family() {
        let mixed = results(json!([result("a"), { "text": "and" }]));
        let sentence = "Conversation blocks and tool result blocks cannot be provided in the same turn.";
        for model in [LLAMA, WRITER, "mistral.mistral-large-3-675b-instruct"] {
            assert_eq!(answer(model, &mixed), sentence, "{model}");
        }
        for model in [CLAUDE, NOVA, OPAQUE] {
            assert_eq!(answer(model, &mixed), "accepted", "{model}");
        }
    }

    #[test]
    fn a_status_is_rejected_only_by_writer() {
        let stated =
            results(json!([{ "toolResult": { "toolUseId": "a", "content": [{ "text": "x" }], "status": "success" } }]));
        assert_eq!(
            answer(WRITER, &stated),
            "This model doesn't support the status field. Remove status and try again."
        );
        for model in [CLAUDE, LLAMA, NOVA] {
            assert_eq!(answer(model, &stated), "accepted", "{model}");
        }
    }

    #[test]
    fn an_error_without_content_is_rejected() {
        let empty =
            |status: &str| results(json!([{ "toolResult": { "toolUseId": "a", "content": [], "status": status } }]));
        assert_eq!(answer(CLAUDE, &empty("success")), "accepted");
        assert_eq!(
            answer(CLAUDE, &empty("error")),
            "The content field at messages.2.content.0.toolResult cannot be empty when status value is error."
        );
    }

    #[test]
    fn a_cache_point_inside_a_result_is_rejected() {
        let part = json!({ "cachePoint": { "type": "default" } });
        let request = results(json!([{ "toolResult": { "toolUseId": "a", "content": [{ "text": "x" }, part] } }]));
        assert!(answer(CLAUDE, &request).contains("extraneous key [cachePoint] is not permitted"));
    }
}
