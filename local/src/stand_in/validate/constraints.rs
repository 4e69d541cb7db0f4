//! The constraints of the API's model (botocore's `service-2.json`): lengths, ranges, patterns, enums. Paths in
//! messages count from 1 and go through `member`.

use regex_lite::Regex;
use serde_json::Value;

use crate::stand_in::error::Refusal;

const TOOL_NAME: Rule = Rule::Text(1, 64, "[a-zA-Z0-9_-]+");
const TOOL_USE_ID: Rule = Rule::Text(1, 64, "[a-zA-Z0-9_.:-]+");
const IMAGE: Rule = Rule::OneOf("png, jpeg, gif, webp");
const VIDEO: Rule = Rule::OneOf("mkv, mov, mp4, webm, flv, mpeg, mpg, wmv, three_gp");
const DOCUMENT: Rule = Rule::OneOf("pdf, csv, doc, docx, xls, xlsx, html, txt, md");
const S3_URI: Rule = Rule::Text(1, 1024, r"s3://[a-z0-9][\.\-a-z0-9]{1,61}[a-z0-9](/.*)?");

#[derive(Clone, Copy)]
enum Rule {
    /// Length from, to, and pattern (empty: none).
    Text(usize, usize, &'static str),
    /// Smallest and largest value.
    Number(f64, f64),
    /// Fewest and most items, or entries.
    Items(usize, usize),
    /// One of these.
    OneOf(&'static str),
}

const ANY: usize = usize::MAX;

/// Where, and what must hold. `[]` is every item of a list, `{}` every value of a map, `{key}` every key.
const CONSTRAINTS: &[(&str, Rule)] = &[
    ("messages[].role", Rule::OneOf("user, assistant, system")),
    ("messages[].content[].toolUse.toolUseId", TOOL_USE_ID),
    ("messages[].content[].toolUse.name", TOOL_NAME),
    ("messages[].content[].toolResult.toolUseId", TOOL_USE_ID),
    ("messages[].content[].toolResult.status", Rule::OneOf("success, error")),
    ("messages[].content[].image.format", IMAGE),
    ("messages[].content[].image.source.bytes", Rule::Text(1, ANY, "")),
    ("messages[].content[].image.source.s3Location.uri", S3_URI),
    ("messages[].content[].video.format", VIDEO),
    ("messages[].content[].video.source.bytes", Rule::Text(1, ANY, "")),
    ("messages[].content[].video.source.s3Location.uri", S3_URI),
    ("messages[].content[].document.format", DOCUMENT),
    ("messages[].content[].document.name", Rule::Text(1, 200, "")),
    ("messages[].content[].document.source.bytes", Rule::Text(1, ANY, "")),
    ("messages[].content[].document.source.s3Location.uri", S3_URI),
    ("messages[].content[].audio.source.bytes", Rule::Text(1, ANY, "")),
    ("messages[].content[].cachePoint.type", Rule::OneOf("default")),
    ("messages[].content[].cachePoint.ttl", Rule::OneOf("5m, 1h")),
    ("system[].text", Rule::Text(1, ANY, "")),
    ("system[].cachePoint.type", Rule::OneOf("default")),
    ("system[].cachePoint.ttl", Rule::OneOf("5m, 1h")),
    ("inferenceConfig.maxTokens", Rule::Number(1.0, f64::INFINITY)),
    ("inferenceConfig.temperature", Rule::Number(0.0, 1.0)),
    ("inferenceConfig.topP", Rule::Number(0.0, 1.0)),
    ("inferenceConfig.stopSequences", Rule::Items(0, 2500)),
    ("inferenceConfig.stopSequences[]", Rule::Text(1, ANY, "")),
    ("toolConfig.tools", Rule::Items(1, ANY)),
    ("toolConfig.tools[].toolSpec.name", TOOL_NAME),
    ("toolConfig.tools[].toolSpec.description", Rule::Text(1, ANY, "")),
    ("toolConfig.tools[].systemTool.name", TOOL_NAME),
    ("toolConfig.tools[].cachePoint.type", Rule::OneOf("default")),
    ("toolConfig.tools[].cachePoint.ttl", Rule::OneOf("5m, 1h")),
    ("toolConfig.toolChoice.tool.name", TOOL_NAME),
    (
        "guardrailConfig.guardrailIdentifier",
        Rule::Text(0, 2048, "(|([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+))"),
    ),
    ("guardrailConfig.guardrailVersion", Rule::Text(0, ANY, "(|([1-9][0-9]{0,7})|(DRAFT))")),
    ("guardrailConfig.trace", Rule::OneOf("enabled, disabled, enabled_full")),
    ("guardrailConfig.streamProcessingMode", Rule::OneOf("sync, async")),
    ("additionalModelResponseFieldPaths", Rule::Items(0, 10)),
    ("additionalModelResponseFieldPaths[]", Rule::Text(1, 256, "")),
    ("requestMetadata", Rule::Items(1, 16)),
    ("requestMetadata{key}", Rule::Text(1, 256, r"[a-zA-Z0-9\s:_@$#=/+,\-.]{1,256}")),
    ("requestMetadata{}", Rule::Text(0, 256, r"[a-zA-Z0-9\s:_@$#=/+,\-.]{0,256}")),
    ("performanceConfig.latency", Rule::OneOf("standard, optimized")),
    ("serviceTier.type", Rule::OneOf("priority, default, flex, reserved")),
    ("outputConfig.effort", Rule::Text(0, 16, "")),
    ("outputConfig.textFormat.type", Rule::OneOf("json_schema")),
];

/// Checks every constraint; several violations are counted and joined.
pub(super) fn check(request: &Value) -> Result<(), Refusal> {
    let mut violations = Vec::new();
    for (path, rule) in CONSTRAINTS {
        visit(request, path, String::new(), &mut |at, value| {
            if let Some(constraint) = rule.violated(value) {
                let shown = match value {
                    Value::String(text) if !text.is_empty() && text.len() <= 256 => format!("Value '{text}'"),
                    Value::Number(number) => format!("Value '{number}'"),
                    _ => "Value".to_owned(),
                };
                violations.push(format!("{shown} at '{at}' failed to satisfy constraint: {constraint}"));
            }
        });
    }
    match violations.len() {
        0 => Ok(()),
        1 => Err(Refusal::validation(format!("1 validation error detected: {}", violations.concat()))),
        n => Err(Refusal::validation(format!("{n} validation errors detected: {}", violations.join("; ")))),
    }
}

/// Calls `found` with every value at `path` and the path as messages write it.
fn visit(value: &Value, path: &str, at: String, found: &mut impl FnMut(&str, &Value)) {
    let join = |part: &str| if at.is_empty() { part.to_owned() } else { format!("{at}.{part}") };
    if path.is_empty() {
        return found(&at, value);
    }
    if let Some(rest) = path.strip_prefix("[]") {
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            visit(item, rest, join(&format!("{}.member", index + 1)), found);
        }
    } else if path == "{key}" {
        for key in value.as_object().into_iter().flat_map(|map| map.keys()) {
            found(&at, &Value::from(key.as_str()));
        }
    } else if path == "{}" {
        for (key, item) in value.as_object().into_iter().flatten() {
            found(&join(&format!("{key}.member")), item);
        }
    } else {
        let path = path.strip_prefix('.').unwrap_or(path);
        let end = path.find(['.', '[', '{']).unwrap_or(path.len());
        let (name, rest) = path.split_at(end);
        if let Some(value) = value.get(name) {
            visit(value, rest, join(name), found);
        }
    }
}

impl Rule {
    fn violated(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Text(min, max, pattern), Value::String(text)) => {
                let length = text.chars().count();
                if length < min {
                    return Some(format!("Member must have length greater than or equal to {min}"));
                }
                if length > max {
                    return Some(format!("Member must have length less than or equal to {max}"));
                }
                let matches = pattern.is_empty()
                    || Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(text));
                (!matches).then(|| format!("Member must satisfy regular expression pattern: {pattern}"))
            }
            (Self::Number(min, max), Value::Number(number)) => {
                let number = number.as_f64().unwrap_or(f64::NAN);
                if number < min {
                    return Some(format!("Member must have value greater than or equal to {min}"));
                }
                (number > max).then(|| format!("Member must have value less than or equal to {max}"))
            }
            (Self::Items(min, max), Value::Array(_) | Value::Object(_)) => {
                let length = value.as_array().map_or_else(|| value.as_object().map_or(0, |map| map.len()), Vec::len);
                if length < min {
                    return Some(format!("Member must have length greater than or equal to {min}"));
                }
                (length > max).then(|| format!("Member must have length less than or equal to {max}"))
            }
            (Self::OneOf(values), Value::String(text)) => {
                let known = values.split(", ").any(|value| value == text);
                (!known).then(|| format!("Member must satisfy enum value set: [{values}]"))
            }
            _ => None,
        }
    }
}
