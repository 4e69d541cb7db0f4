//! The body for one model, made at the last moment: a list of small passes over a copy of the request.
//!
//! A request that no pass changes keeps every byte of its leaves. The request itself stays as the caller sent it, so the
//! next model of a failover gets a body of its own.
//!
//! Some passes add what the operator configured; the others change what the model would certainly reject, and name that
//! in [`Prepared::adapted`].

use bytes::Bytes;

use crate::converse::content_block::ContentBlock;
use crate::converse::request::Request;
use crate::converse::tool_specs::ToolSpecs;
use crate::model::Model;

mod guardrail;
mod max_tokens;
mod result_status;
mod system;
mod text_after_calls;
mod tool_choice;
mod tools;

pub use guardrail::{Guardrail, check_guardrail};
pub use max_tokens::MaxTokens;

/// What the operator adds to a request, whichever model is called.
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

/// Which call of a turn a body is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Whether it is the turn's first: a forced choice of a tool holds for that one only.
    pub first: bool,
    /// Whether the answer is streamed.
    pub streamed: bool,
}

/// A body, and what the model would have rejected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The JSON that is sent.
    pub body: Bytes,
    /// What of the caller's request was changed for the model, by the names of Converse's fields. It is named in the turn's
    /// first round.
    pub adapted: Vec<&'static str>,
}

/// The body of a Converse request for `model`.
///
/// ```
/// use shared::converse::request::Request;
/// use shared::model::{Model, id::ModelId};
/// use shared::prepare::{Additions, MaxTokens, Round, prepare};
///
/// let max_tokens = MaxTokens { default: 1024, limit: 8192 };
/// let additions = Additions { max_tokens, ..Additions::default() };
/// let model = Model::new(ModelId::parse("amazon.nova-lite-v1:0").unwrap());
/// let prepared = prepare(&Request::default(), &additions, &model, Round { first: true, streamed: true });
/// assert_eq!(&prepared.body[..], br#"{"messages":[],"inferenceConfig":{"maxTokens":1024}}"#);
/// assert!(prepared.adapted.is_empty());
/// ```
pub fn prepare(request: &Request, additions: &Additions, model: &Model, round: Round) -> Prepared {
    let mut request = request.clone();
    let can = &model.capabilities;
    tools::add(&mut request, &additions.tools, can.tools.as_ref(), round.streamed);
    tool_choice::apply(&mut request, round.first);
    guardrail::apply(&mut request, additions.guardrail.as_ref());
    let changes = [
        ("system", system::apply(&mut request, additions.system_prompt.as_ref(), can.system)),
        ("maxTokens", max_tokens::apply(&mut request, additions.max_tokens, can.max_output_tokens)),
        ("messages.content", text_after_calls::apply(&mut request)),
        ("toolResult.status", result_status::apply(&mut request, can.tools.as_ref())),
    ];
    // What changes in a later round is what changed in the first, or this service's own.
    let adapted = changes.into_iter().filter(|(_, changed)| *changed && round.first).map(|(name, _)| name).collect();
    // Strings and JSON that was parsed before have no way to fail.
    Prepared { body: serde_json::to_vec(&request).unwrap_or_default().into(), adapted }
}

#[cfg(test)]
mod tests;
