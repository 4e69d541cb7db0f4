//! From an HTTP request to texts and a plan, every check on the way. Pure.

use std::fmt;

use lambda_http::Request;
use shared::error::{AppError, Code};
use shared::invoke::embedding::family::Plan;
use shared::invoke::embedding::options::{EmbeddingType, Options, Purpose, Truncate};
use shared::json::{Document, Invalid, JsonPath, Kind, Value, likely, shown, whole_number};
use shared::limits::{EMBED_ANSWER_BYTES, EMBED_INPUTS, SHOWN_CHARS};
use shared::service::request::json_body;

use crate::settings::Settings;

/// A checked request.
pub struct EmbedRequest {
    /// The texts.
    pub texts: Vec<String>,
    /// What the model is to do.
    pub plan: Plan,
}

/// Decodes and checks a request.
///
/// # Errors
/// The first thing that is wrong, in the order media type, size, JSON, fields, what the model can do, and the size of the
/// answer.
pub fn decode(request: Request, settings: &Settings) -> Result<EmbedRequest, AppError> {
    fields(&json_body(request)?, settings)
}

fn invalid(problem: impl fmt::Display) -> AppError {
    AppError::new(Code::InvalidRequest, problem.to_string())
}

fn fields(body: &Document, settings: &Settings) -> Result<EmbedRequest, AppError> {
    let (mut texts, mut options) = (None, Options::default());
    let root = &JsonPath::ROOT;
    for (name, value) in root.members(body.root()).map_err(invalid)? {
        let path = &root.field(&name);
        match name.as_ref() {
            "input" => texts = Some(input(value, path).map_err(invalid)?),
            "modelId" => model(value, path, settings)?,
            "inputType" => options.purpose = word(value, path, Purpose::ALL, Purpose::from_name)?,
            "dimensions" => options.dimensions = Some(positive(value, path)?),
            "normalize" => options.normalize = Some(boolean(value, path)?),
            "embeddingType" => {
                options.embedding_type = word(value, path, EmbeddingType::ALL, EmbeddingType::from_name)?;
            }
            "truncate" => options.truncate = Some(word(value, path, Truncate::ALL, Truncate::from_name)?),
            unknown => return Err(invalid(unknown_field(unknown))),
        }
    }
    let mut texts = texts.ok_or_else(|| invalid("input: missing"))?;
    let plan = settings.family.plan(options).map_err(invalid)?;
    lengths(&mut texts, &plan)?;
    answer_fits(texts.len(), &plan)?;
    Ok(EmbedRequest { texts, plan })
}

fn unknown_field(name: &str) -> String {
    let fields = ["input", "modelId", "inputType", "dimensions", "normalize", "embeddingType", "truncate"];
    let likely = likely(name, fields).map(|field| format!(" Is it {field}?")).unwrap_or_default();
    format!("{}: unknown field.{likely} Fields are {}.", shown(name), fields.join(", "))
}

fn input(value: Value<'_>, path: &JsonPath<'_>) -> Result<Vec<String>, Invalid> {
    let items: Vec<Value<'_>> = match value.kind() {
        Kind::String => vec![value],
        Kind::Array => path.items(value, EMBED_INPUTS)?.collect(),
        _ => return Err(path.expected("a string or an array of strings", value)),
    };
    if items.is_empty() {
        return Err(path.invalid("expected at least one text"));
    }
    let text = |(index, item): (usize, Value<'_>)| {
        let path = path.index(index);
        let text = path.text(item)?;
        if text.trim().is_empty() { Err(path.invalid("the text is blank")) } else { Ok(text.into_owned()) }
    };
    items.into_iter().enumerate().map(text).collect()
}

fn model(value: Value<'_>, path: &JsonPath<'_>, settings: &Settings) -> Result<(), AppError> {
    let name = path.string(value).map_err(invalid)?;
    let id = &settings.model.id;
    if name == "default" || name == id.as_str() {
        return Ok(());
    }
    let known = if id.is_arn() { "default".to_owned() } else { format!("default, {id}") };
    let detail = format!("Unknown model {}. Available: {known}.", shown(&name));
    Err(AppError::new(Code::ModelNotFound, detail))
}

fn word<T: Copy + fmt::Display>(
    value: Value<'_>,
    path: &JsonPath<'_>,
    all: &[T],
    read: fn(&str) -> Option<T>,
) -> Result<T, AppError> {
    value.text().as_deref().and_then(read).ok_or_else(|| {
        let known: Vec<String> = all.iter().map(ToString::to_string).collect();
        invalid(path.invalid(format_args!(
            "expected one of {}; found {}",
            known.join(", "),
            value.json().chars().take(SHOWN_CHARS).collect::<String>()
        )))
    })
}

fn positive(value: Value<'_>, path: &JsonPath<'_>) -> Result<u32, AppError> {
    let whole = whole_number(value).filter(|number| *number > 0);
    whole.ok_or_else(|| invalid(path.invalid("expected a positive integer")))
}

fn boolean(value: Value<'_>, path: &JsonPath<'_>) -> Result<bool, AppError> {
    value.json().parse().map_err(|_| invalid(path.invalid("expected true or false")))
}

/// Rejects a text that is too long, or truncates it: Bedrock counts the characters before the model truncates to its
/// tokens.
fn lengths(texts: &mut [String], plan: &Plan) -> Result<(), AppError> {
    let limit = plan.family.limits.text_chars;
    // No text has more characters than bytes.
    for (index, text) in texts.iter_mut().enumerate().filter(|(_, text)| text.len() > limit) {
        let chars = text.chars().count();
        let over = chars.saturating_sub(limit);
        let at = |chars: usize| text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at);
        match plan.options.truncate.unwrap_or_default() {
            _ if over == 0 => {}
            Truncate::None => {
                let problem = format!("this model takes texts of {limit} characters; found {chars}");
                return Err(invalid(format_args!("input[{index}]: {problem}")));
            }
            Truncate::Start => drop(text.drain(..at(over))),
            Truncate::End => text.truncate(at(limit)),
        }
    }
    Ok(())
}

/// Rejects what could not be answered before any call is made.
fn answer_fits(count: usize, plan: &Plan) -> Result<(), AppError> {
    let value_bytes = match plan.options.embedding_type {
        EmbeddingType::Float => 13,
        EmbeddingType::Int8 => 5,
        EmbeddingType::Uint8 => 4,
        EmbeddingType::Binary | EmbeddingType::Ubinary => 2,
    };
    let fit = EMBED_ANSWER_BYTES / (plan.dimensions as usize * value_bytes + 3);
    if count <= fit {
        return Ok(());
    }
    let dimensions = plan.dimensions;
    Err(invalid(format_args!(
        "input: the answer would be over Lambda's 6 MB; {fit} texts of {dimensions} dimensions fit into one request, found {count}"
    )))
}

impl fmt::Debug for EmbedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmbedRequest({} texts)", self.texts.len())
    }
}

#[cfg(test)]
mod tests;
