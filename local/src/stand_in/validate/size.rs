//! More tokens than a model takes or gives.

use serde_json::Value;

use super::{blocks, ensure, list, model_error, part, result_parts, set};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::Model;

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let asked = set(request, "/inferenceConfig/maxTokens").and_then(Value::as_u64);
    let limit = model.output.unwrap_or(u64::MAX);
    ensure(asked.is_none_or(|asked| asked <= limit), || {
        format!(
            "The maximum tokens you requested exceeds the model limit of {limit}. Try again with a maximum tokens value that is lower than {limit}."
        )
    })?;
    match model.context {
        Some(context) if tokens(request) > context => Err(model_error("Input is too long for requested model.")),
        _ => Ok(()),
    }
}

/// The conversation's tokens: four letters each; media are not counted.
fn tokens(request: &Value) -> usize {
    let length = |value: Option<&Value>| value.and_then(Value::as_str).map_or(0, str::len);
    let said = blocks(request).map(|(_, block)| {
        let results = result_parts(block)
            .iter()
            .map(|part| length(part.get("text")) + part.get("json").map_or(0, |json| json.to_string().len()));
        let input =
            part(block, "toolUse").and_then(|call| call.get("input")).map_or(0, |input| input.to_string().len());
        length(block.get("text")) + input + results.sum::<usize>()
    });
    let system = list(request, "system").iter().map(|block| length(block.get("text")));
    (said.sum::<usize>() + system.sum::<usize>()) / 4
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::stand_in::validate::probe::*;

    #[test]
    fn more_output_than_the_model_gives_is_rejected() {
        let asked = |model: &str, tokens: u64| {
            answer(model, &with(says("hi"), "inferenceConfig", json!({ "maxTokens": tokens })))
        };
        assert_eq!(asked(NOVA, 10_000), "accepted");
        assert_eq!(
            asked(NOVA, 10_001),
            "The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens value that is lower than 10000."
        );
        assert_eq!(asked(OPAQUE, 1_000_000), "accepted");
    }

    #[test]
    fn more_input_than_the_model_reads_is_rejected() {
        let long = says(&"four".repeat(128_001));
        assert_eq!(
            answer(GPT_OSS, &long),
            "The model returned the following errors: Input is too long for requested model."
        );
        assert_eq!(answer(CLAUDE, &long), "accepted");
    }
}
