//! A forced choice holds for the first round of a turn: else it would be forced again after each result.

use crate::converse::request::Request;

pub(super) fn apply(request: &mut Request, first_round: bool) {
    if let (false, Some(config)) = (first_round, &mut request.tool_config) {
        config.remove_choice();
    }
}
