//! Tools of this service's own: what the loop needs of whatever provides them.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::converse::tool_result::ToolResult;
use crate::converse::tool_specs::ToolSpecs;
use crate::json::Raw;
use crate::limits::TOOL_RESULT_BYTES;

/// A model's call of a tool.
#[derive(Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The call's id; its result carries the same.
    pub tool_use_id: String,
    /// The tool's name.
    pub name: String,
    /// The input, an object.
    pub input: Raw,
}

impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolCall({} {}, {} bytes)", self.name, self.tool_use_id, self.input.as_str().len())
    }
}

/// Something that offers tools and runs them.
pub trait ToolProvider: Clone + Send + Sync + 'static {
    /// The tools, always the same.
    fn specs(&self) -> &ToolSpecs;

    /// Runs a call within `budget`. Whatever goes wrong is a result with [`ToolStatus::Error`](crate::converse::tool_result::ToolStatus::Error).
    fn call(&self, call: ToolCall, budget: Duration) -> impl Future<Output = ToolResult> + Send;
}

/// The result with its content cut to [`TOOL_RESULT_BYTES`] of JSON; the model is informed.
pub fn limited(result: ToolResult) -> ToolResult {
    let json = result.content.as_str();
    let bytes = json.len();
    if bytes <= TOOL_RESULT_BYTES {
        return result;
    }
    let kept = json.get(..json.floor_char_boundary(TOOL_RESULT_BYTES)).unwrap_or_default();
    let text = format!("{kept}\n[cut here: the result has {bytes} bytes, and {TOOL_RESULT_BYTES} are shown]");
    ToolResult::text(&result.tool_use_id, result.status, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converse::tool_result::ToolStatus;

    #[test]
    fn a_result_of_ten_megabytes_is_cut_and_says_so() {
        let huge = ToolResult::text("t", ToolStatus::Success, &"\u{e9}".repeat(5_000_000));
        let cut = limited(huge);
        assert!(cut.content.as_str().len() < TOOL_RESULT_BYTES + 1000, "{}", cut.content.as_str().len());
        let text: serde_json::Value = serde_json::from_str(cut.content.as_str()).unwrap();
        assert!(text[0]["text"].as_str().unwrap().contains("[cut here: the result has 10000013 bytes"));
    }
}
