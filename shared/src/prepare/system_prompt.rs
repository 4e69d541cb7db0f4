//! The operator's system prompt stands before the caller's system blocks.

use crate::converse::content_block::ContentBlock;
use crate::converse::request::Request;

pub(super) fn apply(request: &mut Request, prompt: Option<&ContentBlock>) {
    if let Some(prompt) = prompt {
        request.system.get_or_insert_default().insert(0, prompt.clone());
    }
}
