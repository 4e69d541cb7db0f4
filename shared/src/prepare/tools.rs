//! This service's tools stand before the caller's own.

use crate::converse::request::Request;
use crate::converse::tool_specs::ToolSpecs;

pub(super) fn apply(request: &mut Request, tools: &ToolSpecs) {
    if !tools.is_empty() {
        request.tool_config.get_or_insert_default().prepend(tools.iter().cloned());
    }
}
