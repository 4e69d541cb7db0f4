//! The words.

use serde_json::Value;

/// Splits a text as a model would: a word with the space before it.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for c in text.chars() {
        match pieces.last_mut() {
            Some(piece) if !(c == ' ' || c == '\n') || piece.ends_with([' ', '\n']) => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

/// What the model thinks, if it was asked to.
pub(super) fn reasoning(request: &Value) -> String {
    let asked = shown(&question(request));
    format!(
        "The user says \u{201c}{asked}\u{201d}. I have no knowledge here, only manners, so I will say plainly what I am and what I received."
    )
}

/// An answer without a tool, or the one that repeats what a tool said.
pub(super) fn answer(request: &Value) -> String {
    let results = tool_results(request);
    if !results.is_empty() {
        let found = results.join("; ");
        return format!("Here is what I found: {}.", found.trim_end_matches('.'));
    }
    let asked = shown(&question(request));
    let turns = request.get("messages").and_then(Value::as_array).map_or(0, Vec::len);
    let attached = attachments(request);
    let mut said = format!(
        "Hello! I am the local stand-in for Amazon Bedrock: no model, but the same wire. \
         You said \u{201c}{asked}\u{201d}, and I stream this answer word by word, as a model would."
    );
    if turns > 1 {
        said.push_str(&format!(" I can see the {turns} turns of our conversation."));
    }
    if !attached.is_empty() {
        said.push_str(&format!(" With it came {}.", attached.join(", ")));
    }
    said
}

/// The results of tools since the last question, oldest first, as the model would retell them.
pub(super) fn tool_results(request: &Value) -> Vec<String> {
    let since = since_question(request);
    let blocks = since.iter().filter_map(|message| message.get("content")?.as_array()).flatten();
    let results = blocks.filter_map(|block| block.pointer("/toolResult/content")?.as_array());
    results
        .flatten()
        .map(|item| match (item.get("text").and_then(Value::as_str), item.get("json")) {
            (Some(text), _) => text.chars().take(400).collect(),
            (None, Some(json)) => told(json).chars().take(400).collect(),
            (None, None) => "something that is not text".to_owned(),
        })
        .collect()
}

/// A result in JSON as a sentence would put it.
fn told(json: &Value) -> String {
    match json {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), told(value)));
            members.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(told).collect::<Vec<_>>().join(" and "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// How often the model has called tools since the last question.
pub(super) fn rounds(request: &Value) -> usize {
    let called = |message: &&Value| has_block(message, "toolUse");
    since_question(request).iter().filter(called).count()
}

/// The last question: the texts of the last user turn that has any.
pub(super) fn question(request: &Value) -> String {
    let messages = messages(request);
    let asked =
        messages.iter().rev().find(|message| message.get("role") == Some(&"user".into()) && has_block(message, "text"));
    let content = asked.and_then(|message| message.get("content")?.as_array());
    let texts = content.into_iter().flatten().filter_map(|block| block.get("text")?.as_str());
    texts.collect::<Vec<_>>().join(" ")
}

/// The turns from the last question on.
fn since_question(request: &Value) -> &[Value] {
    let messages = messages(request);
    let asked = |message: &Value| message.get("role") == Some(&"user".into()) && has_block(message, "text");
    messages.iter().rposition(asked).and_then(|at| messages.get(at..)).unwrap_or_default()
}

fn messages(request: &Value) -> &[Value] {
    request.get("messages").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn has_block(message: &Value, kind: &str) -> bool {
    let content = message.get("content").and_then(Value::as_array);
    content.is_some_and(|content| content.iter().any(|block| block.get(kind).is_some()))
}

fn last_content(request: &Value) -> &[Value] {
    let messages = request.get("messages").and_then(Value::as_array);
    let content = messages.and_then(|messages| messages.last()?.get("content")?.as_array());
    content.map(Vec::as_slice).unwrap_or_default()
}

fn attachments(request: &Value) -> Vec<String> {
    let named = |kind: &str, block: &Value| {
        let part = block.get(kind)?;
        let format = part.get("format").and_then(Value::as_str).unwrap_or("unnamed format");
        Some(format!("one {kind} ({format})"))
    };
    let kinds = ["image", "document", "video", "audio"];
    last_content(request).iter().filter_map(|block| kinds.iter().find_map(|kind| named(kind, block))).collect()
}

/// The first words of a text.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(120).collect();
    if short.len() < text.len() { format!("{}\u{2026}", short.trim_end()) } else { short.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_text() {
        for text in ["", "a", " a  b\n\nc d ", "Hello! I am"] {
            assert_eq!(pieces(text).concat(), text);
        }
        assert_eq!(pieces("Hello! I am"), ["Hello!", " I", " am"]);
    }
}
