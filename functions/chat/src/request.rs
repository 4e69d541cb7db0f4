//! From an HTTP request to a turn for the loop, every check on the way. Pure.

use shared::converse::request::ConverseRequest;
use shared::converse::validate::{At, Invalid};
use shared::engine::tool_loop::protocol::Turn;
use shared::engine::tools::spec::Specs;
use shared::error::{AppError, Code, GuardrailOwner};
use shared::json::{self, Object};
use shared::limits::SHOWN_CHARS;
use shared::service::http_event::HttpRequest;

use crate::settings::{Guardrail, Settings};

mod accept;

pub use accept::Mode;

/// The only route.
const PATH: &str = "/chat";

/// Reads and checks a request.
///
/// # Errors
/// The first thing that is wrong, in the order route, method, media type, size, JSON, fields, model.
pub fn read(request: &HttpRequest<'_>, settings: &Settings) -> Result<Turn, AppError> {
    request.expect_json_post(PATH)?;
    let mode = Mode::from_accept(request.header("accept"));
    turn(&request.body()?, mode, settings)
}

fn turn(body: &str, mode: Mode, settings: &Settings) -> Result<Turn, AppError> {
    let invalid = |detail: String| AppError::new(Code::InvalidRequest, detail);
    let object: Object<'_> = serde_json::from_str(body).map_err(|error| {
        let reason: String = error.to_string().chars().take(200).collect();
        invalid(format!("the body is not a JSON object: {reason}"))
    })?;
    let mut converse = ConverseRequest::default();
    let mut model_name = "default".into();
    let ours = settings.server_tools();
    let mut offered = ours.clone();
    for (name, value) in object.entries() {
        let at = At::ROOT.field(name);
        match name.as_ref() {
            "modelId" => {
                model_name = json::string(value).ok_or_else(|| invalid(at.invalid("expected a string").to_string()))?;
            }
            "serverTools" => offered = chosen(&offered, value.get(), at).map_err(|error| invalid(error.to_string()))?,
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
    if let Some(name) = converse.tool_names().iter().find(|name| ours.contains(name)) {
        let at = At::ROOT.field("toolConfig");
        return Err(invalid(
            at.field("tools").invalid(format_args!("this service has a tool {name:?} of its own")).to_string(),
        ));
    }
    let (model_id, fallbacks) = settings.model(&model_name).ok_or_else(|| {
        let (shown, names) =
            (model_name.chars().take(SHOWN_CHARS).collect::<String>(), settings.model_names().join(", "));
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
    let request = converse.into_owned();
    let fallbacks = fallbacks.iter().cloned().collect();
    Ok(Turn { model_id: model_id.clone(), fallbacks, request, guardrail, offered, streamed: mode == Mode::Sse })
}

fn unknown_field(name: &str) -> String {
    let shown: String = name.chars().take(SHOWN_CHARS).collect();
    format!("{shown:?}: there is no such field; fields are Converse's, modelId and serverTools")
}

/// The tools of this service that a caller wants.
fn chosen(all: &Specs, json: &str, at: At<'_>) -> Result<Specs, Invalid> {
    let names: Vec<String> = serde_json::from_str(json).map_err(|_| at.invalid("expected an array of strings"))?;
    all.only(&names).map_err(|unknown| {
        let shown: String = unknown.chars().take(SHOWN_CHARS).collect();
        let known: Vec<&str> = all.names().collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        at.invalid(format_args!("there is no server tool {shown:?}; there are: {known}"))
    })
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
