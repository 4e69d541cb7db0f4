//! Cache points: four at most, behind something that can be cached, longer ones first, if the model has them.

use serde_json::Value;

use super::{ensure, list, messages, model_error, no_such_field, part};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::{Model, Takes};

const MOST: usize = 4;
/// Documents that become plain text.
const TEXT_FORMATS: [&str; 4] = ["txt", "md", "html", "csv"];

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let tools = request.get("toolConfig").map(|config| list(config, "tools")).unwrap_or_default();
    // In the order of the cached prefix.
    let mut lists = vec![("toolConfig.tools".to_owned(), tools), ("system".to_owned(), list(request, "system"))];
    lists.extend(messages(request).map(|(turn, _, content)| (format!("messages.{turn}.content"), content)));
    let points = lists.iter().flat_map(|(_, items)| items.iter()).filter_map(|item| part(item, "cachePoint"));
    let ttls: Vec<&str> = points.map(|point| part(point, "ttl").and_then(Value::as_str).unwrap_or("5m")).collect();
    if ttls.is_empty() {
        return Ok(());
    }
    if model.cache == Takes::No {
        return Err(match model.cache_unknown {
            true => Rejection::validation(no_such_field("cachePoint")),
            false => Rejection::new(
                "AccessDeniedException",
                "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.",
            ),
        });
    }
    if ttls.len() > MOST {
        return Err(model_error(&format!(
            "A maximum of {MOST} blocks with cache_control may be provided. Found {}.",
            ttls.len()
        )));
    }
    // Wording not known from the service.
    ensure(model.cache_hour != Takes::No || !ttls.contains(&"1h"), || {
        "This model doesn't support a cachePoint ttl of 1h. Update the ttl and try again.".to_owned()
    })?;
    if ttls.windows(2).any(|pair| pair == ["5m", "1h"]) {
        return Err(model_error("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."));
    }
    lists.iter().try_for_each(|(place, items)| behind(items, place, model))
}

/// What a cache point may stand behind.
fn behind(items: &[Value], place: &str, model: &Model<'_>) -> Result<(), Rejection> {
    let (claude, nova) = (model.family.is_claude(), model.family.is_nova());
    for (index, _) in items.iter().enumerate().filter(|(_, item)| part(item, "cachePoint").is_some()) {
        let before = index.checked_sub(1).and_then(|before| items.get(before));
        // Wording not known from the service.
        ensure(before.is_some(), || {
            format!("The cachePoint block at {place}.{index} must follow another block. Move the block and try again.")
        })?;
        let Some(before) = before else { continue };
        ensure(part(before, "reasoningContent").is_none(), || {
            "Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again."
                .to_owned()
        })?;
        if claude && part(before, "document").is_some_and(is_plain) {
            return Err(model_error(&format!("{place}.{index}.type: Field required")));
        }
        // Nova's own body has the cache point inside the text before it, and in tools nowhere.
        let at = if place == "toolConfig.tools" { index } else { index - 1 };
        if nova && part(before, "text").is_none() {
            let place = place.replace('.', "/");
            return Err(model_error(&format!(
                "Malformed input request: #/{place}/{at}: extraneous key [cachePoint] is not permitted, please reformat your input and try again."
            )));
        }
    }
    Ok(())
}

/// Whether a document becomes plain text.
fn is_plain(document: &Value) -> bool {
    let format = document.get("format").and_then(Value::as_str).unwrap_or_default();
    TEXT_FORMATS.contains(&format) || document.pointer("/source/bytes").is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::stand_in::validate::probe::*;

    fn point(ttl: &str) -> Value {
        json!({ "cachePoint": { "type": "default", "ttl": ttl } })
    }

    fn system(points: &[Value]) -> Value {
        let system = [&[json!({ "text": "s" })], points].concat();
        with(says("hi"), "system", Value::from(system))
    }

    #[test]
    fn cache_points_are_four_at_most_and_do_not_grow_longer() {
        assert_eq!(answer(CLAUDE, &system(&[point("1h"), point("5m")])), "accepted");
        assert!(answer(CLAUDE, &system(&[point("5m"), point("1h")])).contains("must not come after a ttl='5m'"));
        let five = vec![point("5m"); 5];
        assert!(
            answer(CLAUDE, &system(&five))
                .contains("A maximum of 4 blocks with cache_control may be provided. Found 5.")
        );
        let in_tools = json!({ "tools": [tool_config()["tools"][0], point("5m")] });
        assert!(answer(CLAUDE, &with(system(&[point("1h")]), "toolConfig", in_tools)).contains("must not come after"));
    }

    #[test]
    fn cache_points_are_rejected_by_models_without() {
        let asked = system(&[point("5m")]);
        for model in ["us.xai.grok-4.7", "us.moonshotai.kimi-k3", "us.openai.gpt-6-sol"] {
            let sentence = "This model doesn't support the cachePoint field. Remove cachePoint and try again.";
            assert_eq!(answer(model, &asked), sentence, "{model}");
        }
        for model in [LLAMA, GPT_OSS, "qwen.qwen3-coder-next", "anthropic.claude-v2:1"] {
            assert_eq!(
                answer(model, &asked),
                "AccessDeniedException: You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.",
                "{model}"
            );
        }
    }

    #[test]
    fn an_hour_is_taken_only_by_late_claude() {
        let hour = system(&[point("1h")]);
        for model in ["us.anthropic.claude-sonnet-4-20250514-v1:0", NOVA] {
            assert!(answer(model, &hour).contains("ttl of 1h"), "{model}");
        }
    }

    #[test]
    fn nova_takes_none_among_tools_and_none_behind_a_result() {
        let config = json!({ "tools": [tool_config()["tools"][0], { "cachePoint": { "type": "default" } }] });
        let request = with(says("hi"), "toolConfig", config);
        assert_eq!(answer(CLAUDE, &request), "accepted");
        assert_eq!(
            answer(NOVA, &request),
            "The model returned the following errors: Malformed input request: #/toolConfig/tools/1: extraneous key [cachePoint] is not permitted, please reformat your input and try again."
        );
        let behind = after_calls(json!([call("a")]), json!([result("a"), point("5m")]));
        assert_eq!(answer(CLAUDE, &behind), "accepted");
        assert!(answer(NOVA, &behind).contains("#/messages/2/content/0: extraneous key [cachePoint]"));
        assert_eq!(answer(NOVA, &asks(json!([{ "text": "x" }, point("5m")]))), "accepted");
    }

    #[test]
    fn a_cache_point_stands_behind_what_can_be_cached() {
        let document = json!({ "document": { "name": "a", "format": "txt", "source": { "bytes": "aGk=" } } });
        let plain = asks(json!([{ "text": "x" }, document, point("5m")]));
        assert!(answer(CLAUDE, &plain).ends_with("messages.0.content.2.type: Field required"));
        assert!(answer(CLAUDE, &asks(json!([point("5m"), { "text": "x" }]))).contains("must follow another block"));
        let thinks = json!({ "reasoningContent": { "reasoningText": { "text": "hm", "signature": "c2ln" } } });
        let said = assistant(json!([thinks, point("5m"), { "text": "b" }]));
        let request = turns(&[user(json!([{ "text": "a" }])), said, user(json!([{ "text": "c" }]))]);
        assert_eq!(
            answer(CLAUDE, &request),
            "Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again."
        );
    }
}
