//! Tools of this service's own: what the model is offered, and how a call of it is run.

use std::fmt;

use serde_json::value::RawValue;

use crate::json::quoted;
use crate::limits::TOOL_RESULT_BYTES;

pub mod port;
pub mod spec;

/// A model's call of a tool.
#[derive(Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The call's id; its result carries the same.
    pub tool_use_id: String,
    /// The tool's name.
    pub name: String,
    /// The input's JSON, an object.
    pub input: String,
}

/// What came of a call. A tool that fails is a result too: the model reads it and goes on.
#[derive(Clone, PartialEq, Eq)]
pub struct ToolResult {
    /// The call's id.
    pub tool_use_id: String,
    /// Whether the tool did what it was asked.
    pub status: ToolStatus,
    /// The JSON of Bedrock's `toolResult.content`: an array of `{text}` and `{json}`.
    pub content: String,
}

/// Bedrock's `toolResult.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolStatus {
    /// The tool did it.
    Success,
    /// It did not; the content says why.
    Error,
}

impl ToolStatus {
    /// Bedrock's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
        }
    }
}

impl ToolResult {
    /// A result that tells the model what went wrong.
    pub fn error(tool_use_id: &str, text: impl AsRef<str>) -> Self {
        let content = format!(r#"[{{"text":{}}}]"#, quoted(text.as_ref()));
        Self { tool_use_id: tool_use_id.to_owned(), status: ToolStatus::Error, content }
    }

    /// A result with its content cut to [`TOOL_RESULT_BYTES`]; the model is told.
    pub fn limited(mut self) -> Self {
        let bytes = self.content.len();
        if bytes > TOOL_RESULT_BYTES {
            let kept = self.content.get(..self.content.floor_char_boundary(TOOL_RESULT_BYTES)).unwrap_or_default();
            let text = format!("{kept}\n[cut here: the result has {bytes} bytes, and {TOOL_RESULT_BYTES} are shown]");
            self.content = format!(r#"[{{"text":{}}}]"#, quoted(&text));
        }
        self
    }
}

impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolCall({} {}, {} bytes)", self.name, self.tool_use_id, self.input.len())
    }
}

impl fmt::Debug for ToolResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolResult({} {}, {} bytes)", self.tool_use_id, self.status.name(), self.content.len())
    }
}

/// The answer of a tool, read from Bedrock's block `{"toolResult": {…}}`.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    tool_result: AnswerResult<'a>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerResult<'a> {
    tool_use_id: String,
    status: String,
    #[serde(borrow)]
    content: Vec<&'a RawValue>,
}

/// Reads what an executor answered to the call `tool_use_id`; `None` where it is no answer to it.
pub fn read_answer(payload: &[u8], tool_use_id: &str) -> Option<ToolResult> {
    let Answer { tool_result } = serde_json::from_slice(payload).ok()?;
    let status = match tool_result.status.as_str() {
        "success" => ToolStatus::Success,
        "error" => ToolStatus::Error,
        _ => return None,
    };
    let kinds = |item: &&RawValue| {
        let object = crate::json::Object::read(item)?;
        let [(kind, value)] = object.entries() else { return None };
        (kind == "json" || (kind == "text" && crate::json::string(value).is_some())).then_some(())
    };
    let legal = !tool_result.content.is_empty() && tool_result.content.iter().all(|item| kinds(item).is_some());
    (legal && tool_result.tool_use_id == tool_use_id).then(|| ToolResult {
        tool_use_id: tool_result.tool_use_id,
        status,
        content: crate::json::raw_array(tool_result.content.iter().map(|item| item.get())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_came_and_garbage_is_none() {
        let answer = br#"{"toolResult":{"toolUseId":"t","status":"success","content":[{"json":{"b":1.0,"a":2}}]}}"#;
        let result = read_answer(answer, "t").unwrap();
        assert_eq!((result.status, result.content.as_str()), (ToolStatus::Success, r#"[{"json":{"b":1.0,"a":2}}]"#));
        for garbage in [
            "",
            "null",
            "{}",
            r#"{"toolResult":{"toolUseId":"other","status":"success","content":[{"text":"x"}]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"fine","content":[{"text":"x"}]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"success","content":[]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"success","content":[{"text":7}]}}"#,
            r#"{"toolResult":{"toolUseId":"t","status":"success","content":[{"image":{}}]}}"#,
            r#"{"errorMessage":"boom"}"#,
        ] {
            assert_eq!(read_answer(garbage.as_bytes(), "t"), None, "{garbage}");
        }
    }

    #[test]
    fn a_result_of_ten_megabytes_is_cut_and_says_so() {
        let content = format!(r#"[{{"text":"{}"}}]"#, "\u{e9}".repeat(5_000_000));
        let result = ToolResult { tool_use_id: "t".into(), status: ToolStatus::Success, content }.limited();
        assert!(result.content.len() < TOOL_RESULT_BYTES + 1000, "{}", result.content.len());
        let text: serde_json::Value = serde_json::from_str(&result.content).unwrap();
        assert!(text[0]["text"].as_str().unwrap().contains("[cut here: the result has 10000013 bytes"));
    }
}
