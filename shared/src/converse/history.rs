//! What a turn adds to the conversation: history that is legal to send again.
//!
//! Bedrock rejects a history with a blank text, a tool input that is no object, or a call without a result. The model
//! can end its turn with any of these; they are mended here.

use std::collections::HashSet;

use super::answer_block::{AnswerBlock, ToolUse};
use super::content_block::ContentBlock;
use super::message::{Message, Role};
use super::tool_result::ToolResult;
use crate::json::{Object, Raw};

/// The model's turn, in the order in which it spoke; none if nothing of it may stand in a history. A call whose input is no
/// object stands with an empty one: it was not run.
pub fn assistant_turn(blocks: &[AnswerBlock]) -> Option<Message> {
    let content = blocks.iter().map(|block| match block {
        AnswerBlock::Content(block) => block.clone(),
        AnswerBlock::Call(ToolUse { tool_use_id, name, input: Some(input), .. }) => {
            ContentBlock::tool_use(tool_use_id, name, input)
        }
        AnswerBlock::Call(ToolUse { tool_use_id, name, input: None, .. }) => {
            ContentBlock::tool_use(tool_use_id, name, &Raw::of(&Object::default()))
        }
    });
    turn(Role::Assistant, content.collect())
}

/// The user turn that answers calls; none without results.
pub fn result_turn(results: &[ToolResult]) -> Option<Message> {
    turn(Role::User, results.iter().map(ContentBlock::tool_result).collect())
}

fn turn(role: Role, content: Vec<ContentBlock>) -> Option<Message> {
    (!content.is_empty()).then(|| Message::new(role, content))
}

/// Makes the ids and names of an answer's calls legal, as they come: Bedrock rejects a history with a name outside
/// `[a-zA-Z0-9_-]`, which a model can make up, and with the same id twice. The caller sees the legal ones everywhere.
#[derive(Debug, Default)]
pub struct CallSanitizer {
    seen: HashSet<String>,
}

/// What became of a call's id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sanitized {
    /// The legal id, which no call before it has.
    pub tool_use_id: String,
    /// The legal name.
    pub name: String,
    /// Whether a call before it had the same id.
    pub repeated: bool,
}

impl CallSanitizer {
    /// The next call's id and name.
    pub fn next(&mut self, tool_use_id: &str, name: &str) -> Sanitized {
        let mut id = legal(tool_use_id, "_-.:");
        let repeated = self.seen.contains(&id);
        if repeated {
            let first: String = id.chars().take(56).collect();
            id = (self.seen.len()..).map(|at| format!("{first}-{at}")).find(|id| !self.seen.contains(id)).unwrap_or(id);
        }
        self.seen.insert(id.clone());
        Sanitized { tool_use_id: id, name: legal(name, "_-"), repeated }
    }
}

fn legal(text: &str, punctuation: &str) -> String {
    let known = |c: char| c.is_ascii_alphanumeric() || punctuation.contains(c);
    let legal: String = text.chars().take(64).map(|c| if known(c) { c } else { '_' }).collect();
    if legal.is_empty() { "unnamed".to_owned() } else { legal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Document;

    fn blocks(all: &[&str]) -> Vec<AnswerBlock> {
        let read = |json: &&str| AnswerBlock::read(Document::parse((*json).to_owned(), 16).unwrap().root());
        all.iter().filter_map(read).collect()
    }

    fn written(turn: &Option<Message>) -> Option<String> {
        turn.as_ref().map(|turn| serde_json::to_string(turn).unwrap())
    }

    fn assistant(all: &[&str]) -> Option<String> {
        written(&assistant_turn(&blocks(all)))
    }

    fn call(id: &str, name: &str, input: &str) -> AnswerBlock {
        AnswerBlock::Call(ToolUse::new(id.into(), name.into(), input.into()))
    }

    #[test]
    fn a_call_loses_the_type_bedrock_rejects_and_keeps_its_inputs_spelling() {
        let call = r#"{"toolUse":{"input":{"a": 1.0},"name":"f","toolUseId":"t1","type":"tool_use"}}"#;
        assert_eq!(
            assistant(&[call]).as_deref(),
            Some(r#"{"role":"assistant","content":[{"toolUse":{"toolUseId":"t1","name":"f","input":{"a": 1.0}}}]}"#)
        );
    }

    #[test]
    fn an_input_that_did_not_parse_stands_as_an_empty_object() {
        for input in [r#"{"a":"#, "[]", "7", "\"{}\"", "", r#"{"a":1,"a":2}"#] {
            let turn = written(&assistant_turn(&[call("t", "f", input)]));
            assert!(turn.is_some_and(|turn| turn.contains(r#""input":{}"#)), "{input}");
        }
    }

    #[test]
    fn blank_text_and_unknown_kinds_are_left_out_and_an_empty_turn_is_no_turn() {
        assert_eq!(assistant(&[r#"{"text":" \n"}"#, r#"{"hologram":{}}"#]), None);
        let kept = assistant(&[r#"{"text":""}"#, r#"{"text":"hi"}"#]);
        assert_eq!(kept.as_deref(), Some(r#"{"role":"assistant","content":[{"text":"hi"}]}"#));
    }

    #[test]
    fn blocks_keep_the_order_in_which_the_model_spoke() {
        let think =
            |text: &str| format!(r#"{{"reasoningContent":{{"reasoningText":{{"text":"{text}","signature":"s"}}}}}}"#);
        let call = |id: &str| format!(r#"{{"toolUse":{{"toolUseId":"{id}","name":"f","input":{{}}}}}}"#);
        let spoken = [think("first"), call("t1"), r#"{"text":"between"}"#.to_owned(), think("second"), call("t2")];
        let turn = assistant(&spoken.each_ref().map(String::as_str));
        assert_eq!(turn, Some(format!(r#"{{"role":"assistant","content":[{}]}}"#, spoken.join(","))));
    }

    #[test]
    fn a_call_of_bedrocks_own_server_tool_is_no_call_of_ours() {
        let server =
            r#"{"toolUse":{"toolUseId":"s","name":"nova_code_interpreter","input":{},"type":"server_tool_use"}}"#;
        let [AnswerBlock::Content(block)] = &blocks(&[server])[..] else { panic!("one block of content") };
        assert_eq!(block.raw().as_str(), server);
    }

    #[test]
    fn ids_and_names_become_legal_and_unique() {
        let mut sanitizer = CallSanitizer::default();
        let mut next = |id: &str, name: &str| {
            let Sanitized { tool_use_id, name, repeated } = sanitizer.next(id, name);
            (tool_use_id, name, repeated)
        };
        let is = |id: &str, name: &str, repeated| (id.to_owned(), name.to_owned(), repeated);
        assert_eq!(next("a b", "get order"), is("a_b", "get_order", false));
        assert_eq!(next("x", "f"), is("x", "f", false));
        assert_eq!(next("x-2", "f"), is("x-2", "f", false));
        assert_eq!(next("x", ""), is("x-3", "unnamed", true));
        assert_eq!(next("", "\u{e9}"), is("unnamed", "_", false));
    }
}
