//! A function's answer as the HTTP response that API Gateway makes of it.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::response::Builder;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::Value;

use crate::invoke::Streamed;
use crate::runner::lambda::Answer;

/// A response in one piece, or the prelude of a streamed one, which has no body.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProxyResponse {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Value>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response; none if the answer is none. A streamed body goes on as it comes.
pub(super) async fn of(answer: Answer) -> Option<Response> {
    let streamed = answer.streamed;
    let mut parts = Box::pin(answer.into_stream());
    let mut bytes = Vec::new();
    while let Some(part) = parts.next().await {
        bytes.extend_from_slice(&part.ok()?);
        if streamed && let Some(Streamed { prelude, body }) = Streamed::read(&bytes) {
            let first = Ok(Bytes::copy_from_slice(body));
            let body = stream::iter([first]).chain(parts);
            return serde_json::from_value::<ProxyResponse>(prelude).ok()?.head().body(Body::from_stream(body)).ok();
        }
    }
    let response: ProxyResponse = serde_json::from_slice(&bytes).ok()?;
    let head = response.head();
    let text = response.body.unwrap_or_default();
    let body = if response.is_base64_encoded { STANDARD.decode(text).ok()? } else { text.into_bytes() };
    head.body(Body::from(body)).ok()
}

impl ProxyResponse {
    fn head(&self) -> Builder {
        let mut head = Response::builder().status(self.status_code);
        for (name, value) in self.headers.iter().chain(&self.multi_value_headers) {
            // A name with several values is a list.
            for value in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
                head = head.header(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            }
        }
        self.cookies.iter().fold(head, |head, cookie| head.header("set-cookie", cookie))
    }
}
