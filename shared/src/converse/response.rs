//! A Converse answer: one JSON document.

use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::history::{Block, StopReason};
use crate::json::{self, Object};

/// Bedrock's answer as it came, with what this service acts on read out of it.
#[derive(Clone)]
pub struct Reply {
    body: Bytes,
    stop_reason: StopReason,
}

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    output: Output<'a>,
    #[serde(borrow, rename = "stopReason")]
    stop_reason: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    content: &'a RawValue,
}

impl Reply {
    /// Reads the body of a Converse answer.
    ///
    /// # Errors
    /// Where it is no JSON object with `output.message.content` and `stopReason`.
    pub fn read(body: Bytes) -> Result<Self, serde_json::Error> {
        let parts: Parts<'_> = serde_json::from_slice(&body)?;
        let stop_reason = StopReason::from_name(&parts.stop_reason);
        Ok(Self { body, stop_reason })
    }

    /// Why the model stopped.
    pub fn stop_reason(&self) -> &StopReason {
        &self.stop_reason
    }

    /// The answer's top-level fields in order.
    pub fn fields(&self) -> Option<Object<'_>> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Bedrock's `usage` as it came.
    pub fn usage(&self) -> Option<&RawValue> {
        self.fields()?.get("usage")
    }

    /// Bedrock's own measure of the call, in milliseconds.
    pub fn latency_ms(&self) -> Option<u64> {
        Object::read(self.fields()?.get("metrics")?)?.get("latencyMs")?.get().parse().ok()
    }

    /// The message's blocks that may stand in a history.
    pub fn blocks(&self) -> Vec<Block> {
        let content = serde_json::from_slice::<Parts<'_>>(&self.body).map(|parts| parts.output.message.content);
        let items = content.ok().and_then(json::array).unwrap_or_default();
        items.into_iter().filter_map(Block::read).collect()
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({} bytes, {})", self.body.len(), self.stop_reason.name())
    }
}
