//! Tools: declared where they are used, every call answered once.

use std::collections::HashSet;

use serde_json::Value;

use super::{ensure, messages, model_error, role};
use crate::stand_in::error::Refusal;
use crate::stand_in::models::{Family, Model, Takes};

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    let config = request.get("toolConfig");
    let used = messages(request)
        .any(|(_, _, content)| content.iter().any(|b| b.get("toolUse").is_some() || b.get("toolResult").is_some()));
    ensure(!used || config.is_some(), || {
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.".to_owned()
    })?;
    if let Some(config) = config {
        declared(config, model)?;
    }
    let mut expected: Vec<String> = Vec::new();
    for (turn, message, content) in messages(request) {
        if role(message) == "user" {
            answered(&expected, content, turn)?;
            mixed(content, model)?;
        }
        expected = calls(content, turn)?;
    }
    Ok(())
}

fn declared(config: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    ensure(model.tools != Takes::No, || "This model doesn't support tool use.".to_owned())?;
    let mut names = HashSet::new();
    for (index, tool) in config.get("tools").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let Some(spec) = tool.get("toolSpec") else { continue };
        ensure(spec.pointer("/inputSchema/json").is_some_and(Value::is_object), || {
            format!(
                "The format of the value at toolConfig.tools.{index}.toolSpec.inputSchema.json is invalid. Provide a json object for the field and try again."
            )
        })?;
        // Wording not known from the service.
        let name = spec.get("name").and_then(Value::as_str).unwrap_or_default();
        ensure(names.insert(name), || format!("The tool name {name} is used more than once in toolConfig.tools."))?;
    }
    let choice = config.get("toolChoice");
    for kind in ["any", "tool"] {
        let asked = choice.is_some_and(|choice| choice.get(kind).is_some());
        ensure(!asked || model.forced_choice != Takes::No, || {
            format!(
                "This model doesn't support the toolConfig.toolChoice.{kind} field. Remove toolConfig.toolChoice.{kind} and try again."
            )
        })?;
    }
    Ok(())
}

/// A call that a result must follow: not one of Bedrock's own server tools.
fn is_call(block: &Value) -> bool {
    block.get("toolUse").is_some_and(|call| call.get("type").and_then(Value::as_str) != Some("server_tool_use"))
}

/// The ids of a turn's calls.
fn calls(content: &[Value], turn: usize) -> Result<Vec<String>, Refusal> {
    let mut ids: Vec<String> = Vec::new();
    let first = content.iter().position(is_call).unwrap_or(content.len());
    let text_after = content.iter().skip(first).any(|block| block.get("text").is_some());
    // Wording not known from the service.
    ensure(!text_after, || format!("A text block at messages.{turn}.content must come before the toolUse blocks."))?;
    for call in content.iter().filter(|block| is_call(block)).filter_map(|block| block.get("toolUse")) {
        let id = call.get("toolUseId").and_then(Value::as_str).unwrap_or_default().to_owned();
        // Wording of both not known from the service.
        ensure(!ids.contains(&id), || {
            format!("The toolUse blocks at messages.{turn}.content contain duplicate Ids: {id}")
        })?;
        ensure(call.get("input").is_some_and(Value::is_object), || {
            format!(
                "The format of the value at messages.{turn}.content toolUse.input is invalid. Provide a json object for the field and try again."
            )
        })?;
        ids.push(id);
    }
    Ok(ids)
}

fn answered(expected: &[String], content: &[Value], turn: usize) -> Result<(), Refusal> {
    let ids: Vec<&str> = content.iter().filter_map(|block| block.pointer("/toolResult/toolUseId")?.as_str()).collect();
    let unique: HashSet<&&str> = ids.iter().collect();
    ensure(ids.len() <= expected.len() && unique.len() == ids.len(), || {
        format!(
            "The number of toolResult blocks at messages.{turn}.content exceeds the number of toolUse blocks of previous turn."
        )
    })?;
    let missing: Vec<&str> = expected.iter().map(String::as_str).filter(|id| !ids.contains(id)).collect();
    ensure(missing.is_empty(), || {
        format!("Expected toolResult blocks at messages.{turn}.content for the following Ids: {}", missing.join(", "))
    })
}

/// What may stand beside a tool's result.
fn mixed(content: &[Value], model: &Model<'_>) -> Result<(), Refusal> {
    let has = |kind: &str| content.iter().any(|block| block.get(kind).is_some());
    if !has("toolResult") {
        return Ok(());
    }
    let others = content.iter().any(|block| block.get("toolResult").is_none() && block.get("cachePoint").is_none());
    let strict = matches!(model.family(), Family::Llama | Family::Mistral | Family::Writer);
    ensure(!(strict && others), || {
        "Conversation blocks and tool result blocks cannot be provided in the same turn.".to_owned()
    })?;
    if model.family() == Family::Writer && content.iter().any(|b| b.pointer("/toolResult/status").is_some()) {
        return Err(Refusal::validation("This model doesn't support the status field. Remove status and try again."));
    }
    if content.iter().any(|block| {
        let items = block.pointer("/toolResult/content").and_then(Value::as_array);
        items.is_some_and(|items| items.iter().any(|item| item.get("cachePoint").is_some()))
    }) {
        return Err(model_error("cachePoint is not permitted inside toolResult.content"));
    }
    Ok(())
}
