//! Lambda's Invoke API: how `chat` reaches `tool-executor`, and a person any function.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::{Failed, Lambda};

/// The largest event that Lambda takes, in bytes.
const EVENT_BYTES: usize = 6 * 1024 * 1024;

/// `POST /2015-03-31/functions/{name}/invocations`: the answer as the function gave it.
pub(in crate::runner) async fn invocations(
    State(lambda): State<Arc<Lambda>>,
    Path(name): Path<String>,
    body: Body,
) -> Response {
    let Some(function) = lambda.function(&name) else {
        return refused(404, "ResourceNotFoundException", &format!("Function not found: {name}"));
    };
    let Ok(event) = to_bytes(body, EVENT_BYTES).await else {
        return refused(413, "RequestTooLargeException", &format!("Request must be smaller than {EVENT_BYTES} bytes"));
    };
    let answered = Response::builder().header("x-amz-executed-version", "$LATEST");
    let response = match function.invoke(event).await {
        Ok(answer) => answered.body(Body::from_stream(answer.into_stream())),
        Err(failed) => {
            function.complain(&failed);
            let error = match failed {
                Failed::Reported(error) => Body::from(error),
                other => Body::from(json!({ "errorMessage": format!("{name} {other}") }).to_string()),
            };
            answered.header("x-amz-function-error", "Unhandled").body(error)
        }
    };
    response.unwrap_or_default()
}

fn refused(status: u16, kind: &str, message: &str) -> Response {
    let body = json!({ "Type": "User", "Message": message }).to_string();
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-amzn-errortype", kind)
        .body(Body::from(body))
        .unwrap_or_default()
}
