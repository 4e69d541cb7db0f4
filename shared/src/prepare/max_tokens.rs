//! `maxTokens` is always sent: Bedrock would take the model's whole output from the quota for a request without it.

use crate::converse::request::Request;

/// How much a model may write, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MaxTokens {
    /// Sent if the caller sets none.
    pub default: u32,
    /// The most that a caller may ask for.
    pub limit: u32,
}

pub(super) fn apply(request: &mut Request, max_tokens: MaxTokens) {
    let MaxTokens { default, limit } = max_tokens;
    let config = request.inference_config.get_or_insert_default();
    match config.max_tokens() {
        Some(tokens) if tokens <= limit => {}
        Some(_) => config.set_max_tokens(limit),
        None => config.set_max_tokens(default.min(limit)),
    }
}
