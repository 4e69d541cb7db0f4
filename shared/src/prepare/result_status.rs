//! The `status` of a tool's result is left out for a model that does not take one: what failed says so in its content.

use crate::converse::content_block::{BlockKind, ContentBlock};
use crate::converse::request::Request;
use crate::json::{Document, Edit, JsonPath};
use crate::limits::DEPTH;
use crate::model::capabilities::Tools;

/// Whether there was one.
pub(super) fn apply(request: &mut Request, taken: Option<&Tools>) -> bool {
    if taken.is_none_or(|taken| taken.result_status) {
        return false;
    }
    let changed = request.messages.iter_mut().map(|message| message.replace_blocks(without_status));
    changed.fold(false, |any, changed| any | changed)
}

fn without_status(block: &ContentBlock) -> Option<ContentBlock> {
    if !matches!(block.kind(), BlockKind::ToolResult { .. }) {
        return None;
    }
    let document = Document::parse(block.raw().as_str().to_owned(), DEPTH).ok()?;
    let result = document.root().get("toolResult")?;
    result.get("status")?;
    let mut edit = Edit::of(document.root());
    edit.remove_members(result, |name, _| name == "status");
    let document = Document::parse(edit.apply(), DEPTH).ok()?;
    ContentBlock::decode(document.root(), &JsonPath::ROOT).ok()
}
