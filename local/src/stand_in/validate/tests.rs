use serde_json::json;
use shared::model::id::ModelId;

use super::*;

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const NOVA: &str = "us.amazon.nova-lite-v1:0";

fn refused(model: &str, request: &Value) -> String {
    let id = ModelId::parse(model).unwrap();
    match check(request, &Model::find(&id).unwrap()) {
        Ok(()) => "accepted".to_owned(),
        Err(refusal) => refusal.message,
    }
}

fn says(text: &str) -> Value {
    json!({ "messages": [{ "role": "user", "content": [{ "text": text }] }] })
}

fn with(mut request: Value, name: &str, value: Value) -> Value {
    request[name] = value;
    request
}

#[test]
fn constraints_are_counted_and_joined() {
    let request = with(says("hi"), "inferenceConfig", json!({ "maxTokens": 0, "temperature": 1.5 }));
    assert_eq!(
        refused(CLAUDE, &request),
        "2 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1"
    );
    let tools = json!({ "tools": [{ "toolSpec": { "name": "no spaces", "inputSchema": { "json": {} } } }] });
    assert_eq!(
        refused(CLAUDE, &with(says("hi"), "toolConfig", tools)),
        "1 validation error detected: Value 'no spaces' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+"
    );
    let metadata: serde_json::Map<_, _> = (0..17).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert!(
        refused(CLAUDE, &with(says("hi"), "requestMetadata", Value::Object(metadata)))
            .contains("less than or equal to 16")
    );
}

#[test]
fn a_history_that_starts_with_assistant_is_refused_by_the_families_that_do() {
    let request = json!({ "messages": [
        { "role": "assistant", "content": [{ "text": "Hi" }] }, { "role": "user", "content": [{ "text": "yes" }] } ] });
    assert_eq!(refused(CLAUDE, &request), "accepted");
    assert_eq!(refused("qwen.qwen3-32b-v1:0", &request), "accepted");
    for model in [NOVA, "us.meta.llama4-maverick-17b-instruct-v1:0", "us.writer.palmyra-x4-v1:0"] {
        assert!(refused(model, &request).starts_with("A conversation must start with a user message."), "{model}");
    }
}

#[test]
fn a_prefill_is_refused_where_the_model_has_none() {
    let request = json!({ "messages": [
        { "role": "user", "content": [{ "text": "Hi" }] }, { "role": "assistant", "content": [{ "text": "{" }] } ] });
    assert_eq!(refused(CLAUDE, &request), "accepted");
    assert!(refused("anthropic.claude-opus-4-7", &request).contains("does not support assistant message prefill"));
}

#[test]
fn blank_text_is_refused_by_place() {
    assert!(refused(CLAUDE, &says(" \n")).contains("at messages.0.content.0 is blank"));
    let empty = json!({ "messages": [{ "role": "user", "content": [] }] });
    assert!(refused(CLAUDE, &empty).contains("at messages.0 is empty"));
}

#[test]
fn every_call_is_answered_once() {
    let tools = json!({ "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": {} } } }] });
    let call = |id: &str| json!({ "toolUse": { "toolUseId": id, "name": "f", "input": {} } });
    let result = |id: &str| json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "x" }] } });
    let turns = |results: Vec<Value>| {
        json!({ "toolConfig": tools, "messages": [{ "role": "user", "content": [{ "text": "go" }] },
            { "role": "assistant", "content": [call("a"), call("b")] }, { "role": "user", "content": results }] })
    };
    assert_eq!(refused(CLAUDE, &turns(vec![result("b"), result("a")])), "accepted");
    assert_eq!(
        refused(CLAUDE, &turns(vec![result("a")])),
        "Expected toolResult blocks at messages.2.content for the following Ids: b"
    );
    assert!(
        refused(CLAUDE, &turns(vec![result("a"), result("b"), result("c")]))
            .contains("exceeds the number of toolUse blocks")
    );
    let mut undeclared = turns(vec![result("a"), result("b")]);
    undeclared.as_object_mut().unwrap().remove("toolConfig");
    assert!(refused(CLAUDE, &undeclared).starts_with("The toolConfig field must be defined"));
    let llama = "us.meta.llama4-maverick-17b-instruct-v1:0";
    let mixed = turns(vec![result("a"), result("b"), json!({ "text": "and" })]);
    assert_eq!(
        refused(llama, &mixed),
        "Conversation blocks and tool result blocks cannot be provided in the same turn."
    );
}

#[test]
fn documents_need_text_and_a_legal_name_of_their_own() {
    let document = |name: &str| json!({ "document": { "name": name, "format": "pdf", "source": { "bytes": "aGk=" } } });
    let asks = |blocks: Value| json!({ "messages": [{ "role": "user", "content": blocks }] });
    assert_eq!(refused(CLAUDE, &asks(json!([document("a"), { "text": "x" }]))), "accepted");
    assert_eq!(refused(CLAUDE, &asks(json!([document("a")]))), "A text block must be included when using documents.");
    assert!(
        refused(CLAUDE, &asks(json!([document("a.pdf"), { "text": "x" }])))
            .starts_with("The document file name can only")
    );
    assert!(
        refused(CLAUDE, &asks(json!([document("a"), document("a"), { "text": "x" }])))
            .contains("duplicate document names")
    );
}

#[test]
fn versions_differ_in_what_they_take() {
    let both = with(says("hi"), "inferenceConfig", json!({ "temperature": 0.5, "topP": 0.9 }));
    assert!(refused(CLAUDE, &both).contains("cannot both be specified"));
    assert_eq!(refused(NOVA, &both), "accepted");
    let sampled = with(says("hi"), "inferenceConfig", json!({ "temperature": 0.5 }));
    assert!(refused("anthropic.claude-opus-5", &sampled).contains("`temperature`"));
    let forced = json!({ "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": {} } } }], "toolChoice": { "any": {} } });
    let forced = with(says("hi"), "toolConfig", forced);
    assert!(refused("anthropic.claude-opus-5-5", &forced).contains("toolConfig.toolChoice.any"));
    assert!(refused("us.deepseek.r1-v1:0", &forced).contains("doesn't support tool use"));
    let small = with(
        says("hi"),
        "additionalModelRequestFields",
        json!({ "thinking": { "type": "enabled", "budget_tokens": 100 } }),
    );
    assert!(refused(CLAUDE, &small).contains("greater than or equal to 1024"));
}

#[test]
fn cache_points_are_four_at_most_and_do_not_grow_longer() {
    let point = |ttl: &str| json!({ "cachePoint": { "type": "default", "ttl": ttl } });
    let system =
        |points: Vec<Value>| with(says("hi"), "system", Value::from([vec![json!({ "text": "s" })], points].concat()));
    assert_eq!(refused(CLAUDE, &system(vec![point("1h"), point("5m")])), "accepted");
    assert!(refused(CLAUDE, &system(vec![point("5m"), point("1h")])).contains("must not come after"));
    assert!(refused(CLAUDE, &system(vec![point("5m"); 5])).contains("A maximum of 4 blocks"));
    assert!(refused("us.xai.grok-4.7", &system(vec![point("5m")])).contains("did not allow prompt caching"));
}
