//! Converse and ConverseStream over the AWS SDK: the calls, and the raw frames of a stream.

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt as _;

use super::event_stream::Frames;
use crate::aws::bedrock::{Bedrock, Tap, put_body};
use crate::converse::response::Reply;
use crate::converse::stream_event::Event;
use crate::engine::converse_api::{Answered, Converse, Events, Opened};
use crate::error::{BedrockError, Call, Failure};
use crate::model::id::ModelId;

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
        let taken = tap.take(&mut call)?;
        Ok(Opened { request_id: taken.request_id, events: events(taken.body, call) })
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
        let taken = tap.take(&mut call)?;
        match Reply::read(taken.bytes(&call).await?) {
            Ok(reply) => Ok(Answered { request_id: call.request_id, reply }),
            Err(error) if error.is_eof() => Err(BedrockError::new(Failure::Truncated, call).caused_by(error)),
            Err(error) => {
                Err(BedrockError::new(Failure::Corrupt("an answer that is no Converse output"), call).caused_by(error))
            }
        }
    }
}

/// What is left of a stream's body, and the frames read from it.
struct Reading {
    body: SdkBody,
    frames: Frames,
    call: Call,
}

fn events(body: SdkBody, call: Call) -> Events {
    // Boxed: each event moves it.
    let reading = Box::new(Reading { body, frames: Frames::default(), call });
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
