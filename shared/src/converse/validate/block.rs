//! Messages, content blocks and system blocks.

use serde_json::value::RawValue;

use super::shape::{At, Invalid, shown};
use super::tool::{is_tool_name, is_tool_use_id};
use crate::limits::{BLOCKS, MESSAGES};

const CONTENT: [&str; 14] = [
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolUse",
    "toolResult",
    "guardContent",
    "cachePoint",
    "reasoningContent",
    "citationsContent",
    "searchResult",
    "toolAddition",
    "toolRemoval",
];
const TOOL_RESULT: [&str; 6] = ["json", "text", "image", "document", "video", "searchResult"];

/// `messages`: turns of `user` or `assistant`, at least one.
///
/// # Errors
/// [`Invalid`] at the first place that is wrong.
pub fn messages(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    let turns = at.array_of(raw, MESSAGES)?;
    if turns.is_empty() {
        return Err(at.invalid("expected at least one message"));
    }
    for (index, turn) in turns.into_iter().enumerate() {
        let at = at.index(index);
        let message = at.object(turn)?;
        let role = at.field("role").string(at.required(&message, "role")?)?;
        if role != "user" && role != "assistant" {
            return Err(at.field("role").invalid(format_args!("expected user or assistant, found {}", shown(&role))));
        }
        let content_at = at.field("content");
        for (index, block) in content_at.array_of(at.required(&message, "content")?, BLOCKS)?.into_iter().enumerate() {
            content_block(block, content_at.index(index))?;
        }
    }
    Ok(())
}

/// `system`: `text`, `cachePoint` and `guardContent` blocks.
///
/// # Errors
/// [`Invalid`] at the first place that is wrong.
pub fn system(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    for (index, block) in at.array_of(raw, BLOCKS)?.into_iter().enumerate() {
        let at = at.index(index);
        let (kind, value) = at.union(block, &["text", "cachePoint", "guardContent"])?;
        known(kind, value, at.field(kind))?;
    }
    Ok(())
}

/// One content block of a message.
///
/// # Errors
/// [`Invalid`] where it is not exactly one known kind or its parts are wrong.
pub fn content_block(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    let (kind, value) = at.union(raw, &CONTENT)?;
    known(kind, value, at.field(kind))
}

/// What stands in a block of a known kind.
fn known(kind: &str, value: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    match kind {
        "text" => at.text(value).map(drop),
        "image" | "video" | "audio" => media(value, at, &["bytes", "s3Location"]),
        "document" => {
            let document = at.object(value)?;
            at.field("name").string(at.required(&document, "name")?)?;
            media(value, at, &["bytes", "s3Location", "text", "content"])
        }
        "toolUse" => tool_use(value, at),
        "toolResult" => tool_result(value, at),
        "guardContent" => {
            let (kind, value) = at.union(value, &["text", "image"])?;
            let at = at.field(kind);
            let guarded = at.object(value)?;
            match kind {
                "text" => at.field("text").text(at.required(&guarded, "text")?).map(drop),
                _ => media(value, at, &["bytes"]),
            }
        }
        "cachePoint" => {
            let point = at.object(value)?;
            at.field("type").string(at.required(&point, "type")?).map(drop)
        }
        "reasoningContent" => reasoning(value, at),
        // "citationsContent", "searchResult", "toolAddition", "toolRemoval", and "json" of a tool's result
        // but for the last: an object whose inside is Bedrock's to check.
        "json" => Ok(()),
        _ => at.object(value).map(drop),
    }
}

/// Something with a `source` that is one of `sources`. `format` is left to Bedrock: it is optional for
/// documents.
fn media(value: &RawValue, at: At<'_>, sources: &[&'static str]) -> Result<(), Invalid> {
    let media = at.object(value)?;
    if let Some(format) = media.get("format") {
        at.field("format").string(format)?;
    }
    let source_at = at.field("source");
    let (kind, source) = source_at.union(at.required(&media, "source")?, sources)?;
    let source_at = source_at.field(kind);
    match kind {
        "bytes" => source_at.base64(source),
        "text" => source_at.text(source).map(drop),
        "content" => source_at.array(source).map(drop),
        _ => {
            let location = source_at.object(source)?;
            source_at.field("uri").string(source_at.required(&location, "uri")?).map(drop)
        }
    }
}

fn tool_use(value: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    let call = at.object(value)?;
    tool_use_id(at.required(&call, "toolUseId")?, at.field("toolUseId"))?;
    let name = at.field("name").string(at.required(&call, "name")?)?;
    if !is_tool_name(&name) {
        return Err(at.field("name").invalid("expected 1 to 64 letters, digits, - or _"));
    }
    at.field("input").object(at.required(&call, "input")?).map(drop)
}

fn tool_result(value: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    let result = at.object(value)?;
    tool_use_id(at.required(&result, "toolUseId")?, at.field("toolUseId"))?;
    if let Some(status) = result.get("status") {
        let at = at.field("status");
        let status = at.string(status)?;
        if status != "success" && status != "error" {
            return Err(at.invalid(format_args!("expected success or error, found {}", shown(&status))));
        }
    }
    let content_at = at.field("content");
    for (index, item) in content_at.array_of(at.required(&result, "content")?, BLOCKS)?.into_iter().enumerate() {
        let at = content_at.index(index);
        let (kind, value) = at.union(item, &TOOL_RESULT)?;
        known(kind, value, at.field(kind))?;
    }
    Ok(())
}

fn tool_use_id(raw: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    if is_tool_use_id(&at.string(raw)?) {
        Ok(())
    } else {
        Err(at.invalid("expected 1 to 64 letters, digits, -, _, . or :"))
    }
}

fn reasoning(value: &RawValue, at: At<'_>) -> Result<(), Invalid> {
    match at.union(value, &["reasoningText", "redactedContent"])? {
        ("redactedContent", bytes) => at.field("redactedContent").base64(bytes),
        (kind, value) => {
            let at = at.field(kind);
            let reasoning = at.object(value)?;
            at.field("text").text(at.required(&reasoning, "text")?)?;
            reasoning.get("signature").map_or(Ok(()), |signature| at.field("signature").text(signature).map(drop))
        }
    }
}
