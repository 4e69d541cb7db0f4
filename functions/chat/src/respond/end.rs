//! The end of an answer: the `done` event, and the JSON document that holds the same.

use serde::Serialize;
use serde_json::value::RawValue;
use shared::converse::reply::Reply;
use shared::converse::transcript::new_messages;
use shared::model_id::ModelId;
use shared::turn::Done;

/// Model calls in an answer, and tries at each.
const ONE: u32 = 1;

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
    let event = DoneEvent {
        stop_reason: done.stop_reason.name(),
        model_id,
        rounds: ONE,
        attempts: ONE,
        usage: done.usage.as_deref(),
        metrics: Metrics {
            latency_ms: done.latency_ms,
            time_to_first_token_ms: done.time_to_first_token.map(|first| first.as_millis() as u64),
        },
        new_messages: &done.new_messages,
    };
    // Strings, numbers and JSON that was read before have no way to fail.
    serde_json::to_vec(&event).unwrap_or_default()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ours<'a> {
    model_id: &'a str,
    rounds: u32,
    attempts: u32,
    new_messages: &'a [Box<RawValue>],
}

/// Converse's answer, every field as it came, and ours after it.
pub(super) fn json(reply: &Reply, model_id: &ModelId) -> Vec<u8> {
    let mut out = b"{".to_vec();
    let fields = reply.fields();
    for (name, value) in fields.iter().flat_map(|fields| fields.entries()) {
        if !["modelId", "rounds", "attempts", "newMessages"].contains(&name.as_ref()) {
            out.extend(serde_json::to_vec(name).unwrap_or_default());
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
            out.push(b',');
        }
    }
    let new_messages = new_messages(&reply.blocks(), reply.stop_reason());
    let ours = Ours { model_id: model_id.as_str(), rounds: ONE, attempts: ONE, new_messages: &new_messages };
    out.extend_from_slice(serde_json::to_vec(&ours).unwrap_or_default().get(1..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_converse_answer_passes_whole_with_our_fields_after_it() {
        let body = r#"{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"stopReason":"end_turn","trace":{"x":1.0},"usage":{"inputTokens":1}}"#;
        let reply = Reply::read(body.into()).unwrap();
        let json = String::from_utf8(json(&reply, &ModelId::parse("a.b").unwrap())).unwrap();
        let start = body.strip_suffix('}').unwrap();
        assert_eq!(
            json,
            format!(
                r#"{start},"modelId":"a.b","rounds":1,"attempts":1,"newMessages":[{{"role":"assistant","content":[{{"text":"hi"}}]}}]}}"#
            )
        );
    }
}
