//! Sampling, thinking and structured output: what differs between a family's versions.

use serde_json::Value;

use super::{ensure, model_error};
use crate::stand_in::error::Refusal;
use crate::stand_in::models::{Family, Model, Takes};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    let set = |pointer: &str| request.pointer(pointer).filter(|value| !value.is_null());
    let (temperature, top_p) = (set("/inferenceConfig/temperature"), set("/inferenceConfig/topP"));
    if model.sampling == Takes::No {
        for (value, name) in [(temperature, "temperature"), (top_p, "top_p")] {
            if value.is_some() {
                // Wording not known from the service.
                return Err(model_error(&format!("`{name}` is not supported by this model.")));
            }
        }
    }
    if model.one_of_temperature_and_top_p() && temperature.is_some() && top_p.is_some() {
        return Err(model_error(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ));
    }
    if model.family() == Family::Claude {
        thinking(request)?;
    }
    let sequences = set("/inferenceConfig/stopSequences").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    if sequences && ["openai.gpt-5", "openai.gpt-6", "xai.grok"].iter().any(|start| model.base_id.starts_with(start)) {
        // Wording not known from the service.
        return Err(model_error("`stop` is not supported by this model."));
    }
    if set("/outputConfig/textFormat").is_some() && model.structured == Takes::No {
        return Err(model_error("output_config.format: Extra inputs are not permitted"));
    }
    let both = set("/toolConfig/toolChoice").is_some() && set("/additionalModelRequestFields/tool_choice").is_some();
    // Wording not known from the service.
    ensure(!both, || "The additional field tool_choice conflicts with toolConfig.toolChoice.".to_owned())
}

fn thinking(request: &Value) -> Result<(), Refusal> {
    let thinking = request.pointer("/additionalModelRequestFields/thinking");
    if thinking.and_then(|thinking| thinking.get("type")).and_then(Value::as_str) != Some("enabled") {
        return Ok(());
    }
    let budget = thinking.and_then(|thinking| thinking.get("budget_tokens")).and_then(Value::as_u64);
    if budget.is_none_or(|budget| budget < 1024) {
        return Err(model_error("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"));
    }
    let max_tokens = request.pointer("/inferenceConfig/maxTokens").and_then(Value::as_u64);
    if max_tokens.is_some_and(|max_tokens| Some(max_tokens) <= budget) {
        return Err(model_error("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    let forced = request.pointer("/toolConfig/toolChoice").is_some_and(|choice| choice.get("auto").is_none());
    if forced {
        return Err(model_error("Thinking may not be enabled when tool_choice forces tool use."));
    }
    Ok(())
}
