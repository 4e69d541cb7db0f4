//! The end of an answer: the `done` event, the JSON document that holds the same, and the `toolResult` event.

use serde::Serialize;
use serde_json::value::RawValue;
use shared::engine::tool_loop::protocol::{Answered, Done};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DoneEvent<'a> {
    stop_reason: &'a str,
    model_id: &'a str,
    rounds: u32,
    attempts: u32,
    usage: Option<&'a RawValue>,
    metrics: Metrics,
    new_messages: &'a [Box<RawValue>],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    latency_ms: Option<u64>,
    time_to_first_token_ms: Option<u64>,
}

/// The data of `done`.
pub(super) fn done(done: &Done, model_id: &str) -> Vec<u8> {
    let gained = &done.gained;
    let event = DoneEvent {
        stop_reason: done.reason.name(),
        model_id,
        rounds: gained.rounds,
        attempts: gained.attempts,
        usage: gained.usage.as_deref(),
        metrics: Metrics {
            latency_ms: gained.latency_ms,
            time_to_first_token_ms: gained.time_to_first_token.map(|first| first.as_millis() as u64),
        },
        new_messages: &gained.new_messages,
    };
    // Strings, numbers and JSON that was read before have no way to fail.
    serde_json::to_vec(&event).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolResultEvent<'a> {
    tool_use_id: &'a str,
    name: &'a str,
    status: &'static str,
    content: &'a RawValue,
    duration_ms: u64,
}

/// The data of `toolResult`.
pub(super) fn tool_result(answered: &Answered) -> Vec<u8> {
    let Ok(content) = serde_json::from_str(&answered.result.content) else { return b"{}".to_vec() };
    let event = ToolResultEvent {
        tool_use_id: &answered.result.tool_use_id,
        name: &answered.name,
        status: answered.result.status.name(),
        content,
        duration_ms: answered.duration.as_millis() as u64,
    };
    serde_json::to_vec(&event).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ours<'a> {
    stop_reason: &'a str,
    model_id: &'a str,
    rounds: u32,
    attempts: u32,
    usage: Option<&'a RawValue>,
    new_messages: &'a [Box<RawValue>],
}

/// Converse's last answer, every field as it came, and ours after it. `stopReason` and `usage` are the whole turn's;
/// so is `metrics` where there was more than one round.
pub(super) fn json(done: &Done, model_id: &str) -> Vec<u8> {
    let gained = &done.gained;
    let mut out = b"{".to_vec();
    let fields = done.reply.as_ref().and_then(|reply| reply.fields());
    let ours = ["stopReason", "modelId", "rounds", "attempts", "usage", "newMessages"];
    for (name, value) in fields.iter().flat_map(|fields| fields.entries()) {
        if !ours.contains(&name.as_ref()) {
            out.extend(serde_json::to_vec(name).unwrap_or_default());
            out.push(b':');
            match gained.latency_ms {
                Some(latency_ms) if name == "metrics" && gained.rounds > 1 => {
                    out.extend_from_slice(format!(r#"{{"latencyMs":{latency_ms}}}"#).as_bytes());
                }
                _ => out.extend_from_slice(value.get().as_bytes()),
            }
            out.push(b',');
        }
    }
    let ours = Ours {
        stop_reason: done.reason.name(),
        model_id,
        rounds: gained.rounds,
        attempts: gained.attempts,
        usage: gained.usage.as_deref(),
        new_messages: &gained.new_messages,
    };
    out.extend_from_slice(serde_json::to_vec(&ours).unwrap_or_default().get(1..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::converse::response::Reply;
    use shared::engine::tool_loop::protocol::{EndReason, Gained};

    #[test]
    fn a_converse_answer_passes_whole_with_the_turns_fields_after_it() {
        let body = r#"{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"trace":{"x":1.0},"stopReason":"end_turn","usage":{"inputTokens":1}}"#;
        let reply = Reply::read(body.into()).unwrap();
        let gained =
            Gained { rounds: 1, attempts: 1, usage: reply.usage().map(ToOwned::to_owned), ..Gained::default() };
        let reason = EndReason::Model(reply.stop_reason().clone());
        let json = json(&Done { reason, gained, reply: Some(reply) }, "a.b");
        assert_eq!(
            String::from_utf8(json).unwrap(),
            r#"{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"trace":{"x":1.0},"stopReason":"end_turn","modelId":"a.b","rounds":1,"attempts":1,"usage":{"inputTokens":1},"newMessages":[]}"#
        );
    }
}
