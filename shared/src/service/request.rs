//! What a dialect reads of an HTTP request: its headers and its JSON body.

use lambda_http::{Body, Request};

use super::event::{BodyError, Payload2};
use crate::error::{AppError, Code};
use crate::json::{Document, Kind, ParseError, shown};
use crate::limits::{BODY_BYTES, DEPTH};

/// What an error shows of a parser's complaint, in characters.
const REASON_CHARS: usize = 200;

/// The values of a header, joined; none if it is absent, or no text. Values that agree count once.
pub fn header(request: &Request, name: &str) -> Option<String> {
    let mut values: Vec<&str> =
        request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    values.dedup_by(|a, b| a.trim().eq_ignore_ascii_case(b.trim()));
    (!values.is_empty()).then(|| values.join(", "))
}

/// Whether the event is payload 2.0: a function URL's or an HTTP API's.
pub fn is_payload_2(request: &Request) -> bool {
    request.extensions().get::<Payload2>().is_some()
}

/// The body, which is one JSON object.
///
/// # Errors
/// `unsupported-media-type` if it is declared as something else, or compressed; `body-too-large` over [`BODY_BYTES`]; `invalid-request`
/// if it is no base64, no UTF-8, no JSON object, nests deeper than [`DEPTH`] or has a duplicate key.
pub fn json_body(request: Request) -> Result<Document, AppError> {
    if let Some(coding) = header(&request, "content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        let detail = format!("expected a body without Content-Encoding, found {}", shown(&coding));
        return Err(AppError::new(Code::UnsupportedMediaType, detail));
    }
    if let Some(media_type) = header(&request, "content-type").filter(|media_type| !is_json(media_type)) {
        let detail = format!("expected Content-Type: application/json, found {}", shown(&media_type));
        return Err(AppError::new(Code::UnsupportedMediaType, detail));
    }
    match request.extensions().get() {
        Some(BodyError::TooLarge) => return Err(too_large()),
        Some(BodyError::NotBase64(error)) => {
            return Err(invalid(format!("the body is marked as base64 and is not: {error}")));
        }
        None => {}
    }
    let text = match request.into_body() {
        Body::Text(text) => text,
        Body::Binary(bytes) => String::from_utf8(bytes).map_err(|error| {
            invalid(format!("the body is not valid UTF-8 from byte {} on", error.utf8_error().valid_up_to()))
        })?,
        _ => String::new(),
    };
    if text.len() > BODY_BYTES {
        return Err(too_large());
    }
    let text = match text.strip_prefix('\u{feff}') {
        Some(without_mark) => without_mark.to_owned(),
        None => text,
    };
    let no_object = |reason: String| {
        let reason: String = reason.chars().take(REASON_CHARS).collect();
        invalid(format!("the body is not a JSON object: {reason}"))
    };
    let document = Document::parse(text, DEPTH).map_err(|error| match error {
        ParseError::Syntax(error) => no_object(error.to_string()),
        ParseError::TooDeep(limit) => invalid(format!("the body nests arrays and objects deeper than {limit} levels")),
        duplicate @ ParseError::Duplicate(_) => invalid(duplicate.to_string()),
    })?;
    match document.root().kind() {
        Kind::Object => Ok(document),
        kind => Err(no_object(format!("found {kind}"))),
    }
}

/// Whether every media type of the header is JSON's: a proxy may have joined two of it.
fn is_json(media_types: &str) -> bool {
    media_types.split(',').all(|media_type| {
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence.is_empty() || essence == "application/json" || essence.ends_with("+json")
    })
}

fn invalid(detail: String) -> AppError {
    AppError::new(Code::InvalidRequest, detail)
}

fn too_large() -> AppError {
    let limit = BODY_BYTES;
    AppError::new(
        Code::BodyTooLarge,
        format!(
            "The body is over {limit} bytes. Put large images, documents and videos into S3 and send an s3Location."
        ),
    )
}
