//! InvokeModel over the AWS SDK.

use bytes::Bytes;

use super::bedrock::{Bedrock, CaptureBody, put_body};
use super::sdk_error::bedrock_error;
use crate::engine::invoke_api::{InvokeApi, Invoked};
use crate::error::{BedrockError, CallId};
use crate::model::id::ModelId;

impl InvokeApi for Bedrock {
    async fn invoke(&self, model_id: ModelId, body: Bytes) -> Result<Invoked, BedrockError> {
        let mut call = CallId { operation: "InvokeModel", model_id, request_id: None };
        let capture = CaptureBody::default();
        self.client
            .invoke_model()
            .model_id(call.model_id.as_str())
            .content_type("application/json")
            .accept("application/json")
            .customize()
            .interceptor(capture.clone())
            .mutate_request(move |request| put_body(request, &body))
            .send()
            .await
            .map_err(|error| bedrock_error(error, call.clone()))?;
        let captured = capture.take(&mut call)?;
        let input_tokens = captured.input_tokens;
        let body = captured.bytes(&call).await?;
        Ok(Invoked { request_id: call.request_id, input_tokens, body })
    }
}
