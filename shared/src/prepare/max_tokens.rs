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

/// Whether the caller asked for more than the operator's limit, or the model's own.
pub(super) fn apply(request: &mut Request, MaxTokens { default, limit }: MaxTokens, models: Option<u32>) -> bool {
    let limit = models.map_or(limit, |models| limit.min(models));
    let config = request.inference_config.get_or_insert_default();
    match config.max_tokens() {
        Some(tokens) if tokens <= limit => false,
        Some(_) => {
            config.set_max_tokens(limit);
            true
        }
        None => {
            config.set_max_tokens(default.min(limit));
            false
        }
    }
}
