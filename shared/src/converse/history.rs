//! What a turn adds to the conversation: history that is legal to send again.
//!
//! Bedrock refuses a history with a blank text, a tool input that is no object, or a call without a result.
//! The model can end its turn with any of these; the transcript mends them.

use std::fmt;

use serde_json::value::RawValue;

use super::validate;
use crate::engine::tools::ToolResult;
use crate::json::scan::scan;
use crate::json::{self, Object, quoted};
use crate::limits::DEPTH;

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

    /// Whether the model waits for the results of calls, and not the turn is over.
    pub fn awaits_results(&self) -> bool {
        match self {
            Self::ToolUse | Self::MalformedToolUse => true,
            Self::EndTurn
            | Self::MaxTokens
            | Self::StopSequence
            | Self::GuardrailIntervened
            | Self::ContentFiltered
            | Self::MalformedModelOutput
            | Self::ModelContextWindowExceeded
            | Self::Other(_) => false,
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
#[derive(Clone, PartialEq, Eq)]
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
                    return Self::checked(raw);
                }
                Some(Self::call(text("toolUseId")?.into_owned(), text("name")?.into_owned(), call.get("input")?.get()))
            }
            _ => Self::checked(raw),
        }
    }

    /// A block that goes back as it is; none where this service would not take it back.
    fn checked(raw: &RawValue) -> Option<Self> {
        let legal = validate::content_block(raw, validate::At::ROOT).is_ok();
        legal.then(|| Self::Whole(raw.get().to_owned()))
    }

    /// The name of the tool that is called.
    pub fn tool_name(&self) -> Option<&str> {
        match self {
            Self::Whole(_) => None,
            Self::Call { name, .. } => Some(name),
        }
    }

    /// A call with the input the model wrote.
    pub fn call(id: String, name: String, input: &str) -> Self {
        let object = serde_json::from_str::<&RawValue>(input).ok();
        let object = object.filter(|raw| Object::read(raw).is_some() && scan(raw.get(), DEPTH).is_ok());
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

/// The model's turn; none where nothing of it may stand in a history. A call whose input is no object stands with
/// an empty one, and calls stand last: Bedrock refuses a text after them.
pub fn assistant_turn(blocks: &[Block]) -> Option<Box<RawValue>> {
    let is_call = |block: &&Block| matches!(block, Block::Call { .. });
    let (calls, others): (Vec<&Block>, Vec<&Block>) = blocks.iter().partition(is_call);
    let content = others.into_iter().chain(calls).map(|block| match block {
        Block::Whole(json) => json.clone(),
        Block::Call { id, name, input } => {
            let (id, name) = (quoted(id), quoted(name));
            let input = input.as_deref().unwrap_or("{}");
            format!(r#"{{"toolUse":{{"toolUseId":{id},"name":{name},"input":{input}}}}}"#)
        }
    });
    turn("assistant", &content.collect::<Vec<_>>())
}

/// The user turn that answers calls; none without results.
pub fn result_turn(results: &[ToolResult]) -> Option<Box<RawValue>> {
    let content = results.iter().map(|result| {
        let (id, status) = (quoted(&result.tool_use_id), result.status.name());
        let content = &result.content;
        format!(r#"{{"toolResult":{{"toolUseId":{id},"content":{content},"status":"{status}"}}}}"#)
    });
    turn("user", &content.collect::<Vec<_>>())
}

fn turn(role: &str, content: &[String]) -> Option<Box<RawValue>> {
    let array = json::raw_array(content.iter().map(String::as_str));
    if content.is_empty() {
        None
    } else {
        RawValue::from_string(format!(r#"{{"role":"{role}","content":{array}}}"#)).ok()
    }
}

/// Makes ids and names of a turn's calls legal: Bedrock refuses a history with a name the model made up outside
/// `[a-zA-Z0-9_-]`, and with the same id twice. Returns the calls that repeat an id.
pub fn legalise(blocks: &mut [Block]) -> Vec<usize> {
    let mut seen: Vec<String> = Vec::new();
    let mut repeated = Vec::new();
    for (at, block) in blocks.iter_mut().enumerate() {
        let Block::Call { id, name, .. } = block else { continue };
        *id = legal(id, "_-.:");
        *name = legal(name, "_-");
        if seen.contains(id) {
            repeated.push(at);
            *id = format!("{}-{at}", id.chars().take(56).collect::<String>());
        }
        seen.push(id.clone());
    }
    repeated
}

fn legal(text: &str, punctuation: &str) -> String {
    let known = |c: char| c.is_ascii_alphanumeric() || punctuation.contains(c);
    let legal: String = text.chars().take(64).map(|c| if known(c) { c } else { '_' }).collect();
    if legal.is_empty() { "unnamed".to_owned() } else { legal }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(all: &[&str]) -> Vec<Block> {
        all.iter().filter_map(|json| Block::read(serde_json::from_str(json).unwrap())).collect()
    }

    fn assistant(all: &[&str]) -> Option<String> {
        assistant_turn(&blocks(all)).map(|turn| turn.get().to_owned())
    }

    #[test]
    fn a_call_loses_the_type_bedrock_refuses_and_keeps_its_inputs_spelling() {
        let call = r#"{"toolUse":{"input":{"a": 1.0},"name":"f","toolUseId":"t1","type":"tool_use"}}"#;
        assert_eq!(
            assistant(&[call]).as_deref(),
            Some(r#"{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"a": 1.0}}}]}"#)
        );
    }

    #[test]
    fn an_input_that_did_not_parse_stands_as_an_empty_object() {
        for input in [r#"{"a":"#, "[]", "7", "\"{}\"", ""] {
            let turn = assistant_turn(&[Block::call("t".into(), "f".into(), input)]);
            assert!(turn.is_some_and(|turn| turn.get().contains(r#""input":{}"#)), "{input}");
        }
    }

    #[test]
    fn blank_text_and_unknown_kinds_are_left_out_and_an_empty_turn_is_no_turn() {
        assert_eq!(assistant(&[r#"{"text":" \n"}"#, r#"{"hologram":{}}"#]), None);
        let kept = assistant(&[r#"{"text":""}"#, r#"{"text":"hi"}"#]);
        assert_eq!(kept.as_deref(), Some(r#"{"role":"assistant","content":[{"text":"hi"}]}"#));
    }

    #[test]
    fn calls_stand_last() {
        let call = r#"{"toolUse":{"toolUseId":"t1","name":"f","input":{}}}"#;
        let turn = assistant(&[call, r#"{"text":"after"}"#]);
        assert_eq!(turn, assistant(&[r#"{"text":"after"}"#, call]));
    }

    #[test]
    fn a_call_of_bedrocks_own_server_tool_is_no_call_of_ours() {
        let server =
            r#"{"toolUse":{"toolUseId":"s","name":"nova_code_interpreter","input":{},"type":"server_tool_use"}}"#;
        assert_eq!(blocks(&[server]), [Block::Whole(server.to_owned())]);
    }

    #[test]
    fn ids_and_names_become_legal_and_unique() {
        let call = |id: &str, name: &str| Block::call(id.into(), name.into(), "{}");
        let mut all = [call("a b", "get order"), call("x", "f"), call("x", ""), call("", "\u{e9}")];
        assert_eq!(legalise(&mut all), [2]);
        assert_eq!(all, [call("a_b", "get_order"), call("x", "f"), call("x-2", "unnamed"), call("unnamed", "_")]);
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
