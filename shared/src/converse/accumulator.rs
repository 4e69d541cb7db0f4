//! Events of a stream, accumulated into the answer they make. Pure.

use std::collections::BTreeMap;
use std::fmt;

use super::answer_block::AnswerBlock;
use super::stop_reason::StopReason;
use super::stream_event::{StreamEvent, StreamEventKind};
use crate::json::Raw;

mod block;

use block::OpenBlock;

/// An event that does not fit into the answer so far, or has not the form Bedrock documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed(pub(super) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Malformed {}

/// An answer in the making.
///
/// Blocks are kept by Bedrock's `contentBlockIndex`, whatever order or gaps the indices come in.
#[derive(Default)]
pub struct StreamAccumulator {
    blocks: BTreeMap<u64, OpenBlock>,
    stop_reason: Option<StopReason>,
    usage: Option<Raw>,
    latency_ms: Option<u64>,
    content_seen: bool,
}

impl StreamAccumulator {
    /// Takes the next event.
    ///
    /// # Errors
    /// [`Malformed`] if the event does not fit; the answer cannot be made then.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), Malformed> {
        self.content_seen |= event.is_content();
        match &event.kind {
            StreamEventKind::MessageStart | StreamEventKind::ContentBlockStop | StreamEventKind::Other => {}
            StreamEventKind::ContentBlockStart { index, start } => {
                self.blocks.insert(*index, OpenBlock::started(start));
            }
            StreamEventKind::ContentBlockDelta { index, delta } => {
                self.blocks.entry(*index).or_default().push(delta)?;
            }
            StreamEventKind::MessageStop(stop_reason) => self.stop_reason = Some(stop_reason.clone()),
            StreamEventKind::Metadata { usage, latency_ms } => {
                self.usage.clone_from(usage);
                self.latency_ms = *latency_ms;
            }
            StreamEventKind::Malformed(what) => return Err(Malformed(what)),
        }
        Ok(())
    }

    /// Whether some of the answer's content has come.
    pub fn content_seen(&self) -> bool {
        self.content_seen
    }

    /// Why the model stopped; none before `messageStop`.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.stop_reason.as_ref()
    }

    /// Bedrock's `usage` as it came.
    pub fn usage(&self) -> Option<&Raw> {
        self.usage.as_ref()
    }

    /// Bedrock's own measure of the call, in milliseconds.
    pub fn latency_ms(&self) -> Option<u64> {
        self.latency_ms
    }

    /// The finished blocks, in the order of their indices.
    pub fn blocks(&self) -> Vec<AnswerBlock> {
        self.blocks.values().filter_map(OpenBlock::finished).collect()
    }
}

impl fmt::Debug for StreamAccumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamAccumulator({} blocks, {:?})", self.blocks.len(), self.stop_reason)
    }
}

#[cfg(test)]
mod tests;
