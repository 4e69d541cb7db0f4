//! How a model is asked to think, and what cannot stand beside it.

use serde_json::Value;

use super::{model_error, part, set};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Choice, Model, Thinking};

/// The smallest budget that Claude takes.
const LEAST_BUDGET: u64 = 1024;

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let fields = |name: &str| set(request, &format!("/additionalModelRequestFields/{name}"));
    if let Some(thinking) = fields("thinking").filter(|_| model.family.is_claude()) {
        return claude(thinking, request, model);
    }
    match fields("reasoningConfig").filter(|_| model.family.is_nova()) {
        Some(config) => nova(config, request, model),
        None => Ok(()),
    }
}

fn claude(thinking: &Value, request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let kind = thinking.get("type").and_then(Value::as_str).unwrap_or_default();
    let rejected = match (kind, model.thinking) {
        ("enabled", Thinking::Adaptive | Thinking::Always) => Some(
            "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior.",
        ),
        // Wording of the other three not known from the service.
        ("disabled", Thinking::Always) => Some("\"thinking.type.disabled\" is not supported for this model."),
        ("adaptive", Thinking::Budget) => Some("adaptive thinking is not supported on this model"),
        ("enabled" | "adaptive", Thinking::Never) => Some("thinking: Extra inputs are not permitted"),
        _ => None,
    };
    if let Some(message) = rejected {
        return Err(model_error(message));
    }
    match kind {
        "enabled" => budget(thinking, request)?,
        "adaptive" if part(thinking, "budget_tokens").is_some() => {
            return Err(model_error("thinking.adaptive.budget_tokens: Extra inputs are not permitted"));
        }
        "adaptive" => {}
        _ => return Ok(()),
    }
    let choice = set(request, "/toolConfig/toolChoice");
    let forced = choice.is_some_and(|choice| part(choice, "any").or(part(choice, "tool")).is_some());
    if forced && model.choice == Choice::Unthinking {
        return Err(model_error("Thinking may not be enabled when tool_choice forces tool use."));
    }
    // The service adds a link.
    let number = |pointer: &str| set(request, pointer).and_then(Value::as_f64);
    if number("/inferenceConfig/temperature").is_some_and(|value| value != 1.0) {
        return Err(model_error("`temperature` may only be set to 1 when thinking is enabled or in adaptive mode."));
    }
    if number("/inferenceConfig/topP").is_some_and(|value| value < 0.95) {
        return Err(model_error("`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled."));
    }
    if number("/additionalModelRequestFields/top_k").is_some() {
        return Err(model_error("`top_k` must be unset when thinking is enabled."));
    }
    Ok(())
}

