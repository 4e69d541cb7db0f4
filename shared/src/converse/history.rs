//! What a turn adds to the conversation: history that is legal to send again.
//!
//! Bedrock rejects a history with a blank text, a tool input that is no object, or a call without a result. The model
//! can end its turn with any of these; they are mended here.

use super::answer_block::{AnswerBlock, ToolUse};
use super::content_block::ContentBlock;
use super::message::{Message, Role};
use super::tool_result::ToolResult;
use crate::json::{Object, Raw};

/// The model's turn; none if nothing of it may stand in a history. A call whose input is no object stands with an empty
/// one, and calls stand last: Bedrock rejects a text after them.
pub fn assistant_turn(blocks: &[AnswerBlock]) -> Option<Message> {
    let (calls, others): (Vec<&AnswerBlock>, Vec<&AnswerBlock>) =
        blocks.iter().partition(|block| block.call().is_some());
    let content = others.into_iter().chain(calls).map(|block| match block {
        AnswerBlock::Content(block) => block.clone(),
        AnswerBlock::Call(ToolUse { tool_use_id, name, input: Some(input) }) => {
            ContentBlock::tool_use(tool_use_id, name, input)
        }
        AnswerBlock::Call(ToolUse { tool_use_id, name, input: None }) => {
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

/// Makes the ids and names of a turn's calls legal: Bedrock rejects a history with a name outside `[a-zA-Z0-9_-]`, which
/// a model can make up, and with the same id twice. Returns the calls that repeat an id.
pub fn sanitize(blocks: &mut [AnswerBlock]) -> Vec<usize> {
    let mut seen: Vec<String> = Vec::new();
    let mut repeated = Vec::new();
    for (at, block) in blocks.iter_mut().enumerate() {
        let AnswerBlock::Call(ToolUse { tool_use_id: id, name, .. }) = block else { continue };
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
    fn calls_stand_last() {
        let call = r#"{"toolUse":{"toolUseId":"t1","name":"f","input":{}}}"#;
        let turn = assistant(&[call, r#"{"text":"after"}"#]);
        assert_eq!(turn, assistant(&[r#"{"text":"after"}"#, call]));
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
        let call = |id: &str, name: &str| call(id, name, "{}");
        let mut all = [call("a b", "get order"), call("x", "f"), call("x", ""), call("", "\u{e9}")];
        assert_eq!(sanitize(&mut all), [2]);
        assert_eq!(all, [call("a_b", "get_order"), call("x", "f"), call("x-2", "unnamed"), call("unnamed", "_")]);
    }
}
