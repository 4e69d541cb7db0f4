//! Events of a stream, accumulated into the answer they make. Pure.

use std::collections::BTreeMap;
use std::fmt;

use super::answer_block::AnswerBlock;
use super::stop_reason::StopReason;
use super::stream_event::{StreamEvent, StreamEventKind};
use crate::json::Raw;

mod block;

use block::OpenBlock;

/// A known event that has not the form Bedrock documents.
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
/// Blocks are kept by Bedrock's `contentBlockIndex`, whatever order or gaps the indices come in: that is the order in which
/// the model spoke.
#[derive(Default)]
pub struct StreamAccumulator {
    /// The blocks at each index: one, but for a stream that puts several kinds there.
    blocks: BTreeMap<u64, Vec<OpenBlock>>,
    stop_reason: Option<StopReason>,
    usage: Option<Raw>,
    latency_ms: Option<u64>,
    content_seen: bool,
    /// An event was lost after the answer had begun.
    piece_lost: bool,
}

impl StreamAccumulator {
    /// Takes the next event. What does not fit into the answer so far is dropped: a piece of a call that never began has no
    /// place in a history, and what came before it is not worth less for it.
    ///
    /// # Errors
    /// [`Malformed`] if it is a known event of another form than the documented one, before any content: then nothing is
    /// known of what would follow. Later, such an event is dropped too.
    pub fn push(&mut self, event: &StreamEvent) -> Result<(), Malformed> {
        match &event.kind {
            StreamEventKind::MessageStart | StreamEventKind::ContentBlockStop | StreamEventKind::Other => {}
            StreamEventKind::ContentBlockStart { index, start } => {
                self.blocks.entry(*index).or_default().push(OpenBlock::started(start));
            }
            StreamEventKind::ContentBlockDelta { index, delta } => {
                let blocks = self.blocks.entry(*index).or_default();
                // It belongs to the last block of its kind, or begins one.
                if !blocks.iter_mut().rev().any(|block| block.push(delta)) {
                    blocks.extend(OpenBlock::begun_by(delta));
                }
            }
            StreamEventKind::MessageStop(stop_reason) => self.stop_reason = Some(stop_reason.clone()),
            StreamEventKind::Metadata { usage, latency_ms } => {
                self.usage.clone_from(usage);
                self.latency_ms = *latency_ms;
            }
            StreamEventKind::Malformed(what) if !self.content_seen => return Err(Malformed(what)),
            // It may have been a piece of a call, which is not whole without it.
            StreamEventKind::Malformed(_) => self.piece_lost = true,
        }
        self.content_seen |= event.is_content();
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
        let mut blocks: Vec<_> = self.blocks.values().flatten().filter_map(OpenBlock::finished).collect();
        if self.piece_lost {
            for block in &mut blocks {
                if let AnswerBlock::Call(call) = block {
                    call.input = None;
                }
            }
        }
        blocks
    }
}

impl fmt::Debug for StreamAccumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamAccumulator({} blocks, {:?})", self.blocks.len(), self.stop_reason)
    }
}

#[cfg(test)]
mod tests;
