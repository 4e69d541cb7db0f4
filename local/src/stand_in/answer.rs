//! What the stand-in says: the same to the same request, and enough to show everything off.

use serde_json::{Map, Value, json};

mod talk;
mod tools;

use super::cache::Cached;
use super::models::Model;
use super::{redacted, signature};

/// An answer before it is put into a form.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) blocks: Vec<Block>,
    stop_reason: String,
    additional_fields: Option<Value>,
    usage: Value,
    trace: Option<Value>,
    echo: Map<String, Value>,
}

/// A block of an answer.
#[derive(Debug)]
pub(super) enum Block {
    Reasoning {
        text: String,
        signature: Option<String>,
    },
    /// Reasoning that nobody may read.
    Redacted,
    Text(String),
    /// `fragmented`: Claude sends an input in pieces after an empty one, Nova all of it at once.
    ToolUse {
        id: String,
        name: String,
        input: Value,
        fragmented: bool,
    },
}

/// Makes the answer to a request that was accepted.
pub(super) fn make(request: &Value, model: &Model<'_>, cached: Cached) -> Answer {
    let mut blocks = Vec::new();
    if reasons(request) {
        // Only Claude signs its reasoning.
        let text = talk::reasoning(request);
        let signature = model.family.is_claude().then(|| signature::sign(&text));
        blocks.push(Block::Reasoning { text, signature });
    }
    let calls = tools::calls(request, model);
    let mut stop_reason = "end_turn".to_owned();
    if calls.is_empty() {
        blocks.push(Block::Text(talk::answer(request)));
    } else {
        blocks.push(Block::Text("Let me look that up.".to_owned()));
        blocks.extend(calls);
        stop_reason = "tool_use".to_owned();
    }
    limit(&mut blocks, &mut stop_reason, request);
    let output_tokens: usize = blocks.iter().map(|block| block.deltas().len()).sum();
    let mut answer = Answer {
        blocks,
        stop_reason,
        additional_fields: None,
        usage: cached.usage(output_tokens),
        trace: guardrail_trace(request),
        echo: Map::new(),
    };
    for name in ["performanceConfig", "serviceTier"] {
        if let Some(value) = request.get(name) {
            answer.echo.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(paths) = request.get("additionalModelResponseFieldPaths").and_then(Value::as_array)
        && paths.iter().any(|path| path == "/stop_sequence")
    {
        answer.additional_fields = Some(json!({ "stop_sequence": null }));
    }
    answer
}

/// Whether the request asks the model to think, in any family's words.
fn reasons(request: &Value) -> bool {
    let fields = request.get("additionalModelRequestFields");
    let asked = |name: &str| fields.and_then(|fields| fields.get(name));
    asked("thinking").is_some_and(|thinking| thinking.get("type") != Some(&json!("disabled")))
        || asked("reasoning_config").is_some()
        || asked("reasoning_effort").is_some()
        || asked("reasoningConfig").is_some_and(|config| config.get("type") != Some(&json!("disabled")))
}

/// Applies `stopSequences` and `maxTokens`; a piece counts as a token.
fn limit(blocks: &mut Vec<Block>, stop_reason: &mut String, request: &Value) {
    let config = request.get("inferenceConfig");
    let sequences = config.and_then(|config| config.get("stopSequences")).and_then(Value::as_array);
    if let Some(Block::Text(text)) = blocks.last_mut()
        && let Some(at) = sequences.into_iter().flatten().filter_map(Value::as_str).filter_map(|s| text.find(s)).min()
    {
        text.truncate(at);
        *stop_reason = "stop_sequence".to_owned();
    }
    let Some(mut left) = config.and_then(|config| config.get("maxTokens")).and_then(Value::as_u64) else { return };
    let mut kept = Vec::new();
    for block in blocks.drain(..) {
        let pieces = block.deltas().len() as u64;
        if pieces > left {
            if let Block::Text(text) = &block {
                kept.push(Block::Text(talk::pieces(text).into_iter().take(left as usize).collect()));
            }
            *stop_reason = "max_tokens".to_owned();
            break;
        }
        left -= pieces;
        kept.push(block);
    }
    *blocks = kept;
}

fn guardrail_trace(request: &Value) -> Option<Value> {
    let config = request.get("guardrailConfig")?;
    let trace = config.get("trace").and_then(Value::as_str)?;
    let id = config.get("guardrailIdentifier").and_then(Value::as_str).unwrap_or_default();
    let assessment = json!({ id: { "invocationMetrics": { "guardrailProcessingLatency": 12 } } });
    (trace != "disabled")
        .then(|| json!({ "guardrail": { "actionReason": "No action.", "inputAssessment": assessment } }))
}

impl Block {
    /// The block's deltas, as a stream sends them.
    pub(super) fn deltas(&self) -> Vec<Value> {
        match self {
            Self::Reasoning { text, signature } => {
                let texts =
                    talk::pieces(text).into_iter().map(|piece| json!({ "reasoningContent": { "text": piece } }));
                let signature =
                    signature.iter().map(|signature| json!({ "reasoningContent": { "signature": signature } }));
                texts.chain(signature).collect()
            }
            Self::Redacted => {
                let piece = |data| json!({ "reasoningContent": { "redactedContent": data } });
                redacted::pieces().into_iter().map(piece).collect()
            }
            Self::Text(text) => talk::pieces(text).into_iter().map(|piece| json!({ "text": piece })).collect(),
            Self::ToolUse { input, fragmented, .. } => {
                let text = input.to_string();
                let fragment = |piece: &str| json!({ "toolUse": { "input": piece } });
                if !fragmented {
                    return vec![fragment(&text)];
                }
                let chars: Vec<char> = text.chars().collect();
                let pieces = chars.chunks(7).map(|chunk| fragment(&chunk.iter().collect::<String>()));
                std::iter::once(fragment("")).chain(pieces).collect()
            }
        }
    }

    fn content(&self) -> Value {
        match self {
            Self::Reasoning { text, signature: Some(signature) } => {
                json!({ "reasoningContent": { "reasoningText": { "text": text, "signature": signature } } })
            }
            Self::Reasoning { text, signature: None } => {
                json!({ "reasoningContent": { "reasoningText": { "text": text } } })
            }
            Self::Redacted => json!({ "reasoningContent": { "redactedContent": redacted::whole() } }),
            Self::Text(text) => json!({ "text": text }),
            Self::ToolUse { id, name, input, .. } => {
                json!({ "toolUse": { "toolUseId": id, "name": name, "input": input, "type": "tool_use" } })
            }
        }
    }
}

impl Answer {
    /// Ends with `reason`. What the model leaves unsaid then is left out.
    pub(super) fn stop_with(&mut self, reason: &str) {
        reason.clone_into(&mut self.stop_reason);
        if reason == "guardrail_intervened" {
            self.blocks = vec![Block::Text("Sorry, the guardrail does not let me answer that.".to_owned())];
        }
    }

    /// Begins with reasoning that nobody may read.
    pub(super) fn redact(&mut self) {
        self.blocks.retain(|block| !matches!(block, Block::Reasoning { .. }));
        self.blocks.insert(0, Block::Redacted);
    }

    /// The payload of the last event.
    pub(super) fn metadata(&self) -> Value {
        Value::Object(self.metadata_members())
    }

    fn metadata_members(&self) -> Map<String, Value> {
        let mut metadata = self.echo.clone();
        metadata.insert("usage".to_owned(), self.usage.clone());
        metadata.insert("metrics".to_owned(), json!({ "latencyMs": 420 }));
        metadata.extend(self.trace.clone().map(|trace| ("trace".to_owned(), trace)));
        metadata
    }

    /// The body of a Converse answer.
    pub(super) fn to_converse_output(&self) -> Value {
        let content: Vec<Value> = self.blocks.iter().map(Block::content).collect();
        let message = json!({ "message": { "role": "assistant", "content": content } });
        let fields = self.additional_fields.clone();
        let mut output = self.metadata_members();
        output.insert("output".to_owned(), message);
        output.insert("stopReason".to_owned(), json!(self.stop_reason));
        output.extend(fields.map(|fields| ("additionalModelResponseFields".to_owned(), fields)));
        Value::Object(output)
    }

    /// The payload of `messageStop`.
    pub(super) fn message_stop(&self) -> Value {
        let fields = self.additional_fields.clone();
        let mut stop = Map::from_iter([("stopReason".to_owned(), json!(self.stop_reason))]);
        stop.extend(fields.map(|fields| ("additionalModelResponseFields".to_owned(), fields)));
        Value::Object(stop)
    }
}
