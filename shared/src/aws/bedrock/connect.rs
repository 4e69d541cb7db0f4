//! The connection to Bedrock, opened before there is a request.

use aws_sdk_bedrockruntime::config::http::HttpRequest;
use aws_sdk_bedrockruntime::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::{BoxError, DisplayErrorContext};
use aws_smithy_types::body::SdkBody;
use tokio::time::timeout;

use super::Bedrock;
use crate::engine::deadline::CONNECT_AT_START;

impl Bedrock {
    /// Opens the connection, so that the first request does not wait for the handshake: while a function starts it has
    /// more CPU than later on.
    ///
    /// `GET /` is requested, which is no operation of Bedrock's: no model is called and nothing is billed. How it is
    /// answered does not matter, and if it fails, the first request finds out. If the endpoint has no TLS, nothing
    /// is sent.
    pub async fn connect(&self) {
        let asking = self.client.converse().model_id("none").customize().interceptor(AsksNothing).send();
        match timeout(CONNECT_AT_START, asking).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(error = %DisplayErrorContext(&error), "the connection at start"),
            Err(_) => tracing::debug!("no connection at start within {CONNECT_AT_START:?}"),
        }
    }
}

/// Makes `GET /` of whatever is to be sent.
#[derive(Debug)]
struct AsksNothing;

impl Intercept for AsksNothing {
    fn name(&self) -> &'static str {
        "AsksNothing"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask_nothing(context.request_mut())
    }
}

fn ask_nothing(request: &mut HttpRequest) -> Result<(), BoxError> {
    let endpoint: http::Uri = request.uri().parse()?;
    match (endpoint.scheme_str(), endpoint.authority()) {
        (Some("https"), Some(authority)) => request.set_uri(format!("https://{authority}/"))?,
        _ => return Err("the endpoint has no TLS".into()),
    }
    request.set_method("GET")?;
    request.headers_mut().remove("content-type");
    request.headers_mut().remove("content-length");
    *request.body_mut() = SdkBody::empty();
    Ok(())
}
