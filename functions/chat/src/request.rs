//! From an HTTP request to a question for a model, every check on the way. Pure.

use shared::converse::request::ConverseRequest;
use shared::converse::validate::{At, Invalid};
use shared::error::{AppError, Code, GuardrailOwner};
use shared::json::{self, Object};
use shared::turn::Question;

use crate::event::HttpRequest;
use crate::settings::{Guardrail, Settings};

mod accept;

pub use accept::Mode;

/// Arrays and objects inside each other that a body may hold. Bedrock's own limit is not documented; the SDKs
/// read 256 levels at the most.
const DEPTH_LIMIT: usize = 128;

/// The only route.
const PATH: &str = "/chat";

/// Reads and checks a request.
///
/// # Errors
/// The first thing that is wrong, in the order route, method, media type, size, JSON, fields, model.
pub fn read(request: &HttpRequest<'_>, settings: &Settings) -> Result<Question, AppError> {
    if request.path.trim_end_matches('/') != PATH {
        return Err(AppError::new(Code::NotFound, "Only /chat is here."));
    }
    if request.method != "POST" {
        return Err(AppError::new(Code::MethodNotAllowed, "Only POST is allowed here."));
    }
    if let Some(media_type) = request.header("content-type").filter(|media_type| !is_json(media_type)) {
        let shown: String = media_type.chars().take(100).collect();
        return Err(AppError::new(
            Code::UnsupportedMediaType,
            format!("expected Content-Type: application/json, found {shown:?}"),
        ));
    }
    question(&request.body()?, settings)
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.is_empty() || essence == "application/json" || essence.ends_with("+json")
}

fn question(body: &str, settings: &Settings) -> Result<Question, AppError> {
    let invalid = |detail: String| AppError::new(Code::InvalidRequest, detail);
    if json::deeper_than(body, DEPTH_LIMIT) {
        return Err(invalid(format!("the body nests arrays and objects deeper than {DEPTH_LIMIT} levels")));
    }
    let object: Object<'_> = serde_json::from_str(body).map_err(|error| {
        let reason: String = error.to_string().chars().take(200).collect();
        invalid(format!("the body is not a JSON object: {reason}"))
    })?;
    let mut converse = ConverseRequest::default();
    let mut model_name = "default".into();
    for (name, value) in object.entries() {
        let at = At::ROOT.field(name);
        match name.as_ref() {
            "modelId" => {
                model_name = json::string(value).ok_or_else(|| invalid(at.invalid("expected a string").to_string()))?;
            }
            "serverTools" => no_server_tools(value.get(), at).map_err(|error| invalid(error.to_string()))?,
            _ => match converse.set(name, value) {
                Ok(true) => {}
                Ok(false) => return Err(invalid(unknown_field(name))),
                Err(error) => return Err(invalid(error.to_string())),
            },
        }
    }
    if !converse.has_messages() {
        return Err(invalid("messages: missing".to_owned()));
    }
    let model_id = settings.model(&model_name).ok_or_else(|| {
        let (shown, names) = (model_name.chars().take(100).collect::<String>(), settings.model_names().join(", "));
        AppError::new(Code::ModelNotFound, format!("There is no model {shown:?} here. modelId can be: {names}."))
    })?;
    converse.cap_max_tokens(settings.max_tokens, settings.max_tokens_limit);
    if let Some(prompt) = &settings.system_prompt {
        converse.prepend_system(prompt);
    }
    let guardrail = match &settings.guardrail {
        Some(ours) => {
            apply_guardrail(&mut converse, ours).map_err(|error| invalid(error.to_string()))?;
            GuardrailOwner::Operator
        }
        None => GuardrailOwner::Caller,
    };
    Ok(Question { model_id: model_id.clone(), body: converse.to_json().into(), guardrail })
}

fn unknown_field(name: &str) -> String {
    let shown: String = name.chars().take(64).collect();
    format!("{shown:?}: there is no such field; fields are Converse's, modelId and serverTools")
}

/// This service has no tools of its own to offer.
fn no_server_tools(json: &str, at: At<'_>) -> Result<(), Invalid> {
    match serde_json::from_str::<Vec<String>>(json) {
        Ok(names) => match names.first() {
            None => Ok(()),
            Some(name) => Err(at.index(0).invalid(format_args!("there is no server tool {name:?}"))),
        },
        Err(_) => Err(at.invalid("expected an array of strings")),
    }
}

/// Puts the operator's guardrail into the request, whatever the caller sent. A caller may repeat it and may ask
/// for a trace; anything else would weaken it: another guardrail or version, asynchronous streaming (content
/// is shown before it is checked), and `guardContent` in messages (then nothing else in them is checked).
fn apply_guardrail(converse: &mut ConverseRequest<'_>, ours: &Guardrail) -> Result<(), Invalid> {
    let at = At::ROOT.field("guardrailConfig");
    let mut trace = None;
    let theirs = converse.guardrail().and_then(Object::read);
    for (name, value) in theirs.iter().flat_map(|object| object.entries()) {
        let value = json::string(value).unwrap_or_default();
        match (name.as_ref(), value.as_ref()) {
            ("guardrailIdentifier", id) if id == ours.identifier => {}
            ("guardrailVersion", version) if version == ours.version => {}
            ("streamProcessingMode", "sync") => {}
            ("trace", value) => trace = Some(value.to_owned()),
            _ => {
                return Err(at
                    .field(name)
                    .invalid("this service has its own guardrail, which a request cannot change"));
            }
        }
    }
    if let Some((turn, block)) = converse.find_block("guardContent") {
        let messages = At::ROOT.field("messages");
        let turn = messages.index(turn);
        let content = turn.field("content");
        let block = content.index(block);
        return Err(block
            .field("guardContent")
            .invalid("this service's guardrail checks whole messages, which guardContent would narrow to this block"));
    }
    converse.set_guardrail(&ours.identifier, &ours.version, trace.as_deref());
    Ok(())
}

#[cfg(test)]
mod tests;
