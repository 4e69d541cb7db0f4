//! Content blocks: text that is blank, media a model does not take, documents.

use std::collections::HashSet;

use serde_json::Value;

use super::{ensure, messages, model_error, role};
use crate::stand_in::error::Refusal;
use crate::stand_in::models::{Family, Model, Takes};

const KINDS: [&str; 14] = [
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
const MAX_IMAGES: usize = 20;
const MAX_DOCUMENTS: usize = 5;

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    let (mut images, mut documents, mut names) = (0, 0, HashSet::new());
    for (turn, message, content) in messages(request) {
        ensure(!content.is_empty(), || {
            format!(
                "The content field in the Message object at messages.{turn} is empty. Add a ContentBlock object to the content field and try again."
            )
        })?;
        let has = |kind: &str| content.iter().any(|block| block.get(kind).is_some());
        for (index, block) in content.iter().enumerate() {
            one_kind(block, turn, index)?;
            // "\n" beside a document or a cache point was seen to pass.
            let beside = has("document") || has("cachePoint");
            let blank = |text: &str| text.is_empty() || (text.trim().is_empty() && !beside);
            ensure(!block.get("text").and_then(Value::as_str).is_some_and(blank), || {
                format!(
                    "The text field in the ContentBlock object at messages.{turn}.content.{index} is blank. Add text to the text field, and try again."
                )
            })?;
            media(block, model)?;
            sizes(block)?;
            for item in block.pointer("/toolResult/content").and_then(Value::as_array).into_iter().flatten() {
                in_tool_result(item, model, turn, index)?;
            }
            images += usize::from(block.get("image").is_some());
            if let Some(document) = block.get("document") {
                documents += 1;
                let name = document.get("name").and_then(Value::as_str).unwrap_or_default();
                document_name(name)?;
                ensure(names.insert(name.to_owned()), || {
                    "Messages can not contain duplicate document names.".to_owned()
                })?;
            }
        }
        ensure(!has("document") || has("text") || has("toolResult"), || {
            "A text block must be included when using documents.".to_owned()
        })?;
        if role(message) == "assistant" {
            // Wording not known from the service.
            ensure(!has("image") && !has("document"), || {
                "Images and documents are only supported in user messages.".to_owned()
            })?;
        }
    }
    // Wording of both not known from the service.
    ensure(images <= MAX_IMAGES, || format!("The number of images exceeds the limit of {MAX_IMAGES}."))?;
    ensure(documents <= MAX_DOCUMENTS, || format!("The number of documents exceeds the limit of {MAX_DOCUMENTS}."))
}

fn one_kind(block: &Value, turn: usize, index: usize) -> Result<(), Refusal> {
    let members: Vec<&str> = block.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    if let Some(unknown) = members.iter().find(|name| !KINDS.contains(name)) {
        return Err(model_error(&format!(
            "Malformed input request: #/messages/{turn}/content/{index}: extraneous key [{unknown}] is not permitted, please reformat your input and try again."
        )));
    }
    // Wording not known from the service.
    ensure(members.len() == 1, || {
        format!("The ContentBlock object at messages.{turn}.content.{index} must set exactly one member.")
    })
}

fn media(block: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    let takes = [
        ("image", model.images),
        ("document", model.documents),
        ("video", if model.family() == Family::Claude { Takes::No } else { Takes::Unknown }),
    ];
    for (kind, takes) in takes {
        ensure(block.get(kind).is_none() || takes != Takes::No, || unsupported(kind))?;
    }
    let s3 = ["image", "document", "video"]
        .iter()
        .any(|kind| block.pointer(&format!("/{kind}/source/s3Location")).is_some());
    ensure(!s3 || model.family() != Family::Claude, || {
        "This model doesn't support the s3Uri field. Remove s3Uri and try again.".to_owned()
    })
}

/// Sizes after base64: 3.75 MB an image, 4.5 MB a document. Wording not known from the service.
fn sizes(block: &Value) -> Result<(), Refusal> {
    for (kind, limit) in [("image", 3_750_000), ("document", 4_500_000)] {
        let bytes = block
            .pointer(&format!("/{kind}/source/bytes"))
            .and_then(Value::as_str)
            .map_or(0, |text| text.len() / 4 * 3);
        ensure(bytes <= limit, || format!("The {kind} exceeds the size limit of {limit} bytes."))?;
    }
    Ok(())
}

fn unsupported(kind: &str) -> String {
    format!(
        "This model doesn't support the {kind} content block that you provided. Update the content block and try again."
    )
}

/// What a tool's result may hold differs by family.
fn in_tool_result(item: &Value, model: &Model<'_>, turn: usize, index: usize) -> Result<(), Refusal> {
    media(item, model)?;
    let format = |kind: &str| item.pointer(&format!("/{kind}/format")).and_then(Value::as_str);
    let nova_refuses = item.get("video").is_some() || format("document").is_some_and(|f| f != "csv" && f != "txt");
    if model.family() == Family::Nova && nova_refuses && item.pointer("/document/source/bytes").is_none() {
        return Err(model_error(&format!(
            "Malformed input request: #/messages/{turn}/content/{index}: extraneous key [toolResult] is not permitted, please reformat your input and try again."
        )));
    }
    Ok(())
}

/// Letters, digits, single spaces, hyphens, parentheses and square brackets. Wording not known from the service.
fn document_name(name: &str) -> Result<(), Refusal> {
    let legal = name.chars().all(|c| c.is_ascii_alphanumeric() || " -()[]".contains(c)) && !name.contains("  ");
    ensure(legal, || {
        "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.".to_owned()
    })
}
