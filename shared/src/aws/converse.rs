//! Converse and ConverseStream over the AWS SDK.

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::BodyExt as _;

use super::bedrock::{Bedrock, CaptureBody, put_body};
use super::event_stream::Frames;
use super::sdk_error::bedrock_error;
use crate::converse::response::{ConverseResponse, ResponseError};
use crate::converse::stream_event::StreamEvent;
use crate::engine::converse_api::{Answered, ConverseApi, EventSource, Opened};
use crate::error::{BedrockError, CallId, Failure};
use crate::model::id::ModelId;

impl ConverseApi for Bedrock {
    type Events = EventReader;

    async fn converse_stream(&self, model_id: ModelId, body: Bytes) -> Result<Opened<EventReader>, BedrockError> {
        let mut call = CallId { operation: "ConverseStream", model_id, request_id: None };
        let capture = CaptureBody::default();
        self.client
            .converse_stream()
            .model_id(call.model_id.as_str())
            .customize()
            .interceptor(capture.clone())
            .mutate_request(move |request| put_body(request, &body))
            .send()
            .await
            .map_err(|error| bedrock_error(error, call.clone()))?;
        let captured = capture.take(&mut call)?;
        let events = EventReader { body: captured.body, frames: Frames::default(), call: Box::new(call), ended: false };
        Ok(Opened { request_id: captured.request_id, events })
    }

    async fn converse(&self, model_id: ModelId, body: Bytes) -> Result<Answered, BedrockError> {
        let mut call = CallId { operation: "Converse", model_id, request_id: None };
        let capture = CaptureBody::default();
        self.client
            .converse()
            .model_id(call.model_id.as_str())
            .customize()
            .interceptor(capture.clone())
            .mutate_request(move |request| put_body(request, &body))
            .send()
            .await
            .map_err(|error| bedrock_error(error, call.clone()))?;
        let captured = capture.take(&mut call)?;
        match ConverseResponse::parse(&captured.bytes(&call).await?) {
            Ok(response) => Ok(Answered { request_id: call.request_id, response }),
            Err(error @ ResponseError::Truncated(_)) => {
                Err(BedrockError::new(Failure::Truncated, call).caused_by(error))
            }
            Err(error) => {
                Err(BedrockError::new(Failure::Corrupt("an answer that is no Converse output"), call).caused_by(error))
            }
        }
    }
}

/// Reads a stream's events from its body.
#[derive(Debug)]
pub struct EventReader {
    body: SdkBody,
    frames: Frames,
    call: Box<CallId>,
    ended: bool,
}

impl EventReader {
    fn failed(&mut self, failure: Failure) -> BedrockError {
        self.ended = true;
        BedrockError::new(failure, (*self.call).clone())
    }
}

impl EventSource for EventReader {
    async fn next(&mut self) -> Option<Result<StreamEvent, BedrockError>> {
        while !self.ended {
            match self.frames.next_event() {
                Ok(Some(event)) => return Some(Ok(event)),
                Ok(None) => {}
                Err(failure) => return Some(Err(self.failed(failure))),
            }
            match self.body.frame().await {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.frames.push(&bytes);
                    }
                }
                Some(Err(error)) => return Some(Err(self.failed(Failure::Connection).caused_by(error))),
                None if self.frames.is_inside_frame() => return Some(Err(self.failed(Failure::Truncated))),
                None => self.ended = true,
            }
        }
        None
    }
}
