//! From an HTTP request to a turn for the loop, every check on the way. Pure.

use lambda_http::Request as HttpRequest;
use shared::converse::request::{Request, canonical};
use shared::converse::tool_specs::ToolSpecs;
use shared::engine::tool_loop::turn::Turn;
use shared::error::{AppError, Code};
use shared::json::{Document, Invalid, JsonPath, Value, likely, shown};
use shared::limits::DEPTH;
use shared::prepare::{Additions, check_guardrail};
use shared::service::request::{header, json_body};

use super::accept::Mode;
use crate::settings::Settings;

/// Decodes and checks a request. `specs` are this service's tools.
///
/// # Errors
/// The first thing that is wrong, in the order media type, size, JSON, fields, model.
pub fn decode(request: HttpRequest, settings: &Settings, specs: &ToolSpecs) -> Result<Turn, AppError> {
    let mode = Mode::from_accept(header(&request, "accept").as_deref());
    turn(json_body(request)?, mode, settings, specs)
}

fn invalid(problem: impl std::fmt::Display) -> AppError {
    AppError::new(Code::InvalidRequest, problem.to_string())
}

fn turn(body: Document, mode: Mode, settings: &Settings, specs: &ToolSpecs) -> Result<Turn, AppError> {
    let body = match canonical(body.root()) {
        Some(json) => Document::parse(json, DEPTH).map_err(invalid)?,
        None => body,
    };
    let path = &JsonPath::ROOT;
    let (mut request, mut model_name, mut tools) = (Request::default(), "default".into(), specs.clone());
    for (name, value) in path.members(body.root()).map_err(invalid)? {
        match name.as_ref() {
            "modelId" => model_name = path.field("modelId").string(value).map_err(invalid)?,
            "serverTools" => tools = server_tools(value, &path.field("serverTools"), specs).map_err(invalid)?,
            name => match request.decode_field(name, value) {
                Ok(true) => {}
                Ok(false) => return Err(invalid(unknown_field(name))),
                Err(error) => return Err(invalid(error)),
            },
        }
    }
    if request.messages.is_empty() {
        return Err(invalid(path.field("messages").invalid("missing")));
    }
    if let Some(name) = request.tool_names().find(|name| tools.contains(name)) {
        let config_path = path.field("toolConfig");
        let problem = format_args!("this service has a tool {name:?} of its own, which serverTools can leave out");
        return Err(invalid(config_path.field("tools").invalid(problem)));
    }
    let (model, fallbacks) = settings.model(&model_name).ok_or_else(|| {
        let names = settings.model_names().join(", ");
        AppError::new(Code::ModelNotFound, format!("Unknown model {}. Available: {names}.", shown(&model_name)))
    })?;
    if let Some(guardrail) = &settings.additions.guardrail {
        check_guardrail(&request, guardrail).map_err(invalid)?;
    }
    let additions = Additions { tools, ..settings.additions.clone() };
    let (model, fallbacks) = (model.clone(), fallbacks.iter().cloned().collect());
    Ok(Turn { model, fallbacks, request, additions, streamed: mode == Mode::Sse })
}

fn unknown_field(name: &str) -> String {
    let likely = likely(name, Request::FIELDS.into_iter().chain(["modelId", "serverTools"]));
    let likely = likely.map(|field| format!(" Is it {field}?")).unwrap_or_default();
    format!("{}: unknown field.{likely} Fields are Converse's, modelId and serverTools.", shown(name))
}

/// The tools of this service that a caller wants.
fn server_tools(value: Value<'_>, path: &JsonPath<'_>, all: &ToolSpecs) -> Result<ToolSpecs, Invalid> {
    let names = path.items(value, usize::MAX)?.enumerate();
    let names = names.map(|(index, name)| path.index(index).string(name)).collect::<Result<Vec<_>, _>>()?;
    all.only(&names.iter().map(AsRef::as_ref).collect::<Vec<_>>()).map_err(|unknown| {
        let known: Vec<&str> = all.names().collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        path.invalid(format_args!("unknown tool {}. Available: {known}.", shown(unknown)))
    })
}

#[cfg(test)]
mod tests;
