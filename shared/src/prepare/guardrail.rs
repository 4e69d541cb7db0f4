//! The operator's guardrail, in the place of the caller's.

use crate::converse::config::GuardrailConfig;
use crate::converse::content_block::BlockKind;
use crate::converse::request::Request;
use crate::json::{Invalid, JsonPath};

/// A guardrail of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guardrail {
    /// An id or an ARN.
    pub identifier: String,
    /// `DRAFT` or a number.
    pub version: String,
}

/// Checks that a request does not weaken the operator's guardrail. A caller may repeat it and may ask for a trace;
/// anything else would weaken it: another guardrail or version, asynchronous streaming (content is shown before it is
/// checked), and `guardContent` in messages (nothing else in them is checked then).
///
/// # Errors
/// [`Invalid`] at the first place that would weaken it.
pub fn check_guardrail(request: &Request, ours: &Guardrail) -> Result<(), Invalid> {
    let path = JsonPath::ROOT.field("guardrailConfig");
    for (name, value) in request.guardrail_config.iter().flat_map(GuardrailConfig::members) {
        match (name, value) {
            ("guardrailIdentifier", id) if id == ours.identifier => {}
            ("guardrailVersion", version) if version == ours.version => {}
            ("streamProcessingMode", "sync") | ("trace", _) => {}
            _ => {
                let problem = "this service has its own guardrail, which a request cannot change";
                return Err(path.field(name).invalid(problem));
            }
        }
    }
    match request.find_block(|kind| *kind == BlockKind::GuardContent) {
        None => Ok(()),
        Some((turn, block)) => {
            let messages = JsonPath::ROOT.field("messages");
            let turn = messages.index(turn);
            let content = turn.field("content");
            let block = content.index(block);
            Err(block.field("guardContent").invalid(
                "this service's guardrail checks whole messages, which guardContent would narrow to this block",
            ))
        }
    }
}

pub(super) fn apply(request: &mut Request, guardrail: Option<&Guardrail>) {
    let Some(Guardrail { identifier, version }) = guardrail else { return };
    let theirs = request.guardrail_config.iter().flat_map(GuardrailConfig::members);
    let trace = theirs.filter(|(name, _)| *name == "trace").map(|(_, value)| value).next();
    request.guardrail_config = Some(GuardrailConfig::new(identifier, version, trace));
}
