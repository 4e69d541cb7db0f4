//! Calls of declared tools: made if the prompt asks for what a tool does, with an input that fits its schema.

use serde_json::{Map, Value, json};

use super::Block;
use super::talk;
use crate::stand_in::models::Model;

/// The calls the question asks for, in the order the tools were declared. What follows a "then" is asked for in the
/// next round.
pub(super) fn calls(request: &Value, model: &Model<'_>) -> Vec<Block> {
    let question = talk::question(request);
    let round = talk::rounds(request);
    let Some(prompt) = question.split(" then ").nth(round).map(str::to_owned) else { return Vec::new() };
    let specs = request.pointer("/toolConfig/tools").and_then(Value::as_array).into_iter().flatten();
    let specs: Vec<&Value> = specs.filter_map(|tool| tool.get("toolSpec")).collect();
    let choice = request.pointer("/toolConfig/toolChoice");
    let forced = choice.and_then(|choice| choice.pointer("/tool/name")).and_then(Value::as_str);
    let mut wanted: Vec<&Value> = specs
        .iter()
        .filter(|spec| forced.map_or_else(|| asks_for(&prompt, spec), |name| name_of(spec) == name))
        .copied()
        .collect();
    if round > 0 && (forced.is_some() || wanted.is_empty()) {
        return Vec::new();
    }
    if wanted.is_empty() && choice.is_some_and(|choice| choice.get("any").is_some()) {
        wanted.extend(specs.first());
    }
    let turn = request.get("messages").and_then(Value::as_array).map_or(0, Vec::len);
    let fragmented = !model.family.is_nova();
    wanted
        .into_iter()
        .enumerate()
        .map(|(index, spec)| Block::ToolUse {
            id: format!("tooluse_standin-{turn:02}-{index:02}-abcdefgh"),
            name: name_of(spec).to_owned(),
            input: input(spec.pointer("/inputSchema/json").unwrap_or(&Value::Null), &prompt),
            fragmented,
        })
        .collect()
}

fn name_of(spec: &Value) -> &str {
    spec.get("name").and_then(Value::as_str).unwrap_or_default()
}

/// Whether a word of the tool's name, three letters or longer, is in the prompt. `get_order_status` is asked for
/// by "order" and by "status"; words that say nothing do not count.
fn asks_for(prompt: &str, spec: &Value) -> bool {
    const EMPTY: [&str; 8] = ["get", "the", "and", "for", "tool", "fetch", "find", "current"];
    let prompt = prompt.to_lowercase();
    let said: Vec<&str> = prompt.split(|c: char| !c.is_alphanumeric()).collect();
    let name = name_of(spec).to_lowercase();
    let mut words = name.split(['_', '-']).filter(|word| word.len() >= 3 && !EMPTY.contains(word));
    words.any(|word| said.iter().any(|said| said.starts_with(word)))
}

/// An input after the schema, filled from the prompt.
fn input(schema: &Value, prompt: &str) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object);
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let filled = properties.into_iter().flatten().filter(|(name, _)| required.contains(&name.as_str()));
    let filled: Map<String, Value> =
        filled.map(|(name, property)| (name.clone(), value(name, property, prompt))).collect();
    Value::Object(filled)
}

fn value(name: &str, schema: &Value, prompt: &str) -> Value {
    if let Some(first) = schema.get("enum").and_then(Value::as_array).and_then(|values| values.first()) {
        return first.clone();
    }
    let number = prompt.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| word.parse::<f64>().ok());
    match schema.get("type").and_then(Value::as_str) {
        Some("integer") => json!(number.unwrap_or(1.0) as i64),
        Some("number") => json!(number.unwrap_or(1.0)),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => input(schema, prompt),
        _ => json!(text(name, prompt)),
    }
}

/// The part of the prompt that a text property means: a word with a digit for an id, else a name (a word with a
/// capital inside the sentence), else the whole.
fn text(name: &str, prompt: &str) -> String {
    if name.contains("zone") {
        let zone = prompt.split_whitespace().find(|word| word.contains('/'));
        return zone.unwrap_or("UTC").trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    }
    if name.contains("expression") {
        let is_part = |c: char| c.is_ascii_digit() || "+-*/^().% ".contains(c);
        let runs = prompt.split(|c: char| !is_part(c)).map(|run| run.trim().trim_end_matches('.'));
        let longest = runs.filter(|run| run.contains(|c: char| c.is_ascii_digit())).max_by_key(|run| run.len());
        return longest.unwrap_or_default().to_owned();
    }
    let words: Vec<&str> =
        prompt.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let is_id = ["id", "number", "order", "code", "key"].iter().any(|part| name.to_lowercase().contains(part));
    // "order 1001" names the order, whatever other numbers there are.
    let stem = name.split('_').next().unwrap_or(name).to_lowercase();
    let after_name = words.windows(2).find_map(|pair| match pair {
        [before, word] if before.to_lowercase().starts_with(&stem) && word.contains(|c: char| c.is_ascii_digit()) => {
            Some(*word)
        }
        _ => None,
    });
    if let Some(word) = after_name {
        return word.to_owned();
    }
    let with_digit = words.iter().find(|word| word.chars().any(|c| c.is_ascii_digit()));
    let capital = words.iter().skip(1).find(|word| word.len() > 1 && word.starts_with(char::is_uppercase));
    let found = if is_id { with_digit.or(capital) } else { capital.or(with_digit) };
    found.map_or_else(|| prompt.to_owned(), |word| (*word).to_owned())
}
