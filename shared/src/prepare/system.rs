//! The operator's system prompt stands before the caller's system blocks; for a model that takes no `system`, all of them
//! stand before the first user turn.

use crate::converse::content_block::{BlockKind, ContentBlock};
use crate::converse::message::{Message, Role};
use crate::converse::request::Request;

/// Whether the caller's `system` was moved.
pub(super) fn apply(request: &mut Request, prompt: Option<&ContentBlock>, taken: bool) -> bool {
    let callers = request.system.as_ref().is_some_and(|blocks| !blocks.is_empty());
    if let Some(prompt) = prompt {
        request.system.get_or_insert_default().insert(0, prompt.clone());
    }
    if taken {
        return false;
    }
    // Where `system` is not taken, it cannot be cached.
    let blocks = request.system.take().into_iter().flatten();
    let blocks: Vec<_> = blocks.filter(|block| *block.kind() != BlockKind::CachePoint).collect();
    if !blocks.is_empty() {
        match request.messages.iter_mut().find(|message| message.role() == Role::User) {
            Some(first) => first.prepend(blocks),
            None => request.messages.insert(0, Message::new(Role::User, blocks)),
        }
    }
    callers
}
