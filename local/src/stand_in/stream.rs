//! Bodies: steps at a human pace, and the ways a body can break.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::Open;
use super::reply;
use super::scenario::Scenario;
use super::script::Step;

/// A streamed answer; `open` is dropped with its body.
pub(super) fn events(steps: Vec<Step>, pace: Duration, open: Open) -> Response {
    let body = stream::iter(steps).then(move |step| {
        let _ = &open;
        told(step, pace)
    });
    reply::head(200)
        .header("content-type", "application/vnd.amazon.eventstream")
        .body(Body::from_stream(body))
        .unwrap_or_default()
}

async fn told(step: Step, pace: Duration) -> Result<Bytes, std::io::Error> {
    match step {
        Step::Send(bytes) => Ok(Bytes::from(bytes)),
        Step::Piece(bytes) => {
            tokio::time::sleep(pace).await;
            Ok(Bytes::from(bytes))
        }
        Step::Stall => stall().await,
        Step::Break => broken().await,
    }
}

/// An answer of the scenario's own.
pub(super) fn replay(status: u16, content_type: &str, body: Bytes, breaks: bool) -> Response {
    let head = reply::head(status).header("content-type", content_type);
    let body = match breaks {
        true => Body::from_stream(stream::iter([Ok(body)]).chain(stream::once(broken()))),
        false => Body::from(body),
    };
    head.body(body).unwrap_or_default()
}

/// A whole answer, after `wait`.
pub(super) fn whole(output: Value, scenario: Option<&Scenario>, wait: Duration) -> Response {
    whole_with(&[], output.to_string(), scenario, wait)
}

/// A whole answer with headers of its own.
pub(super) fn whole_with(
    headers: &[(&str, String)],
    text: String,
    scenario: Option<&Scenario>,
    wait: Duration,
) -> Response {
    let head = reply::head(200).header("content-type", "application/json").header("content-length", text.len());
    let head = headers.iter().fold(head, |head, (name, value)| head.header(*name, value));
    let wait = async move {
        tokio::time::sleep(wait).await;
        Ok::<_, std::io::Error>(Bytes::new())
    };
    let body = match scenario {
        Some(Scenario::Cut(at)) => {
            let sent = Bytes::copy_from_slice(text.as_bytes().get(..*at).unwrap_or(text.as_bytes()));
            Body::from_stream(stream::iter([Ok(sent)]).chain(stream::once(broken())))
        }
        Some(Scenario::Stall(_)) => Body::from_stream(stream::once(stall())),
        _ => Body::from_stream(stream::once(wait).chain(stream::iter([Ok(Bytes::from(text))]))),
    };
    head.body(body).unwrap_or_default()
}

async fn stall() -> Result<Bytes, std::io::Error> {
    match std::future::pending::<Infallible>().await {}
}

/// The server closes the connection without the body's end, once what it has written is out: a body that is
/// pending makes it flush.
async fn broken() -> Result<Bytes, std::io::Error> {
    tokio::time::sleep(Duration::from_millis(10)).await;
    Err(std::io::Error::other("the scenario cuts the connection here"))
}
