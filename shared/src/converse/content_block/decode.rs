//! What stands in a block of each kind.

use super::BlockKind;
use crate::converse::tool_config::{TOOL_NAME, is_tool_name};
use crate::json::{Invalid, JsonPath, Value, shown};
use crate::limits::BLOCKS;

const MESSAGE: [&str; 14] = [
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
const SYSTEM: [&str; 3] = ["text", "cachePoint", "guardContent"];
const TOOL_RESULT: [&str; 6] = ["json", "text", "image", "document", "video", "searchResult"];

/// Whether a call may have the id `id`: 1 to 64 of `[a-zA-Z0-9_.:-]` (API reference, `ToolUseBlock`).
fn is_tool_use_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:".contains(&b))
}

pub(super) fn message_block(value: Value<'_>, path: &JsonPath<'_>) -> Result<BlockKind, Invalid> {
    let (kind, inside) = path.union(value, &MESSAGE)?;
    block(kind, inside, &path.field(kind))
}

pub(super) fn system_block(value: Value<'_>, path: &JsonPath<'_>) -> Result<BlockKind, Invalid> {
    let (kind, inside) = path.union(value, &SYSTEM)?;
    block(kind, inside, &path.field(kind))
}

fn block(kind: &str, value: Value<'_>, path: &JsonPath<'_>) -> Result<BlockKind, Invalid> {
    match kind {
        "text" => path.text(value).map(|_| BlockKind::Text),
        "image" | "video" | "audio" => media(value, path, &["bytes", "s3Location"]),
        "document" => {
            path.field("name").string(path.required(value, "name")?)?;
            media(value, path, &["bytes", "s3Location", "text", "content"])
        }
        "toolUse" => tool_use(value, path),
        "toolResult" => tool_result(value, path),
        "guardContent" => guard_content(value, path),
        "cachePoint" => {
            path.field("type").string(path.required(value, "type")?)?;
            Ok(BlockKind::CachePoint)
        }
        "reasoningContent" => reasoning(value, path),
        // A document: whatever it is, it is the tool's.
        "json" => Ok(BlockKind::Other),
        _ => path.object(value).map(|()| BlockKind::Other),
    }
}

/// Something with a `source` that is one of `sources`. `format` is left to Bedrock: documents may have none.
fn media(value: Value<'_>, path: &JsonPath<'_>, sources: &[&'static str]) -> Result<BlockKind, Invalid> {
    path.object(value)?;
    if let Some(format) = path.optional(value, "format") {
        path.field("format").string(format)?;
    }
    let source_path = path.field("source");
    let (kind, source) = source_path.union(path.required(value, "source")?, sources)?;
    let source_path = source_path.field(kind);
    match kind {
        "bytes" => source_path.base64(source)?,
        "text" => drop(source_path.text(source)?),
        "content" => drop(source_path.items(source, usize::MAX)?),
        _ => {
            source_path.object(source)?;
            source_path.field("uri").string(source_path.required(source, "uri")?)?;
        }
    }
    Ok(BlockKind::Media)
}

fn tool_use(value: Value<'_>, path: &JsonPath<'_>) -> Result<BlockKind, Invalid> {
    path.object(value)?;
    let tool_use_id = tool_use_id(value, path)?;
    let name = path.field("name").string(path.required(value, "name")?)?;
    if !is_tool_name(&name) {
        return Err(path.field("name").invalid(TOOL_NAME));
    }
    path.field("input").object(path.required(value, "input")?)?;
    Ok(BlockKind::ToolUse { tool_use_id, name: name.into_owned() })
}

fn tool_result(value: Value<'_>, path: &JsonPath<'_>) -> Result<BlockKind, Invalid> {
    path.object(value)?;
    let tool_use_id = tool_use_id(value, path)?;
    if let Some(status) = path.optional(value, "status") {
        let path = path.field("status");
        let status = path.string(status)?;
        if status != "success" && status != "error" {
            return Err(path.invalid(format_args!("expected success or error, found {}", shown(&status))));
        }
    }
    let content_path = path.field("content");
    for (index, item) in content_path.items(path.required(value, "content")?, BLOCKS)?.enumerate() {
        let path = content_path.index(index);
        let (kind, inside) = path.union(item, &TOOL_RESULT)?;
        block(kind, inside, &path.field(kind))?;
    }
    Ok(BlockKind::ToolResult { tool_use_id })
}

fn tool_use_id(value: Value<'_>, path: &JsonPath<'_>) -> Result<String, Invalid> {
    let id_path = path.field("toolUseId");
    let id = id_path.string(path.required(value, "toolUseId")?)?;
    match is_tool_use_id(&id) {
        true => Ok(id.into_owned()),
        false => Err(id_path.invalid("expected 1 to 64 letters, digits, -, _, . or :")),
    }
}

fn guard_content(value: Value<'_>, path: &JsonPath<'_>) -> Result<BlockKind, Invalid> {
    let (kind, inside) = path.union(value, &["text", "image"])?;
    let path = path.field(kind);
    match kind {
        "text" => {
            path.object(inside)?;
            path.field("text").text(path.required(inside, "text")?)?;
        }
        _ => drop(media(inside, &path, &["bytes"])?),
    }
    Ok(BlockKind::GuardContent)
}

fn reasoning(value: Value<'_>, path: &JsonPath<'_>) -> Result<BlockKind, Invalid> {
    match path.union(value, &["reasoningText", "redactedContent"])? {
        ("redactedContent", bytes) => path.field("redactedContent").base64(bytes)?,
        (kind, inside) => {
            let path = path.field(kind);
            path.object(inside)?;
            path.field("text").text(path.required(inside, "text")?)?;
            if let Some(signature) = path.optional(inside, "signature") {
                path.field("signature").text(signature)?;
            }
        }
    }
    Ok(BlockKind::ReasoningContent)
}
