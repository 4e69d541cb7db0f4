//! The body for one model, made at the last moment: a list of small passes over a copy of the request.
//!
//! A request that no pass changes keeps every byte of its leaves. The request itself stays as the caller sent it, so the
//! next model of a failover gets a body of its own.

use bytes::Bytes;

use crate::converse::content_block::ContentBlock;
use crate::converse::request::Request;
use crate::converse::tool_specs::ToolSpecs;
use crate::model::Model;

mod guardrail;
mod max_tokens;
mod system_prompt;
mod tool_choice;
mod tools;

pub use guardrail::{Guardrail, check_guardrail};
pub use max_tokens::MaxTokens;

/// What the operator adds to a request, whichever model is asked.
#[derive(Debug, Clone, Default)]
pub struct Additions {
    /// Stands before the caller's system blocks.
    pub system_prompt: Option<ContentBlock>,
    /// Checks every request, in the place of the caller's.
    pub guardrail: Option<Guardrail>,
    /// How much the model may write.
    pub max_tokens: MaxTokens,
    /// This service's tools to offer.
    pub tools: ToolSpecs,
}

/// The body of a Converse request for `model`. In `later_round`s of a turn a forced choice of a tool no longer holds.
///
/// ```
/// use shared::converse::request::Request;
/// use shared::model::{Model, id::ModelId};
/// use shared::prepare::{Additions, MaxTokens, prepare};
///
/// let max_tokens = MaxTokens { default: 1024, limit: 8192 };
/// let additions = Additions { max_tokens, ..Additions::default() };
/// let model = Model::new(ModelId::parse("amazon.nova-lite-v1:0").unwrap());
/// let body = prepare(&Request::default(), &additions, &model, false);
/// assert_eq!(&body[..], br#"{"messages":[],"inferenceConfig":{"maxTokens":1024}}"#);
/// ```
pub fn prepare(request: &Request, additions: &Additions, _model: &Model, later_round: bool) -> Bytes {
    let mut request = request.clone();
    system_prompt::apply(&mut request, additions.system_prompt.as_ref());
    tools::apply(&mut request, &additions.tools);
    tool_choice::apply(&mut request, later_round);
    max_tokens::apply(&mut request, additions.max_tokens);
    guardrail::apply(&mut request, additions.guardrail.as_ref());
    // Strings and JSON that was parsed before have no way to fail.
    serde_json::to_vec(&request).unwrap_or_default().into()
}

#[cfg(test)]
mod tests;
