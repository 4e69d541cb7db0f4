//! `outputConfig.textFormat`: models that have it, and the schemas they take.

use serde_json::Value;

use super::{blocks, model_error, no_such_field, part, schema_subset, set};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Takes};

/// What messages about the schema begin with.
const PLACE: &str = "output_config.format.schema";

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let Some(format) = set(request, "/outputConfig/textFormat") else { return Ok(()) };
    if model.structured == Takes::No {
        return Err(match model.family.is_claude() {
            true => model_error("output_config.format: Extra inputs are not permitted"),
            // Wording not known from the service.
            false => Rejection::validation(no_such_field("outputConfig.textFormat")),
        });
    }
    let text = format.pointer("/structure/jsonSchema/schema").and_then(Value::as_str).unwrap_or_default();
    // Wording not known from the service.
    let schema = serde_json::from_str(text).ok().filter(Value::is_object);
    let schema = schema.ok_or_else(|| model_error(&format!("{PLACE}: Input should be a valid JSON schema")))?;
    schema_subset::check(&schema, PLACE)?;
    let cited = blocks(request).any(|(_, block)| {
        let document = part(block, "document");
        document.and_then(|document| document.pointer("/citations/enabled")) == Some(&Value::Bool(true))
    });
    if cited && model.family.is_claude() {
        // Wording not known from the service.
        return Err(model_error("output_config.format: Structured output is not supported with citations"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    fn structured(schema: Value) -> Value {
        let format = json!({ "type": "json_schema", "structure": { "jsonSchema": { "name": "A", "schema": schema } } });
        with(says("hi"), "outputConfig", json!({ "textFormat": format }))
    }

    fn closed() -> Value {
        json!(json!({ "type": "object", "additionalProperties": false }).to_string())
    }

    #[test]
    fn structured_output_is_rejected_by_models_without() {
        for model in [CLAUDE, "us.anthropic.claude-sonnet-4-6", "qwen.qwen3-32b-v1:0", "us.anthropic.claude-sonnet-5"] {
            assert_eq!(answer(model, &structured(closed())), "accepted", "{model}");
        }
        for model in ["us.anthropic.claude-opus-4-7", OPUS] {
            assert!(
                answer(model, &structured(closed())).ends_with("output_config.format: Extra inputs are not permitted")
            );
        }
        assert!(answer(NOVA, &structured(closed())).contains("outputConfig.textFormat field"));
    }

    #[test]
    fn a_schema_is_a_text() {
        assert_eq!(
            answer(CLAUDE, &structured(json!({ "type": "object" }))),
            "SerializationException: Start of structure or map found where not expected."
        );
        for text in ["no json", "[]"] {
            assert!(answer(CLAUDE, &structured(json!(text))).contains("should be a valid JSON schema"));
        }
    }

    #[test]
    fn a_schema_outside_the_part_that_models_take_is_rejected() {
        let open = json!(json!({ "type": "object" }).to_string());
        assert_eq!(
            answer(CLAUDE, &structured(open)),
            "The model returned the following errors: output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
        );
    }
}
