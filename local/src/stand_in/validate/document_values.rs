//! Members that are documents: JSON objects, without a key that Bedrock keeps for itself.

use serde_json::Value;

use super::{blocks, ensure, list, part, result_parts, set};
use crate::stand_in::error::Rejection;

/// Bedrock's own mark of a type. It was seen to reject it inside a tool's result, as if that were no object.
const RESERVED: &str = "__type";

pub(super) fn check(request: &Value) -> Result<(), Rejection> {
    for (place, block) in blocks(request) {
        if let Some(call) = part(block, "toolUse") {
            object(call.get("input"), &format!("{place}.toolUse.input"))?;
        }
        for (index, part) in result_parts(block).iter().enumerate() {
            if let Some(json) = part.get("json") {
                object(Some(json), &format!("{place}.toolResult.content.{index}.json"))?;
            }
        }
    }
    let tools = request.get("toolConfig").map(|config| list(config, "tools")).unwrap_or_default();
    for (index, spec) in tools.iter().enumerate().filter_map(|(index, tool)| Some((index, part(tool, "toolSpec")?))) {
        let place = format!("toolConfig.tools.{index}.toolSpec.inputSchema.json");
        object(spec.pointer("/inputSchema/json"), &place)?;
    }
    match set(request, "/additionalModelRequestFields") {
        Some(fields) => object(Some(fields), "additionalModelRequestFields"),
        None => Ok(()),
    }
}

fn object(value: Option<&Value>, place: &str) -> Result<(), Rejection> {
    let legal = value.is_some_and(|value| value.is_object() && !is_reserved(value));
    ensure(legal, || {
        format!("The format of the value at {place} is invalid. Provide a json object for the field and try again.")
    })
}

/// Whether the reserved key stands at any depth.
fn is_reserved(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| name == RESERVED || is_reserved(value)),
        Value::Array(items) => items.iter().any(is_reserved),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::stand_in::validate::probe::*;

    #[test]
    fn a_result_that_is_no_object_is_rejected() {
        for json in [json!([1, 2]), json!("text"), json!(1), json!(null), json!({ "a": [{ "__type": "x" }] })] {
            let result = json!({ "toolResult": { "toolUseId": "a", "content": [{ "json": json }] } });
            assert_eq!(
                answer(NOVA, &after_calls(json!([call("a")]), json!([result]))),
                "The format of the value at messages.2.content.0.toolResult.content.0.json is invalid. Provide a json object for the field and try again."
            );
        }
    }

    #[test]
    fn an_input_and_a_schema_that_are_no_objects_are_rejected() {
        let call = json!({ "toolUse": { "toolUseId": "a", "name": "f", "input": "{}" } });
        assert!(
            answer(CLAUDE, &after_calls(json!([call]), json!([result("a")])))
                .contains("messages.1.content.0.toolUse.input is invalid")
        );
        let tools = json!({ "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": "{}" } } }] });
        assert!(
            answer(CLAUDE, &with(says("hi"), "toolConfig", tools))
                .contains("toolConfig.tools.0.toolSpec.inputSchema.json is invalid")
        );
        let fields = with(says("hi"), "additionalModelRequestFields", json!([1]));
        assert!(answer(CLAUDE, &fields).contains("at additionalModelRequestFields is invalid"));
    }
}
