//! InvokeModel over the AWS SDK.

use bytes::Bytes;

use crate::aws::bedrock::{Bedrock, Tap, put_body};
use crate::engine::invoke_api::{Invoke, Invoked};
use crate::error::{BedrockError, Call};
use crate::model::id::ModelId;

impl Invoke for Bedrock {
    async fn invoke(&self, model_id: ModelId, body: Bytes) -> Result<Invoked, BedrockError> {
        let mut call = Call { operation: "InvokeModel", model_id, request_id: None };
        let tap = Tap::default();
        self.client
            .invoke_model()
            .model_id(call.model_id.as_str())
            .content_type("application/json")
            .accept("application/json")
            .customize()
            .interceptor(tap.clone())
            .mutate_request(move |request| put_body(request, &body))
            .send()
            .await
            .map_err(|error| BedrockError::from_sdk(error, call.clone()))?;
        let taken = tap.take(&mut call)?;
        let input_tokens = taken.input_tokens;
        let body = taken.bytes(&call).await?;
        Ok(Invoked { request_id: call.request_id, input_tokens, body })
    }
}
