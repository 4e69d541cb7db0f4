//! Temperature, topP and stop sequences that a model does not take.

use serde_json::Value;

use super::{ensure, list, model_error, no_such_field, set};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Sampling, Takes};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let claude = model.family.is_claude();
    let given = |name: &str| set(request, &format!("/inferenceConfig/{name}")).is_some();
    match model.sampling {
        Sampling::Neither => {
            for (name, native) in [("temperature", "temperature"), ("topP", "top_p")] {
                if given(name) && claude {
                    return Err(deprecated(native));
                }
                ensure(!given(name), || no_such_field(name))?;
            }
            if claude && set(request, "/additionalModelRequestFields/top_k").is_some() {
                return Err(deprecated("top_k"));
            }
        }
        Sampling::OneOfTwo if given("temperature") && given("topP") => {
            return Err(model_error(
                "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
            ));
        }
        Sampling::OneOfTwo | Sampling::Both | Sampling::Unknown => {}
    }
    let sequences = request.get("inferenceConfig").map(|config| list(config, "stopSequences")).unwrap_or_default();
    ensure(sequences.is_empty() || model.family.stop_sequences != Takes::No, || no_such_field("stopSequences"))?;
    let blank = sequences.iter().filter_map(Value::as_str).any(|text| text.trim().is_empty());
    if claude && blank {
        return Err(model_error("stop_sequences: each stop sequence must contain non-whitespace"));
    }
    Ok(())
}

fn deprecated(name: &str) -> Rejection {
    model_error(&format!("`{name}` is deprecated for this model."))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    fn asked(model: &str, config: Value) -> String {
        answer(model, &with(says("hi"), "inferenceConfig", config))
    }

    #[test]
    fn sampling_parameters_are_taken_by_version() {
        let both = json!({ "temperature": 0.5, "topP": 0.9 });
        assert_eq!(
            asked(CLAUDE, both.clone()),
            "The model returned the following errors: `temperature` and `top_p` cannot both be specified for this model. Please use only one."
        );
        for model in [NOVA, "us.anthropic.claude-3-7-sonnet-20250219-v1:0", GPT_OSS] {
            assert_eq!(asked(model, both.clone()), "accepted", "{model}");
        }
        assert_eq!(
            asked("us.anthropic.claude-opus-5", json!({ "temperature": 0.5 })),
            "The model returned the following errors: `temperature` is deprecated for this model."
        );
        assert!(asked(OPUS, json!({ "topP": 0.5 })).contains("`top_p` is deprecated"));
        assert_eq!(
            asked("us.openai.gpt-6-sol", json!({ "temperature": 0.5 })),
            "This model doesn't support the temperature field. Remove temperature and try again."
        );
        assert!(asked("us.xai.grok-4.7", json!({ "topP": 0.5 })).contains("the topP field"));
        let top_k = with(says("hi"), "additionalModelRequestFields", json!({ "top_k": 5 }));
        assert!(answer(OPUS, &top_k).contains("`top_k` is deprecated"));
    }

    #[test]
    fn stop_sequences_are_rejected_by_family_and_blank_ones_by_claude() {
        let stop = json!({ "stopSequences": ["END"] });
        for model in [GPT_OSS, "us.openai.gpt-5.5", "us.xai.grok-4.7", "qwen.qwen3-coder-480b-a35b-v1:0"] {
            let sentence = "This model doesn't support the stopSequences field. Remove stopSequences and try again.";
            assert_eq!(asked(model, stop.clone()), sentence, "{model}");
            assert_eq!(asked(model, json!({ "stopSequences": [] })), "accepted", "{model}");
        }
        assert_eq!(asked(CLAUDE, stop.clone()), "accepted");
        assert_eq!(asked(NOVA, stop), "accepted");
        assert!(
            asked(CLAUDE, json!({ "stopSequences": ["\n"] }))
                .ends_with("each stop sequence must contain non-whitespace")
        );
    }
}