fn budget(thinking: &Value, request: &Value) -> Result<(), Rejection> {
    let budget = thinking.get("budget_tokens").and_then(Value::as_u64);
    if budget.is_none_or(|budget| budget < LEAST_BUDGET) {
        return Err(model_error(&format!(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to {LEAST_BUDGET}"
        )));
    }
    // Without maxTokens the model's own default was seen to hold.
    let max_tokens = set(request, "/inferenceConfig/maxTokens").and_then(Value::as_u64);
    if max_tokens.is_some_and(|max_tokens| Some(max_tokens) <= budget) {
        return Err(model_error("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    Ok(())
}

fn nova(config: &Value, request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let text = |name: &str| config.get(name).and_then(Value::as_str);
    let effort = text("maxReasoningEffort");
    let known = match (text("type"), effort) {
        (Some("enabled"), effort) => {
            model.thinking != Thinking::Never
                && effort.is_some_and(|effort| ["low", "medium", "high"].contains(&effort))
        }
        (kind, _) => kind == Some("disabled"),
    };
    if !known {
        return Err(model_error(
            "Malformed input request: the provided reasoning config value is invalid, please reformat your input and try again.",
        ));
    }
    let set = ["maxTokens", "temperature", "topP"]
        .into_iter()
        .find(|name| set(request, &format!("/inferenceConfig/{name}")).is_some());
    match set {
        Some(name) if effort == Some("high") => {
            // Wording not known from the service.
            Err(model_error(&format!("{name} must be unset when maxReasoningEffort is high")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    const NOVA_2: &str = "us.amazon.nova-2-lite-v1:0";

    fn asked(model: &str, fields: Value, config: Value) -> String {
        let request = with(says("hi"), "additionalModelRequestFields", fields);
        answer(model, &with(request, "inferenceConfig", config))
    }

    fn thinking(model: &str, thinking: Value, config: Value) -> String {
        asked(model, json!({ "thinking": thinking }), config)
    }

    #[test]
    fn a_budget_is_at_least_1024_and_below_max_tokens() {
        let budget = |tokens: u64| json!({ "type": "enabled", "budget_tokens": tokens });
        assert_eq!(thinking(CLAUDE, budget(1024), json!({ "maxTokens": 1025 })), "accepted");
        assert_eq!(thinking(CLAUDE, budget(10_000), json!({})), "accepted");
        assert!(thinking(CLAUDE, budget(100), json!({})).contains("Input should be greater than or equal to 1024"));
        let sentence =
            "The model returned the following errors: `max_tokens` must be greater than `thinking.budget_tokens`.";
        assert_eq!(thinking(CLAUDE, budget(1024), json!({ "maxTokens": 1024 })), sentence);
    }

    #[test]
    fn a_kind_of_thinking_is_taken_by_version() {
        let kinds = [
            json!({ "type": "enabled", "budget_tokens": 1024 }),
            json!({ "type": "adaptive" }),
            json!({ "type": "disabled" }),
        ];
        let taken = |model: &str| kinds.clone().map(|kind| thinking(model, kind, json!({})) == "accepted");
        assert_eq!(taken(CLAUDE), [true, false, true]);
        assert_eq!(taken("us.anthropic.claude-sonnet-4-6"), [true, true, true]);
        assert_eq!(taken("us.anthropic.claude-sonnet-5"), [false, true, true]);
        assert_eq!(taken(OPUS), [false, true, false]);
        assert_eq!(taken("us.anthropic.claude-3-5-haiku-20241022-v1:0"), [false, false, true]);
    }

    #[test]
    fn thinking_stands_beside_no_forced_choice_and_no_sampling() {
        let forced = |model: &str, thinking: Value| {
            let config = with(tool_config(), "toolChoice", json!({ "any": {} }));
            let request = with(says("hi"), "toolConfig", config);
            answer(model, &with(request, "additionalModelRequestFields", json!({ "thinking": thinking })))
        };
        let enabled = json!({ "type": "enabled", "budget_tokens": 1024 });
        assert!(
            forced(CLAUDE, enabled.clone()).ends_with("Thinking may not be enabled when tool_choice forces tool use.")
        );
        assert_eq!(forced("us.anthropic.claude-sonnet-5", json!({ "type": "adaptive" })), "accepted");
        assert_eq!(thinking(CLAUDE, enabled.clone(), json!({ "temperature": 1 })), "accepted");
        assert!(thinking(CLAUDE, enabled.clone(), json!({ "temperature": 0.5 })).contains("may only be set to 1"));
        assert!(thinking(CLAUDE, enabled.clone(), json!({ "topP": 0.5 })).contains("`top_p` must be"));
        let top_k = json!({ "thinking": enabled, "top_k": 5 });
        assert!(asked(CLAUDE, top_k, json!({})).contains("`top_k` must be unset"));
    }

    #[test]
    fn nova_thinks_by_effort_and_at_high_effort_without_limits() {
        let effort = |effort: &str| json!({ "reasoningConfig": { "type": "enabled", "maxReasoningEffort": effort } });
        assert_eq!(asked(NOVA_2, effort("low"), json!({ "maxTokens": 100 })), "accepted");
        assert_eq!(asked(NOVA_2, effort("high"), json!({})), "accepted");
        for name in ["maxTokens", "temperature", "topP"] {
            assert!(
                asked(NOVA_2, effort("high"), json!({ name: 1 })).contains(&format!("{name} must be unset")),
                "{name}"
            );
        }
        for fields in [effort("max"), json!({ "reasoningConfig": { "type": "enabled" } })] {
            assert!(asked(NOVA_2, fields, json!({})).contains("the provided reasoning config value is invalid"));
        }
        assert!(asked(NOVA, effort("low"), json!({})).contains("the provided reasoning config value is invalid"));
    }
}
