//! For the tests of the rules: what a request is answered.

use serde_json::{Value, json};

use crate::stand_in::models::Model;

pub(super) const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
pub(super) const OPUS: &str = "us.anthropic.claude-opus-5-5";
pub(super) const NOVA: &str = "us.amazon.nova-lite-v1:0";
pub(super) const LLAMA: &str = "us.meta.llama4-maverick-17b-instruct-v1:0";
pub(super) const WRITER: &str = "us.writer.palmyra-x5-v1:0";
pub(super) const TITAN: &str = "amazon.titan-text-express-v1";
pub(super) const GPT_OSS: &str = "openai.gpt-oss-120b-1:0";
pub(super) const OPAQUE: &str = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6";

/// What Converse says of `request`: `accepted`, or the rejection's sentence.
pub(super) fn answer(model: &str, request: &Value) -> String {
    answer_to(model, request, false)
}

/// What ConverseStream says of it.
pub(super) fn stream_answer(model: &str, request: &Value) -> String {
    answer_to(model, request, true)
}

fn answer_to(model: &str, request: &Value, streamed: bool) -> String {
    match super::check(request, &Model::find(model).unwrap(), streamed) {
        Ok(()) => "accepted".to_owned(),
        Err(rejection) if rejection.exception == "ValidationException" => rejection.message,
        Err(rejection) => format!("{}: {}", rejection.exception, rejection.message),
    }
}

/// A turn of the user.
pub(super) fn user(content: Value) -> Value {
    json!({ "role": "user", "content": content })
}

/// A turn of the model.
pub(super) fn assistant(content: Value) -> Value {
    json!({ "role": "assistant", "content": content })
}

/// A conversation.
pub(super) fn turns(messages: &[Value]) -> Value {
    json!({ "messages": messages })
}

/// One turn of one text.
pub(super) fn says(text: &str) -> Value {
    asks(json!([{ "text": text }]))
}

/// One turn.
pub(super) fn asks(content: Value) -> Value {
    turns(&[user(content)])
}

/// `request` with one member more.
pub(super) fn with(mut request: Value, name: &str, value: Value) -> Value {
    request[name] = value;
    request
}

/// A `toolConfig` of one tool `f`.
pub(super) fn tool_config() -> Value {
    json!({ "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": { "type": "object" } } } }] })
}

pub(super) fn call(id: &str) -> Value {
    json!({ "toolUse": { "toolUseId": id, "name": "f", "input": {} } })
}

pub(super) fn result(id: &str) -> Value {
    json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "x" }] } })
}

/// A conversation with calls and the turn that follows them.
pub(super) fn after_calls(calls: Value, follows: Value) -> Value {
    let turns = turns(&[user(json!([{ "text": "go" }])), assistant(calls), user(follows)]);
    with(turns, "toolConfig", tool_config())
}
