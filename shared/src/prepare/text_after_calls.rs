//! Text behind a call stands before the turn's calls: Bedrock rejects it behind them. Where there is reasoning, or a tool
//! of Bedrock's own, the order is the model's to say.

use crate::converse::content_block::{BlockKind, ContentBlock};
use crate::converse::message::Role;
use crate::converse::request::Request;

/// Whether there was one.
pub(super) fn apply(request: &mut Request) -> bool {
    let mut changed = false;
    for message in request.messages.iter_mut().filter(|message| message.role() == Role::Assistant) {
        let kinds = || message.content().iter().map(ContentBlock::kind);
        let call = kinds().position(|kind| matches!(kind, BlockKind::ToolUse { .. }));
        let text = kinds().rposition(|kind| *kind == BlockKind::Text);
        let plain = kinds().all(|kind| matches!(kind, BlockKind::ToolUse { .. } | BlockKind::Text));
        if plain && call < text && call.is_some() {
            message.sort_by_key(|block| *block.kind() != BlockKind::Text);
            changed = true;
        }
    }
    changed
}
