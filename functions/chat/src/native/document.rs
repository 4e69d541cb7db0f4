//! What this service adds to Converse's words: the data of `done` and `toolResult`, and the JSON document of a whole turn.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use shared::converse::message::Message;
use shared::converse::tool_result::ToolStatus;
use shared::engine::tool_loop::turn::{ToolAnswer, TurnDone};
use shared::json::Raw;

/// The data of `done`.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DoneData<'a> {
    stop_reason: &'a str,
    model_id: &'a str,
    rounds: u32,
    attempts: u32,
    adapted: &'a [&'static str],
    usage: Option<&'a Raw>,
    metrics: Metrics,
    #[serde(skip_serializing_if = "Option::is_none")]
    discard_last_user_turn: Option<bool>,
    new_messages: &'a [Message],
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    latency_ms: Option<u64>,
    time_to_first_token_ms: Option<u64>,
}

impl<'a> DoneData<'a> {
    pub(super) fn new(done: &'a TurnDone) -> Self {
        let summary = &done.summary;
        Self {
            stop_reason: done.reason.name(),
            model_id: model_id(done),
            rounds: summary.rounds,
            attempts: summary.attempts,
            adapted: &summary.adapted,
            usage: summary.usage.as_ref(),
            metrics: Metrics {
                latency_ms: summary.latency_ms,
                time_to_first_token_ms: summary.time_to_first_token.map(|first| first.as_millis() as u64),
            },
            discard_last_user_turn: summary.discard_last_user_turn.then_some(true),
            new_messages: &summary.new_messages,
        }
    }
}

fn model_id(done: &TurnDone) -> &str {
    done.summary.model_id.as_ref().map(|model_id| model_id.as_str()).unwrap_or_default()
}

/// The data of `toolResult`.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToolResultData<'a> {
    tool_use_id: &'a str,
    name: &'a str,
    status: ToolStatus,
    content: &'a Raw,
    duration_ms: u64,
}

impl<'a> ToolResultData<'a> {
    pub(super) fn new(answer: &'a ToolAnswer) -> Self {
        Self {
            tool_use_id: &answer.result.tool_use_id,
            name: &answer.name,
            status: answer.result.status,
            content: &answer.result.content,
            duration_ms: answer.duration.as_millis() as u64,
        }
    }
}

/// Converse's last answer, every field as it came, and ours after it. `stopReason` and `usage` are the whole turn's; so is
/// `metrics` if there was more than one round.
pub(super) struct WholeTurn(pub(super) TurnDone);

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Latency {
    latency_ms: u64,
}

impl Serialize for WholeTurn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let done = &self.0;
        let summary = &done.summary;
        let ours =
            ["stopReason", "modelId", "rounds", "attempts", "adapted", "usage", "discardLastUserTurn", "newMessages"];
        let mut map = serializer.serialize_map(None)?;
        let fields = done.response.iter().flat_map(|response| response.fields());
        for (name, value) in fields.filter(|(name, _)| !ours.contains(&name.as_ref())) {
            match summary.latency_ms {
                Some(latency_ms) if name == "metrics" && summary.rounds > 1 => {
                    map.serialize_entry("metrics", &Latency { latency_ms })?;
                }
                _ => map.serialize_entry(&name, &value.raw())?,
            }
        }
        map.serialize_entry("stopReason", done.reason.name())?;
        map.serialize_entry("modelId", model_id(done))?;
        map.serialize_entry("rounds", &summary.rounds)?;
        map.serialize_entry("attempts", &summary.attempts)?;
        map.serialize_entry("adapted", &summary.adapted)?;
        map.serialize_entry("usage", &summary.usage)?;
        if summary.discard_last_user_turn {
            map.serialize_entry("discardLastUserTurn", &true)?;
        }
        map.serialize_entry("newMessages", &summary.new_messages)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use shared::converse::content_block::ContentBlock;
    use shared::converse::message::Role;
    use shared::converse::response::ConverseResponse;
    use shared::engine::tool_loop::turn::{EndReason, TurnSummary};
    use shared::model::id::ModelId;

    use super::*;

    fn done() -> TurnDone {
        let summary = TurnSummary {
            new_messages: vec![Message::new(Role::Assistant, vec![ContentBlock::text("hi")])],
            discard_last_user_turn: true,
            rounds: 2,
            attempts: 3,
            adapted: vec!["maxTokens"],
            model_id: ModelId::parse("a.b").ok(),
            usage: Some(Raw::of(&BTreeMap::from([("inputTokens", 1)]))),
            latency_ms: Some(12),
            time_to_first_token: Some(Duration::from_millis(5)),
            ..TurnSummary::default()
        };
        TurnDone { reason: EndReason::MaxRounds, summary, response: None }
    }

    #[test]
    fn data_of_done_has_every_field() {
        insta::assert_json_snapshot!(serde_json::to_value(DoneData::new(&done())).unwrap(), @r#"
        {
          "adapted": [
            "maxTokens"
          ],
          "attempts": 3,
          "discardLastUserTurn": true,
          "metrics": {
            "latencyMs": 12,
            "timeToFirstTokenMs": 5
          },
          "modelId": "a.b",
          "newMessages": [
            {
              "content": [
                {
                  "text": "hi"
                }
              ],
              "role": "assistant"
            }
          ],
          "rounds": 2,
          "stopReason": "max_rounds",
          "usage": {
            "inputTokens": 1
          }
        }
        "#);
    }

    #[test]
    fn whole_turn_without_an_answer_has_the_fields_of_ours() {
        insta::assert_json_snapshot!(serde_json::to_value(WholeTurn(done())).unwrap(), @r#"
        {
          "adapted": [
            "maxTokens"
          ],
          "attempts": 3,
          "discardLastUserTurn": true,
          "modelId": "a.b",
          "newMessages": [
            {
              "content": [
                {
                  "text": "hi"
                }
              ],
              "role": "assistant"
            }
          ],
          "rounds": 2,
          "stopReason": "max_rounds",
          "usage": {
            "inputTokens": 1
          }
        }
        "#);
    }

    #[test]
    fn a_converse_answer_passes_whole_with_the_turns_fields_after_it() {
        let body = br#"{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"trace":{"x":1.0},"stopReason":"end_turn","usage":{"inputTokens":1}}"#;
        let response = ConverseResponse::parse(body).unwrap();
        let summary = TurnSummary {
            rounds: 1,
            attempts: 1,
            usage: response.usage(),
            model_id: ModelId::parse("a.b").ok(),
            ..TurnSummary::default()
        };
        let reason = EndReason::Model(response.stop_reason().clone());
        let turn = WholeTurn(TurnDone { reason, summary, response: Some(response) });
        assert_eq!(
            serde_json::to_string(&turn).unwrap(),
            r#"{"metrics":{"latencyMs":7},"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"trace":{"x":1.0},"stopReason":"end_turn","modelId":"a.b","rounds":1,"attempts":1,"adapted":[],"usage":{"inputTokens":1},"newMessages":[]}"#
        );
    }
}
