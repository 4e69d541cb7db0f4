//! Bedrock behind the SDK: the client, our bytes in and Bedrock's bytes out.
//!
//! The request's body is put in before signing (`mutate_request`), so our bytes are what is signed. The body of a 200
//! is captured out before the SDK would parse it; every other answer stays with the SDK, so its error parsing works as
//! it is.

use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::http::HttpRequest;
use aws_sdk_bedrockruntime::config::interceptors::BeforeDeserializationInterceptorContextMut;
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;

use crate::error::{BedrockError, CallId, Failure};

mod connect;

/// Bedrock behind the SDK. Cloning shares the client and its connections.
#[derive(Debug, Clone)]
pub struct Bedrock {
    pub(crate) client: Client,
}

impl Bedrock {
    /// A client over `config`, made once at start.
    ///
    /// The SDK's retries are off: it would repeat, and bill, a call whose whole answer stalled. Its
    /// stalled-stream protection is off for the same reason: a model that thinks is silent for long.
    pub fn new(config: &SdkConfig) -> Self {
        let config = aws_sdk_bedrockruntime::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { client: Client::from_conf(config) }
    }
}

/// Replaces what the SDK serialised (the fluent builder was given the model id only) with our bytes.
pub(crate) fn put_body(request: &mut HttpRequest, body: &Bytes) {
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body.clone());
}

/// A 200 that was captured before the SDK could parse it.
#[derive(Debug)]
pub(crate) struct Captured {
    /// Bedrock's id of the request.
    pub(crate) request_id: Option<String>,
    /// Tokens of the input, if a header counts them (InvokeModel).
    pub(crate) input_tokens: Option<u64>,
    /// The body.
    pub(crate) body: SdkBody,
}

impl Captured {
    /// The whole body.
    pub(crate) async fn bytes(self, call: &CallId) -> Result<Bytes, BedrockError> {
        let collected = self.body.collect().await;
        collected
            .map(|collected| collected.to_bytes())
            .map_err(|error| BedrockError::new(Failure::Truncated, call.clone()).caused_by(error))
    }
}

/// Takes the body of a 200 away from the SDK.
#[derive(Debug, Clone, Default)]
pub(crate) struct CaptureBody(Arc<Mutex<Option<Captured>>>);

impl CaptureBody {
    /// What was captured; the call knows its request from then on.
    pub(crate) fn take(&self, call: &mut CallId) -> Result<Captured, BedrockError> {
        let captured = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let captured =
            captured.ok_or_else(|| BedrockError::new(Failure::Corrupt("a success that is no 200"), call.clone()))?;
        call.request_id.clone_from(&captured.request_id);
        Ok(captured)
    }
}

impl Intercept for CaptureBody {
    fn name(&self) -> &'static str {
        "CaptureBody"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_bedrockruntime::error::BoxError> {
        let response = context.response_mut();
        if response.status().as_u16() == 200 {
            let header = |name: &str| response.headers().get(name);
            let request_id = header("x-amzn-requestid").map(str::to_owned);
            let input_tokens = header("x-amzn-bedrock-input-token-count").and_then(|count| count.parse().ok());
            // An empty body, never a taken one: the SDK reads what is left, and empty parses.
            let body = std::mem::replace(response.body_mut(), SdkBody::empty());
            let captured = Captured { request_id, input_tokens, body };
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(captured);
        }
        Ok(())
    }
}
