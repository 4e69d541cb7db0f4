//! What a turn adds to the conversation: history that is legal to send again.
//!
//! Bedrock refuses a history with a blank text, a tool input that is no object, or a call without a result.
//! The model can end its turn with any of these; the transcript mends them.

use std::fmt;

use serde_json::value::RawValue;

use crate::json::{self, Object};

/// Why the model stopped: Bedrock's `stopReason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The model was done.
    EndTurn,
    /// The model waits for the results of its calls.
    ToolUse,
    /// `maxTokens` cut the answer.
    MaxTokens,
    /// One of the request's stop sequences came.
    StopSequence,
    /// The guardrail stepped in.
    GuardrailIntervened,
    /// The model's own filter stepped in.
    ContentFiltered,
    /// The model's output could not be read.
    MalformedModelOutput,
    /// The model's call of a tool could not be read.
    MalformedToolUse,
    /// The context window is full.
    ModelContextWindowExceeded,
    /// A reason this crate does not know, as it came.
    Other(String),
}

impl StopReason {
    /// Reads Bedrock's value.
    pub fn from_name(name: &str) -> Self {
        match name {
            "end_turn" => Self::EndTurn,
            "tool_use" => Self::ToolUse,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "guardrail_intervened" => Self::GuardrailIntervened,
            "content_filtered" => Self::ContentFiltered,
            "malformed_model_output" => Self::MalformedModelOutput,
            "malformed_tool_use" => Self::MalformedToolUse,
            "model_context_window_exceeded" => Self::ModelContextWindowExceeded,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Bedrock's value.
    pub fn name(&self) -> &str {
        match self {
            Self::EndTurn => "end_turn",
            Self::ToolUse => "tool_use",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::GuardrailIntervened => "guardrail_intervened",
            Self::ContentFiltered => "content_filtered",
            Self::MalformedModelOutput => "malformed_model_output",
            Self::MalformedToolUse => "malformed_tool_use",
            Self::ModelContextWindowExceeded => "model_context_window_exceeded",
            Self::Other(name) => name,
        }
    }
}

/// A finished block of the model's turn.
#[derive(PartialEq, Eq)]
pub enum Block {
    /// A block that goes back as it is.
    Whole(String),
    /// A call of a tool. `input` is none where what the model wrote is no JSON object.
    Call {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
        /// The input's JSON.
        input: Option<String>,
    },
}

impl Block {
    /// Reads a block of a Converse answer. `None` where it may not stand in a history: a blank text, or a kind
    /// this service would not take back.
    pub fn read(raw: &RawValue) -> Option<Self> {
        let object = Object::read(raw)?;
        let [(kind, value)] = object.entries() else { return None };
        match kind.as_ref() {
            "text" if json::string(value)?.trim().is_empty() => None,
            "toolUse" => {
                let call = Object::read(value)?;
                let text = |name: &str| call.get(name).and_then(json::string);
                if text("type").as_deref() == Some("server_tool_use") {
                    return Some(Self::Whole(raw.get().to_owned()));
                }
                Some(Self::call(text("toolUseId")?.into_owned(), text("name")?.into_owned(), call.get("input")?.get()))
            }
            _ if crate::converse::validate::content_block(raw, super::validate::At::ROOT).is_ok() => {
                Some(Self::Whole(raw.get().to_owned()))
            }
            _ => None,
        }
    }

    /// A call with the input the model wrote.
    pub fn call(id: String, name: String, input: &str) -> Self {
        let object = serde_json::from_str::<&RawValue>(input).ok().filter(|raw| Object::read(raw).is_some());
        Self::Call { id, name, input: object.map(|raw| raw.get().to_owned()) }
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(json) => write!(f, "Whole({} bytes)", json.len()),
            Self::Call { id, .. } => write!(f, "Call({id})"),
        }
    }
}

/// The turns to append to `messages`: the model's, and where calls in it will not be run, a user turn that
/// says so. Calls stay open only at `tool_use` and with an input that is an object: those the caller runs.
pub fn new_messages(blocks: &[Block], stop_reason: &StopReason) -> Vec<Box<RawValue>> {
    if blocks.is_empty() {
        return Vec::new();
    }
    let mut content = Vec::with_capacity(blocks.len());
    let mut results = Vec::new();
    for block in blocks {
        match block {
            Block::Whole(json) => content.push(json.clone()),
            Block::Call { id, name, input } => {
                let (id, name) = (quoted(id), quoted(name));
                let shown = input.as_deref().unwrap_or("{}");
                content.push(format!(r#"{{"toolUse":{{"toolUseId":{id},"name":{name},"input":{shown}}}}}"#));
                let reason = match (input, stop_reason) {
                    (None, _) => "The call was not run: its input is not a JSON object.".to_owned(),
                    (Some(_), StopReason::ToolUse) => continue,
                    (Some(_), reason) => format!("The call was not run: the turn ended with {}.", reason.name()),
                };
                let text = quoted(&reason);
                results.push(format!(
                    r#"{{"toolResult":{{"toolUseId":{id},"content":[{{"text":{text}}}],"status":"error"}}}}"#
                ));
            }
        }
    }
    let turn = |role: &str, content: &[String]| {
        let content = json::raw_array(content.iter().map(String::as_str));
        RawValue::from_string(format!(r#"{{"role":"{role}","content":{content}}}"#)).ok()
    };
    let answer = (!results.is_empty()).then(|| turn("user", &results)).flatten();
    turn("assistant", &content).into_iter().chain(answer).collect()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(blocks: &[&str], reason: StopReason) -> Vec<String> {
        let blocks: Vec<Block> =
            blocks.iter().filter_map(|json| Block::read(serde_json::from_str(json).unwrap())).collect();
        new_messages(&blocks, &reason).iter().map(|turn| turn.get().to_owned()).collect()
    }

    const CALL: &str = r#"{"toolUse":{"input":{"a": 1.0},"name":"f","toolUseId":"t1","type":"tool_use"}}"#;

    #[test]
    fn a_callers_call_stays_open_and_loses_the_type_bedrock_refuses() {
        assert_eq!(
            turns(&[CALL], StopReason::ToolUse),
            [r#"{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"a": 1.0}}}]}"#]
        );
    }

    #[test]
    fn a_call_that_the_turns_end_cut_is_answered_with_an_error() {
        let turns = turns(&[CALL], StopReason::MaxTokens);
        assert_eq!(
            turns.get(1).map(String::as_str),
            Some(
                r#"{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"text":"The call was not run: the turn ended with max_tokens."}],"status":"error"}}]}"#
            )
        );
    }

    #[test]
    fn an_input_that_did_not_parse_stands_as_an_empty_object_and_is_answered() {
        let call = Block::call("t1".into(), "f".into(), r#"{"a":"#);
        let turns: Vec<_> = new_messages(&[call], &StopReason::ToolUse).iter().map(|t| t.get().to_owned()).collect();
        assert_eq!(
            turns.first().map(String::as_str),
            Some(r#"{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{}}}]}"#)
        );
        assert!(
            turns.get(1).is_some_and(|turn| turn.contains("not a JSON object") && turn.contains(r#""status":"error""#))
        );
    }

    #[test]
    fn blank_text_and_unknown_kinds_are_left_out_and_an_empty_turn_is_no_turn() {
        assert_eq!(turns(&[r#"{"text":" \n"}"#, r#"{"hologram":{}}"#], StopReason::EndTurn), [""; 0]);
        assert_eq!(
            turns(&[r#"{"text":""}"#, r#"{"text":"hi"}"#], StopReason::EndTurn),
            [r#"{"role":"assistant","content":[{"text":"hi"}]}"#]
        );
    }

    #[test]
    fn a_call_of_bedrocks_own_server_tool_passes_and_is_never_answered() {
        let server =
            r#"{"toolUse":{"toolUseId":"s","name":"nova_code_interpreter","input":{},"type":"server_tool_use"}}"#;
        assert_eq!(turns(&[server], StopReason::EndTurn).len(), 1);
    }

    #[test]
    fn every_stop_reason_keeps_its_name() {
        for name in [
            "end_turn",
            "tool_use",
            "max_tokens",
            "stop_sequence",
            "guardrail_intervened",
            "content_filtered",
            "malformed_model_output",
            "malformed_tool_use",
            "model_context_window_exceeded",
            "new_next_year",
        ] {
            assert_eq!(StopReason::from_name(name).name(), name);
        }
    }
}
