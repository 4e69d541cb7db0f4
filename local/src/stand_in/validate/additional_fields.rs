//! `additionalModelRequestFields` that a family's body does not have.

use serde_json::Value;

use super::{model_error, set};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::Model;

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let fields = set(request, "/additionalModelRequestFields").and_then(Value::as_object);
    let stray = fields.and_then(|fields| fields.keys().find(|name| !model.family.takes_field(name)));
    match stray {
        Some(name) if model.family.is_claude() => Err(model_error(&format!("{name}: Extra inputs are not permitted"))),
        Some(name) => Err(model_error(&format!(
            "Malformed input request: #: extraneous key [{name}] is not permitted, please reformat your input and try again."
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    #[test]
    fn another_familys_words_are_rejected_by_claude_and_nova() {
        let asked =
            |model: &str, fields: Value| answer(model, &with(says("hi"), "additionalModelRequestFields", fields));
        assert_eq!(
            asked(CLAUDE, json!({ "reasoning_effort": "high" })),
            "The model returned the following errors: reasoning_effort: Extra inputs are not permitted"
        );
        assert!(asked(NOVA, json!({ "top_k": 5 })).contains("#: extraneous key [top_k] is not permitted"));
        assert_eq!(asked(CLAUDE, json!({ "top_k": 5 })), "accepted");
        assert_eq!(asked(NOVA, json!({ "inferenceConfig": { "topK": 5 } })), "accepted");
        assert_eq!(asked(GPT_OSS, json!({ "reasoning_effort": "high" })), "accepted");
    }
}
