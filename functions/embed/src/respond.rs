//! The HTTP response: buffered, as API Gateway's proxy integration takes it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use shared::engine::embed::Embedded;
use shared::error::{AppError, Code, Problem};
use shared::invoke::embedding::family::Plan;
use shared::model::id::ModelId;

/// A response. Its body is written once, straight into what leaves.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    body: Body,
    is_base64_encoded: bool,
    /// Payload 2.0 has it; a REST API refuses a response with a member it does not know.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<[String; 0]>,
}

impl Response {
    /// The same response for the shape of the request.
    pub fn for_payload_2(self, is_payload_2: bool) -> Self {
        Self { cookies: is_payload_2.then_some([]), ..self }
    }
}

#[derive(Debug)]
enum Body {
    Problem(String),
    Answer(Answer),
}

/// The answer's JSON, written piece by piece.
struct Answer {
    model_id: ModelId,
    plan: Plan,
    embedded: Embedded,
}

/// A problem document.
pub fn refused(error: &AppError, request_id: &str) -> Response {
    let row = error.code().row();
    let mut more = BTreeMap::new();
    if let Some(seconds) = error.retry_after_s() {
        more.insert("retry-after", seconds.to_string());
    }
    if error.code() == Code::MethodNotAllowed {
        more.insert("allow", "POST".to_owned());
    }
    let document = serde_json::to_string(&Problem::new(error, request_id)).unwrap_or_default();
    response(row.status, Problem::MEDIA_TYPE, more, Body::Problem(document))
}

/// The vectors.
pub fn answer(model_id: &ModelId, plan: Plan, embedded: Embedded) -> Response {
    let answer = Answer { model_id: model_id.clone(), plan, embedded };
    response(200, "application/json", BTreeMap::new(), Body::Answer(answer))
}

fn response(status: u16, media_type: &str, more: BTreeMap<&'static str, String>, body: Body) -> Response {
    let mut headers = more;
    headers.insert("content-type", media_type.to_owned());
    headers.insert("cache-control", "no-store".to_owned());
    headers.insert("x-content-type-options", "nosniff".to_owned());
    Response { status_code: status, headers, body, is_base64_encoded: false, cookies: None }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Problem(document) => serializer.serialize_str(document),
            Self::Answer(answer) => serializer.collect_str(answer),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model_id, plan, embedded } = self;
        let (dimensions, kind) = (plan.dimensions, plan.options.embedding_type);
        write!(f, r#"{{"modelId":"{model_id}","dimensions":{dimensions},"embeddingType":"{kind}","embeddings":["#)?;
        for (index, vector) in embedded.vectors.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(vector.json())?;
        }
        let input_tokens = embedded.input_tokens.map_or_else(|| "null".to_owned(), |tokens| tokens.to_string());
        write!(f, r#"],"usage":{{"inputTokens":{input_tokens}}}}}"#)
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} vectors)", self.embedded.vectors.len())
    }
}
