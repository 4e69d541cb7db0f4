//! Prompts of Prompt management: what is set in the prompt may not be set in the request.

use serde_json::Value;

use super::ensure;
use crate::stand_in::error::Rejection;
use crate::stand_in::models::Model;

/// What a prompt defines itself (API reference of Converse).
const OWN: [&str; 4] = ["additionalModelRequestFields", "inferenceConfig", "system", "toolConfig"];

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let set = OWN.iter().find(|name| request.get(**name).is_some_and(|value| !value.is_null()));
    // Wording not known from the service.
    ensure(!model.prompt || set.is_none(), || {
        let name = set.copied().unwrap_or_default();
        format!("The {name} field can't be set when a prompt is used. Remove {name} and try again.")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::stand_in::validate::probe::*;

    #[test]
    fn what_a_prompt_defines_is_rejected() {
        let prompt = "arn:aws:bedrock:us-east-1:123456789012:prompt/PROMPT1234:1";
        let variables = json!({ "promptVariables": { "name": { "text": "x" } } });
        assert_eq!(answer(prompt, &variables), "accepted");
        let limited = with(variables, "inferenceConfig", json!({ "maxTokens": 1 }));
        assert!(answer(prompt, &limited).starts_with("The inferenceConfig field can't be set"));
        assert_eq!(answer(OPAQUE, &with(says("hi"), "inferenceConfig", json!({ "maxTokens": 1 }))), "accepted");
    }
}
