//! Converse and ConverseStream over the AWS SDK: our bytes out, raw frames in.
//!
//! The request's body is put in before signing (`mutate_request`), so our bytes are what is signed. The body
//! of a 200 is taken out before the SDK would parse it; every other answer stays with the SDK, so its error
//! parsing works as it is.

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
use futures_util::stream;
use http_body_util::BodyExt as _;

use super::event::Event;
use super::frame::Frames;
use super::port::{Answered, Converse, Events, Opened};
use super::reply::Reply;
use crate::error::{BedrockError, Call, Failure};
use crate::model_id::ModelId;

/// Bedrock behind the SDK. Cloning shares the client and its connections.
#[derive(Debug, Clone)]
pub struct Bedrock {
    client: Client,
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

impl Converse for Bedrock {
    async fn converse_stream(&self, model_id: ModelId, body: Bytes) -> Result<Opened, BedrockError> {
        let mut call = Call { operation: "ConverseStream", model_id, request_id: None };
        let tap = Tap::default();
        self.client
            .converse_stream()
            .model_id(call.model_id.as_str())
            .customize()
            .interceptor(tap.clone())
            .mutate_request(move |request| put_body(request, &body))
            .send()
            .await
            .map_err(|error| BedrockError::from_sdk(error, call.clone()))?;
        let (request_id, body) = tap.take().ok_or_else(|| not_a_200(&call))?;
        call.request_id.clone_from(&request_id);
        Ok(Opened { request_id, events: events(body, call) })
    }

    async fn converse(&self, model_id: ModelId, body: Bytes) -> Result<Answered, BedrockError> {
        let mut call = Call { operation: "Converse", model_id, request_id: None };
        let tap = Tap::default();
        self.client
            .converse()
            .model_id(call.model_id.as_str())
            .customize()
            .interceptor(tap.clone())
            .mutate_request(move |request| put_body(request, &body))
            .send()
            .await
            .map_err(|error| BedrockError::from_sdk(error, call.clone()))?;
        let (request_id, body) = tap.take().ok_or_else(|| not_a_200(&call))?;
        call.request_id.clone_from(&request_id);
        match body.collect().await {
            Ok(collected) => match Reply::read(collected.to_bytes()) {
                Ok(reply) => Ok(Answered { request_id, reply }),
                Err(error) => {
                    Err(BedrockError::new(Failure::Corrupt("an answer that is no Converse output"), call)
                        .caused_by(error))
                }
            },
            Err(error) => Err(BedrockError::new(Failure::Truncated, call).caused_by(error)),
        }
    }
}

/// Replaces what the SDK serialised (the fluent builder was given the model id alone) with our bytes.
fn put_body(request: &mut HttpRequest, body: &Bytes) {
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body.clone());
}

/// Bedrock's request id and the body of a 200.
type Taken = (Option<String>, SdkBody);

/// Takes the body of a 200 away from the SDK.
#[derive(Debug, Clone, Default)]
struct Tap(Arc<Mutex<Option<Taken>>>);

impl Tap {
    fn take(&self) -> Option<Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn not_a_200(call: &Call) -> BedrockError {
    BedrockError::new(Failure::Corrupt("a success that is no 200"), call.clone())
}

impl Intercept for Tap {
    fn name(&self) -> &'static str {
        "Tap"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_bedrockruntime::error::BoxError> {
        let response = context.response_mut();
        if response.status().as_u16() == 200 {
            let request_id = response.headers().get("x-amzn-requestid").map(str::to_owned);
            // An empty body, never a taken one: the SDK reads what is left, and empty parses.
            let body = std::mem::replace(response.body_mut(), SdkBody::empty());
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((request_id, body));
        }
        Ok(())
    }
}

/// What is left of a stream's body, and the frames read from it.
struct Reading {
    body: SdkBody,
    frames: Frames,
    call: Call,
}

fn events(body: SdkBody, call: Call) -> Events {
    let reading = Reading { body, frames: Frames::default(), call };
    Box::pin(stream::unfold(Some(reading), |reading| async move {
        let mut reading = reading?;
        match reading.next().await {
            Some(Ok(event)) => Some((Ok(event), Some(reading))),
            Some(Err(error)) => Some((Err(error), None)),
            None => None,
        }
    }))
}

impl Reading {
    /// The next event; `None` where the body ends between two frames.
    async fn next(&mut self) -> Option<Result<Event, BedrockError>> {
        loop {
            match self.frames.next_event() {
                Ok(Some(event)) => return Some(Ok(event)),
                Ok(None) => {}
                Err(failure) => return Some(Err(BedrockError::new(failure, self.call.clone()))),
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.frames.push(&bytes);
                    }
                }
                Some(Err(error)) => {
                    return Some(Err(BedrockError::new(Failure::Connection, self.call.clone()).caused_by(error)));
                }
                None if self.frames.is_inside_frame() => {
                    return Some(Err(BedrockError::new(Failure::Truncated, self.call.clone())));
                }
                None => return None,
            }
        }
    }
}
