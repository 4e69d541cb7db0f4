//! Calls and results in the conversation: declared tools, every call answered once, in the turn that follows.

use std::collections::HashSet;

use serde_json::Value;

use super::{blocks, ensure, has, messages, model_error, part, role};
use crate::stand_in::error::Rejection;
use crate::stand_in::models::Model;

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Rejection> {
    let used = blocks(request).any(|(_, block)| has(block, "toolUse") || has(block, "toolResult"));
    ensure(!used || has(request, "toolConfig"), || {
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.".to_owned()
    })?;
    let (mut open, mut all): (Vec<&str>, HashSet<&str>) = (Vec::new(), HashSet::new());
    for (turn, message, content) in messages(request) {
        match role(message) {
            "user" => {
                answered(&open, content, turn, model)?;
                open.clear();
            }
            "assistant" => open = calls(content, turn, &mut all)?,
            _ => {}
        }
    }
    Ok(())
}

/// A call that a result must follow: not one of Bedrock's own server tools.
fn own_call(block: &Value) -> Option<&Value> {
    part(block, "toolUse").filter(|call| call.get("type").and_then(Value::as_str) != Some("server_tool_use"))
}

/// The ids of a turn's calls.
fn calls<'a>(content: &'a [Value], turn: usize, all: &mut HashSet<&'a str>) -> Result<Vec<&'a str>, Rejection> {
    let first = content.iter().position(|block| own_call(block).is_some()).unwrap_or(content.len());
    let text_after = content.iter().skip(first).any(|block| has(block, "text"));
    // Wording not known from the service.
    ensure(!text_after, || format!("A text block at messages.{turn}.content must come before the toolUse blocks."))?;
    let mut ids = Vec::new();
    for id in content.iter().filter_map(own_call).filter_map(|call| call.get("toolUseId")?.as_str()) {
        // Wording not known from the service.
        ensure(all.insert(id), || {
            format!("The toolUse blocks at messages.{turn}.content contain duplicate Ids: {id}")
        })?;
        ids.push(id);
    }
    Ok(ids)
}

fn answered(open: &[&str], content: &[Value], turn: usize, model: &Model<'_>) -> Result<(), Rejection> {
    let results = content.iter().filter_map(|block| part(block, "toolResult"));
    let ids: Vec<&str> = results.filter_map(|result| result.get("toolUseId")?.as_str()).collect();
    let unique: HashSet<&&str> = ids.iter().collect();
    ensure(ids.len() <= open.len(), || {
        format!(
            "The number of toolResult blocks at messages.{turn}.content exceeds the number of toolUse blocks of previous turn."
        )
    })?;
    // Wording not known from the service.
    ensure(unique.len() == ids.len(), || {
        format!("The toolResult blocks at messages.{turn}.content contain duplicate Ids: {}", ids.join(", "))
    })?;
    let missing: Vec<&str> = open.iter().copied().filter(|id| !ids.contains(id)).collect();
    ensure(missing.is_empty(), || {
        format!("Expected toolResult blocks at messages.{turn}.content for the following Ids: {}", missing.join(", "))
    })?;
    let leading = content.iter().take_while(|block| has(block, "toolResult")).count();
    if model.family.is_claude() && leading < ids.len() {
        let late = ids.len() - leading;
        return Err(model_error(&format!(
            "messages.{turn}: Did not find {late} `tool_result` block(s) at the beginning of this message. Messages following `tool_use` blocks must begin with a matching number of `tool_result` blocks."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::stand_in::validate::probe::*;

    #[test]
    fn every_call_is_answered_once_in_any_order() {
        let follows = |results| answer(CLAUDE, &after_calls(json!([call("a"), call("b")]), results));
        assert_eq!(follows(json!([result("b"), result("a")])), "accepted");
        assert_eq!(
            follows(json!([result("a")])),
            "Expected toolResult blocks at messages.2.content for the following Ids: b"
        );
        assert_eq!(
            follows(json!([{ "text": "never mind" }])),
            "Expected toolResult blocks at messages.2.content for the following Ids: a, b"
        );
        assert_eq!(
            follows(json!([result("a"), result("b"), result("c")])),
            "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn."
        );
        assert!(follows(json!([result("a"), result("a")])).contains("contain duplicate Ids: a"));
        assert!(follows(json!([result("a"), result("c")])).ends_with("for the following Ids: b"));
    }

    #[test]
    fn a_result_without_a_call_is_rejected() {
        let request = with(asks(json!([result("a")])), "toolConfig", tool_config());
        assert!(answer(NOVA, &request).contains("exceeds the number of toolUse blocks"));
    }

    #[test]
    fn tool_blocks_without_tools_are_rejected() {
        let mut request = after_calls(json!([call("a")]), json!([result("a")]));
        request.as_object_mut().unwrap().remove("toolConfig");
        assert_eq!(
            answer(CLAUDE, &request),
            "The toolConfig field must be defined when using toolUse and toolResult content blocks."
        );
    }

    #[test]
    fn an_id_twice_in_a_conversation_is_rejected() {
        assert!(
            answer(CLAUDE, &after_calls(json!([call("a"), call("a")]), json!([result("a")])))
                .contains("duplicate Ids: a")
        );
        let go = user(json!([{ "text": "go" }]));
        let again = turns(&[
            go,
            assistant(json!([call("a")])),
            user(json!([result("a")])),
            assistant(json!([call("a")])),
            user(json!([result("a")])),
        ]);
        assert!(answer(CLAUDE, &with(again, "toolConfig", tool_config())).contains("duplicate Ids: a"));
    }

    #[test]
    fn text_comes_before_calls_and_results_before_text() {
        let calls = json!([call("a"), { "text": "and" }]);
        assert!(
            answer(CLAUDE, &after_calls(calls, json!([result("a")]))).contains("must come before the toolUse blocks")
        );
        let results = json!([{ "text": "here" }, result("a")]);
        assert!(
            answer(CLAUDE, &after_calls(json!([call("a")]), results.clone()))
                .contains("Did not find 1 `tool_result` block(s)")
        );
        assert_eq!(answer(NOVA, &after_calls(json!([call("a")]), results)), "accepted");
    }

    #[test]
    fn names_and_ids_outside_the_pattern_are_rejected_in_the_history() {
        let bad = json!({ "toolUse": { "toolUseId": "a/b", "name": "my tool", "input": {} } });
        let sentence = answer(CLAUDE, &after_calls(json!([bad]), json!([result("a/b")])));
        assert!(sentence.starts_with("3 validation errors detected: "), "{sentence}");
        assert!(sentence.contains(
            "Value at 'messages.2.member.content.1.member.toolUse.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+"
        ));
    }

    #[test]
    fn a_call_of_bedrocks_own_tool_needs_no_result() {
        let server = json!({ "toolUse": { "toolUseId": "s", "name": "nova_code_interpreter", "input": {}, "type": "server_tool_use" } });
        let done = json!({ "toolResult": { "toolUseId": "s", "content": [{ "json": {} }], "type": "nova_code_interpreter_result" } });
        let request = after_calls(json!([server, done, call("a")]), json!([result("a")]));
        assert_eq!(answer("us.amazon.nova-2-lite-v1:0", &request), "accepted");
    }
}
