//! From an HTTP request to texts and a plan, every check on the way. Pure.

use std::fmt;

use serde_json::value::RawValue;
use shared::error::{AppError, Code};
use shared::invoke::embedding::family::Plan;
use shared::invoke::embedding::options::{EmbeddingType, Options, Purpose, Truncate};
use shared::json::{self, Object};
use shared::limits::{EMBED_ANSWER_BYTES, EMBED_INPUTS, SHOWN_CHARS};
use shared::service::http_event::HttpRequest;

use crate::settings::Settings;

/// The only route.
const PATH: &str = "/embed";

/// A checked request.
pub struct Request {
    /// The texts.
    pub texts: Vec<String>,
    /// What is asked of the model.
    pub plan: Plan,
}

/// Reads and checks a request.
///
/// # Errors
/// The first thing that is wrong, in the order route, method, media type, size, JSON, fields, what the model can do,
/// and the size of the answer.
pub fn read(request: &HttpRequest<'_>, settings: &Settings) -> Result<Request, AppError> {
    request.expect_json_post(PATH)?;
    parse(&request.body()?, settings)
}

fn invalid(detail: impl Into<String>) -> AppError {
    AppError::new(Code::InvalidRequest, detail.into())
}

fn parse(body: &str, settings: &Settings) -> Result<Request, AppError> {
    let object: Object<'_> = serde_json::from_str(body).map_err(|error| {
        let reason: String = error.to_string().chars().take(200).collect();
        invalid(format!("the body is not a JSON object: {reason}"))
    })?;
    let (mut texts, mut options) = (None, Options::default());
    for (name, value) in object.entries() {
        match name.as_ref() {
            "input" => texts = Some(input(value)?),
            "modelId" => model(value, settings)?,
            "inputType" => options.purpose = word(name, value, Purpose::ALL, Purpose::from_name)?,
            "dimensions" => options.dimensions = Some(whole(value)?),
            "normalize" => options.normalize = Some(truth(value)?),
            "embeddingType" => {
                options.embedding_type = word(name, value, EmbeddingType::ALL, EmbeddingType::from_name)?
            }
            "truncate" => options.truncate = word(name, value, Truncate::ALL, Truncate::from_name)?,
            unknown => {
                let shown: String = unknown.chars().take(SHOWN_CHARS).collect();
                return Err(invalid(format!(
                    "{shown:?}: there is no such field; fields are input, modelId, inputType, dimensions, normalize, embeddingType and truncate"
                )));
            }
        }
    }
    let texts = texts.ok_or_else(|| invalid("input: missing"))?;
    let plan = settings.family.plan(options).map_err(|unsupported| invalid(unsupported.to_string()))?;
    lengths(&texts, &plan)?;
    answer_fits(texts.len(), &plan)?;
    Ok(Request { texts, plan })
}

fn input(value: &RawValue) -> Result<Vec<String>, AppError> {
    let items = match json::kind(value) {
        "a string" => vec![value],
        _ => json::array(value).ok_or_else(|| {
            invalid(format!("input: expected a string or an array of strings, found {}", json::kind(value)))
        })?,
    };
    if items.is_empty() {
        return Err(invalid("input: expected at least one text"));
    }
    if items.len() > EMBED_INPUTS {
        return Err(invalid(format!("input: expected {EMBED_INPUTS} texts at the most, found {}", items.len())));
    }
    let text = |(index, item): (usize, &RawValue)| {
        let text = json::string(item)
            .ok_or_else(|| invalid(format!("input[{index}]: expected a string, found {}", json::kind(item))))?;
        if text.trim().is_empty() {
            Err(invalid(format!("input[{index}]: the text is blank")))
        } else {
            Ok(text.into_owned())
        }
    };
    items.into_iter().enumerate().map(text).collect()
}

fn model(value: &RawValue, settings: &Settings) -> Result<(), AppError> {
    let name = json::string(value).ok_or_else(|| invalid("modelId: expected a string"))?;
    if name == "default" || name == settings.model_id.as_str() {
        return Ok(());
    }
    let shown: String = name.chars().take(SHOWN_CHARS).collect();
    let id = if settings.model_id.is_arn() { String::new() } else { format!(", {}", settings.model_id) };
    Err(AppError::new(Code::ModelNotFound, format!("There is no model {shown:?} here. modelId can be: default{id}.")))
}

fn word<T: Copy + fmt::Display>(
    field: &str,
    value: &RawValue,
    all: &[T],
    read: fn(&str) -> Option<T>,
) -> Result<T, AppError> {
    json::string(value).as_deref().and_then(read).ok_or_else(|| {
        let known: Vec<String> = all.iter().map(ToString::to_string).collect();
        let found: String = value.get().chars().take(SHOWN_CHARS).collect();
        invalid(format!("{field}: expected one of {}; found {found}", known.join(", ")))
    })
}

fn whole(value: &RawValue) -> Result<u32, AppError> {
    value.get().parse().map_err(|_| invalid("dimensions: expected a whole number"))
}

fn truth(value: &RawValue) -> Result<bool, AppError> {
    value.get().parse().map_err(|_| invalid("normalize: expected true or false"))
}

fn lengths(texts: &[String], plan: &Plan) -> Result<(), AppError> {
    let limit = plan.family.limits().text_chars;
    // No text has more characters than bytes.
    let long = texts.iter().enumerate().filter(|(_, text)| text.len() > limit);
    match long.map(|(index, text)| (index, text.chars().count())).find(|(_, chars)| *chars > limit) {
        None => Ok(()),
        Some((index, chars)) => {
            Err(invalid(format!("input[{index}]: this model takes texts of {limit} characters; found {chars}")))
        }
    }
}

/// Refuses what could not be answered before any call is made.
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
    Err(invalid(format!(
        "input: the answer would be over Lambda's 6 MB; {fit} texts of {dimensions} dimensions fit into one request, found {count}"
    )))
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} texts)", self.texts.len())
    }
}

#[cfg(test)]
mod tests;
