//! A Converse answer: one JSON document.

use std::fmt;

use super::answer_block::{AnswerBlock, is_server_tool_use};
use super::history::CallSanitizer;
use super::stop_reason::StopReason;
use crate::json::{Document, Edit, ParseError, Raw, Value};

/// Why a body is no Converse answer.
#[derive(Debug)]
pub enum ResponseError {
    /// The body ends before the document does.
    Truncated(ParseError),
    /// It is no JSON.
    Parse(ParseError),
    /// It has no `output.message.content` or no `stopReason`.
    Form(&'static str),
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated(error) | Self::Parse(error) => write!(f, "{error}"),
            Self::Form(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for ResponseError {}

/// Bedrock's answer as it came, with what this service acts on read out of it.
pub struct ConverseResponse {
    document: Document,
    stop_reason: StopReason,
    /// The ids of calls that had one of a call before them.
    repeated: Vec<String>,
}

impl ConverseResponse {
    /// Reads the body of a Converse answer.
    ///
    /// # Errors
    /// [`ResponseError`] if it is no JSON object with `output.message.content` and `stopReason`.
    pub fn parse(body: &[u8]) -> Result<Self, ResponseError> {
        let document =
            Document::parse_lenient(String::from_utf8_lossy(body).into_owned()).map_err(|error| match error {
                ParseError::Syntax(cause) if cause.is_eof() => ResponseError::Truncated(ParseError::Syntax(cause)),
                error => ResponseError::Parse(error),
            })?;
        if content(&document).is_none() {
            return Err(ResponseError::Form("no output.message.content"));
        }
        let (edited, repeated) = sanitized(&document);
        let document = match edited {
            Some(json) => Document::parse_lenient(json).map_err(ResponseError::Parse)?,
            None => document,
        };
        let stop_reason = document.root().get("stopReason").and_then(|reason| reason.text());
        let stop_reason = StopReason::from_name(&stop_reason.ok_or(ResponseError::Form("no stopReason"))?);
        Ok(Self { document, stop_reason, repeated })
    }

    /// Why the model stopped.
    pub fn stop_reason(&self) -> &StopReason {
        &self.stop_reason
    }

    /// The answer's top-level fields, in order.
    pub fn fields(&self) -> impl Iterator<Item = (std::borrow::Cow<'_, str>, Value<'_>)> {
        self.document.root().members().into_iter().flatten()
    }

    /// Bedrock's `usage` as it came.
    pub fn usage(&self) -> Option<Raw> {
        self.document.root().get("usage").map(|usage| usage.raw())
    }

    /// Bedrock's own measure of the call, in milliseconds.
    pub fn latency_ms(&self) -> Option<u64> {
        self.document.root().get("metrics")?.get("latencyMs")?.json().parse().ok()
    }

    /// The message's blocks that may stand in a history.
    pub fn blocks(&self) -> Vec<AnswerBlock> {
        let mut blocks: Vec<_> = content(&self.document).into_iter().flatten().filter_map(AnswerBlock::read).collect();
        for block in &mut blocks {
            if let AnswerBlock::Call(call) = block {
                call.repeated = self.repeated.contains(&call.tool_use_id);
            }
        }
        blocks
    }
}

/// The answer with legal ids and names in its calls, if some are not, and the ids of those that repeated one.
fn sanitized(document: &Document) -> (Option<String>, Vec<String>) {
    let (mut sanitizer, mut edit, mut repeated) = (CallSanitizer::default(), Edit::of(document.root()), Vec::new());
    let calls = content(document).into_iter().flatten().filter_map(|block| block.get("toolUse"));
    for call in calls.filter(|call| !is_server_tool_use(*call)) {
        let (Some(id), Some(name)) = (call.get("toolUseId"), call.get("name")) else { continue };
        let (was, named) = (id.text_lossy(), name.text_lossy());
        let to = sanitizer.next(&was, &named);
        if to.tool_use_id != was || to.name != named {
            edit.replace(id, &Raw::of(&to.tool_use_id));
            edit.replace(name, &Raw::of(&to.name));
        }
        repeated.extend(to.repeated.then_some(to.tool_use_id));
    }
    ((!edit.is_empty()).then(|| edit.apply()), repeated)
}

/// The message's blocks.
fn content(document: &Document) -> Option<impl Iterator<Item = Value<'_>>> {
    document.root().get("output")?.get("message")?.get("content")?.items()
}

impl fmt::Debug for ConverseResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConverseResponse({:?}, {})", self.document, self.stop_reason.name())
    }
}
