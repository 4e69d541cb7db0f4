//! Turns without content, and text that is blank.

use serde_json::Value;

use super::{ensure, has, list, messages, part, result_parts};
use crate::stand_in::error::Rejection;

pub(super) fn check(request: &Value) -> Result<(), Rejection> {
    for (turn, _, content) in messages(request) {
        ensure(!content.is_empty(), || {
            format!(
                "The content field in the Message object at messages.{turn} is empty. Add a ContentBlock object to the content field and try again."
            )
        })?;
        // "\n" beside a document or a cache point was seen to pass.
        let beside = content.iter().any(|block| has(block, "document") || has(block, "cachePoint"));
        for (index, block) in content.iter().enumerate() {
            let place = format!("messages.{turn}.content.{index}");
            let text = part(block, "text").and_then(Value::as_str);
            ensure(!text.is_some_and(|text| text.is_empty() || (is_blank(text) && !beside)), || {
                blank("ContentBlock", &place)
            })?;
            for (index, part) in result_parts(block).iter().enumerate() {
                let text = part.get("text").and_then(Value::as_str);
                // Wording not known from the service.
                ensure(!text.is_some_and(is_blank), || {
                    blank("ToolResultContentBlock", &format!("{place}.toolResult.content.{index}"))
                })?;
            }
        }
    }
    for (index, block) in list(request, "system").iter().enumerate() {
        let text = part(block, "text").and_then(Value::as_str);
        // Wording not known from the service.
        ensure(!text.is_some_and(is_blank), || blank("SystemContentBlock", &format!("system.{index}")))?;
    }
    Ok(())
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn blank(object: &str, place: &str) -> String {
    format!("The text field in the {object} object at {place} is blank. Add text to the text field, and try again.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::stand_in::validate::probe::*;

    #[test]
    fn blank_text_is_rejected_by_its_place() {
        let sentence = "The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.";
        for text in ["", " \n"] {
            assert_eq!(answer(CLAUDE, &says(text)), sentence);
        }
        let system = with(says("hi"), "system", json!([{ "text": "s" }, { "text": " " }]));
        assert!(answer(CLAUDE, &system).contains("at system.1 is blank"));
        let empty = json!({ "toolResult": { "toolUseId": "a", "content": [{ "text": "" }] } });
        let request = after_calls(json!([call("a")]), json!([empty]));
        assert!(answer(CLAUDE, &request).contains("at messages.2.content.0.toolResult.content.0 is blank"));
    }

    #[test]
    fn a_line_break_beside_a_cache_point_passes() {
        let content = json!([{ "text": "a" }, { "text": "\n" }, { "cachePoint": { "type": "default" } }]);
        assert_eq!(answer(CLAUDE, &asks(content)), "accepted");
    }

    #[test]
    fn a_turn_without_content_is_rejected() {
        assert!(answer(CLAUDE, &asks(json!([]))).contains("at messages.0 is empty"));
    }
}
