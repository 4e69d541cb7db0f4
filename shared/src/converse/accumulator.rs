//! The fold: events of a stream into the message they make. Pure.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::history::{Block, StopReason};
use super::stream_event::{Event, Kind};

mod block;

use block::Open;

/// A known event whose payload has not the form Bedrock documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub(super) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// A message being made from a stream's events.
///
/// Blocks are kept by Bedrock's `contentBlockIndex`, whatever order or gaps the indices come in.
#[derive(Default)]
pub struct Fold {
    blocks: BTreeMap<u64, Open>,
    stop_reason: Option<StopReason>,
    usage: Option<Box<RawValue>>,
    latency_ms: Option<u64>,
    content_seen: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockStart<'a> {
    content_block_index: u64,
    #[serde(borrow)]
    start: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockDelta<'a> {
    content_block_index: u64,
    #[serde(borrow)]
    delta: block::Delta<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageStop<'a> {
    #[serde(borrow)]
    stop_reason: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    metrics: Option<Metrics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    latency_ms: Option<u64>,
}

fn parse<'a, T: Deserialize<'a>>(event: &'a Event, what: &'static str) -> Result<T, Malformed> {
    serde_json::from_slice(&event.payload).map_err(|_| Malformed(what))
}

impl Fold {
    /// Takes the next event.
    ///
    /// # Errors
    /// [`Malformed`] where a known event has not its documented form; the message cannot be made then.
    pub fn push(&mut self, event: &Event) -> Result<(), Malformed> {
        match &event.kind {
            Kind::MessageStart | Kind::ContentBlockStop | Kind::Other(_) => {}
            Kind::ContentBlockStart => {
                let start: BlockStart<'_> = parse(event, "a contentBlockStart of unknown form")?;
                self.content_seen = true;
                self.blocks.insert(start.content_block_index, Open::started(start.start)?);
            }
            Kind::ContentBlockDelta => {
                let delta: BlockDelta<'_> = parse(event, "a contentBlockDelta of unknown form")?;
                self.content_seen = true;
                self.blocks.entry(delta.content_block_index).or_default().push(delta.delta)?;
            }
            Kind::MessageStop => {
                let stop: MessageStop<'_> = parse(event, "a messageStop without a stopReason")?;
                self.stop_reason = Some(StopReason::from_name(&stop.stop_reason));
            }
            Kind::Metadata => {
                let metadata: Metadata<'_> = parse(event, "a metadata of unknown form")?;
                self.usage = metadata.usage.map(ToOwned::to_owned);
                self.latency_ms = metadata.metrics.and_then(|metrics| metrics.latency_ms);
            }
        }
        Ok(())
    }

    /// Whether some of the answer has come.
    pub fn content_seen(&self) -> bool {
        self.content_seen
    }

    /// Why the model stopped; none before `messageStop`.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.stop_reason.as_ref()
    }

    /// Bedrock's `usage` as it came: `inputTokens` does not include cached tokens, `totalTokens` does.
    pub fn usage(&self) -> Option<&RawValue> {
        self.usage.as_deref()
    }

    /// Bedrock's own measure of the call, in milliseconds.
    pub fn latency_ms(&self) -> Option<u64> {
        self.latency_ms
    }

    /// The finished blocks, in the order of their indices.
    pub fn blocks(&self) -> Vec<Block> {
        self.blocks.values().filter_map(Open::finished).collect()
    }
}

impl fmt::Debug for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fold({} blocks, {:?})", self.blocks.len(), self.stop_reason)
    }
}

#[cfg(test)]
mod tests;
