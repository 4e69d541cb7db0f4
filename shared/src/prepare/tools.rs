//! This service's tools stand before the caller's own, if the model can use tools at all.

use crate::converse::request::Request;
use crate::converse::tool_specs::ToolSpecs;
use crate::model::capabilities::Tools;

pub(super) fn add(request: &mut Request, tools: &ToolSpecs, taken: Option<&Tools>, streamed: bool) {
    let usable = taken.is_some_and(|taken| taken.streamed || !streamed);
    if usable && !tools.is_empty() {
        request.tool_config.get_or_insert_default().prepend(tools.iter().cloned());
    }
}
