//! A Converse answer: one JSON document.

use std::fmt;

use super::answer_block::AnswerBlock;
use super::stop_reason::StopReason;
use crate::json::{Document, ParseError, Raw, Value};

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
        let stop_reason = document.root().get("stopReason").and_then(|reason| reason.text());
        let stop_reason = StopReason::from_name(&stop_reason.ok_or(ResponseError::Form("no stopReason"))?);
        Ok(Self { document, stop_reason })
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
        content(&self.document).into_iter().flatten().filter_map(AnswerBlock::read).collect()
    }
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
