//! Inference parameters, guardrail and the fields that pass through as objects.

use serde_json::value::RawValue;

use super::shape::{At, Invalid};
use crate::limits::STOP_SEQUENCES;

/// `inferenceConfig`. Returns the caller's `maxTokens`.
///
/// # Errors
/// [`Invalid`] at the first place that is wrong: a `maxTokens` that is no whole number from 1 on, say.
pub fn inference(raw: &RawValue, at: At<'_>) -> Result<Option<u32>, Invalid> {
    let config = at.object(raw)?;
    for name in ["temperature", "topP"] {
        if let Some(value) = config.get(name) {
            at.field(name).number(value)?;
        }
    }
    if let Some(value) = config.get("stopSequences") {
        let at = at.field("stopSequences");
        for (index, sequence) in at.array_of(value, STOP_SEQUENCES)?.into_iter().enumerate() {
            at.index(index).string(sequence)?;
        }
    }
    let Some(value) = config.get("maxTokens") else { return Ok(None) };
    match value.get().parse::<u32>() {
        Ok(tokens) if tokens >= 1 => Ok(Some(tokens)),
        _ => Err(at.field("maxTokens").invalid("expected a whole number from 1 on")),
    }
}

/// `guardrailConfig`: identifier and version as strings where present.
///
/// # Errors
/// [`Invalid`] at the first place that is wrong.
pub fn guardrail(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    let config = at.object(raw)?;
    for name in ["guardrailIdentifier", "guardrailVersion", "trace", "streamProcessingMode"] {
        if let Some(value) = config.get(name) {
            at.field(name).string(value)?;
        }
    }
    Ok(())
}

/// `additionalModelResponseFieldPaths`: strings.
///
/// # Errors
/// [`Invalid`] at the first place that is wrong.
pub fn output_paths(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    for (index, path) in at.array(raw)?.into_iter().enumerate() {
        at.index(index).string(path)?;
    }
    Ok(())
}

/// A field that is an object and otherwise Bedrock's to check.
///
/// # Errors
/// [`Invalid`] where it is something else.
pub fn object(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    at.object(raw).map(drop)
}
