//! API Gateway on this machine: a REST API whose routes lead to the functions.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use shared::error::{AppError, Code};
use shared::service::problem::Problem;

use super::lambda::{Failed, Lambda, invocations};
use super::routes;

mod proxy_response;
mod rest_event;

/// The largest body that API Gateway takes, in bytes.
const BODY_BYTES: usize = 10 * 1024 * 1024;

/// Lambda's Invoke API, and the API for every other path.
pub(super) fn router(lambda: Arc<Lambda>) -> Router {
    Router::new()
        .route("/2015-03-31/functions/{name}/invocations", post(invocations))
        .fallback(handle)
        .with_state(lambda)
}

async fn handle(State(lambda): State<Arc<Lambda>>, request: Request) -> Response {
    let request_id = uuid::Uuid::new_v4().to_string();
    answer(&lambda, request, &request_id).await.unwrap_or_else(|error| problem(&error, &request_id))
}

async fn answer(lambda: &Lambda, request: Request, request_id: &str) -> Result<Response, AppError> {
    let (parts, body) = request.into_parts();
    let Some(route) = routes::find(parts.uri.path()) else {
        return Err(AppError::new(Code::NotFound, format!("Unknown path. Available: {}.", routes::known())));
    };
    let internal = || AppError::new(Code::Internal, "The request could not be processed.");
    let function = lambda.function(route.function).ok_or_else(internal)?;
    let body = to_bytes(body, BODY_BYTES).await.map_err(|_| {
        let detail = "Put large images, documents and videos into S3 and send an s3Location.";
        AppError::new(Code::BodyTooLarge, detail)
    })?;
    let event = rest_event::of(&parts, &route, &body, request_id);
    let answer = function.invoke(event.to_string().into()).await.map_err(|failed| {
        function.complain(&failed);
        match failed {
            Failed::TimedOut => {
                AppError::new(Code::Deadline, "The answer was not complete in the time this request has.")
            }
            Failed::NotStarted(_) | Failed::Ended(_) | Failed::Reported(_) => internal(),
        }
    })?;
    proxy_response::of(answer).await.ok_or_else(|| {
        function.complain("did not answer with an HTTP response");
        internal()
    })
}

/// An error that is API Gateway's own: the template makes each a problem document.
fn problem(error: &AppError, request_id: &str) -> Response {
    let document = serde_json::to_string(&Problem::new(error, request_id)).unwrap_or_default();
    Response::builder()
        .status(error.code().row().status)
        .header("content-type", Problem::MEDIA_TYPE)
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
        .body(Body::from(document))
        .unwrap_or_default()
}
