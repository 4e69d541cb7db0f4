//! The part of JSON Schema that structured output and strict tools take ("Structured output", Bedrock user guide).

use serde_json::Value;

use super::model_error;
use crate::stand_in::error::Rejection;

/// Keywords that are rejected, and the type that messages name.
const REJECTED: [(&str, &str); 6] = [
    ("minimum", "integer"),
    ("maximum", "integer"),
    ("exclusiveMinimum", "integer"),
    ("exclusiveMaximum", "integer"),
    ("multipleOf", "integer"),
    ("maxItems", "array"),
];

/// Checks `schema`; `at` is what messages begin with.
pub(super) fn check(schema: &Value, at: &str) -> Result<(), Rejection> {
    match schema {
        Value::Object(members) => {
            let kind = members.get("type").and_then(Value::as_str);
            for (keyword, usual) in REJECTED {
                // A property of this name is no keyword.
                if members.get(keyword).is_some_and(Value::is_number) {
                    return Err(unsupported(at, kind.unwrap_or(usual), keyword));
                }
            }
            if members.get("minItems").and_then(Value::as_u64).is_some_and(|least| least > 1) {
                return Err(unsupported(at, "array", "minItems"));
            }
            let closed = members.get("additionalProperties") == Some(&Value::Bool(false));
            if kind == Some("object") && !closed {
                return Err(model_error(&format!(
                    "{at}: For 'object' type, 'additionalProperties' must be explicitly set to false"
                )));
            }
            let elsewhere = |target: &str| !target.starts_with('#');
            // Wording of both not known from the service.
            match members.get("$ref").and_then(Value::as_str) {
                Some(target) if elsewhere(target) => {
                    return Err(model_error(&format!("{at}: External references are not supported: {target}")));
                }
                Some("#") => return Err(model_error(&format!("{at}: Recursive schemas are not supported"))),
                _ => {}
            }
            members.values().try_for_each(|value| check(value, at))
        }
        Value::Array(items) => items.iter().try_for_each(|item| check(item, at)),
        _ => Ok(()),
    }
}

fn unsupported(at: &str, kind: &str, keyword: &str) -> Rejection {
    model_error(&format!("{at}: For '{kind}' type, property '{keyword}' is not supported"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_keyword_outside_the_part_is_rejected_and_a_property_of_its_name_is_not() {
        let schema = |property: Value| json!({ "type": "object", "additionalProperties": false, "properties": { "minimum": property } });
        assert_eq!(check(&schema(json!({ "type": "array", "minItems": 1 })), "s"), Ok(()));
        assert_eq!(check(&schema(json!({ "type": "string", "maxLength": 5 })), "s"), Ok(()));
        for (property, problem) in [
            (json!({ "type": "array", "maxItems": 3 }), "For 'array' type, property 'maxItems' is not supported"),
            (json!({ "type": "integer", "minimum": 3 }), "For 'integer' type, property 'minimum' is not supported"),
            (json!({ "type": "object" }), "For 'object' type, 'additionalProperties' must be explicitly set to false"),
        ] {
            assert!(check(&schema(property), "s").is_err_and(|rejection| rejection.message.ends_with(problem)));
        }
    }
}
