//! What a model takes in a Converse request. The default is a model that takes everything.

use super::date::Date;

/// What one model takes. What is not known counts as taken: Bedrock's own error is clearer than a guess of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Tokens of input and output together; none if not known.
    pub context_tokens: Option<u32>,
    /// The highest `maxTokens` that is accepted; none if not known.
    pub max_output_tokens: Option<u32>,
    /// How tools can be used; none for a model that takes no `toolConfig`.
    pub tools: Option<Tools>,
    /// Image blocks in user turns.
    pub images: bool,
    /// Document blocks in user turns.
    pub documents: bool,
    /// Video blocks in user turns.
    pub video: bool,
    /// Audio blocks in user turns.
    pub audio: bool,
    /// The `system` field.
    pub system: bool,
    /// Turns of the role `system` inside `messages`.
    pub system_turns: bool,
    /// Which cache points work; none for a model that rejects them or caches by itself.
    pub caching: Option<Caching>,
    /// How a request asks for reasoning.
    pub reasoning: Reasoning,
    /// Reasoning cannot be switched off.
    pub always_reasons: bool,
    /// Reasoning blocks of earlier turns are read. If not, they are left out of the history.
    pub reasoning_in_history: bool,
    /// A last turn of the assistant, which the model continues.
    pub prefill: bool,
    /// A first turn of the assistant.
    pub leading_assistant: bool,
    /// Which of `temperature` and `topP`.
    pub sampling: Sampling,
    /// How `additionalModelRequestFields` carries top-k.
    pub top_k: TopK,
    /// `stopSequences`.
    pub stop_sequences: bool,
    /// `outputConfig.textFormat` with a JSON schema.
    pub structured_output: bool,
    /// The operation `CountTokens`, by base id.
    pub count_tokens: bool,
    /// The first day on which Bedrock does not serve the model; none if not announced.
    pub end_of_life: Option<Date>,
}

/// How a model uses tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    /// Tools in `ConverseStream`. If not, a turn with tools is a `Converse` call.
    pub streamed: bool,
    /// Which `toolChoice` it takes beyond `auto`.
    pub forced_choice: ForcedChoice,
    /// `toolSpec.strict`.
    pub strict: bool,
    /// `toolResult.status`.
    pub result_status: bool,
    /// Image blocks inside a `toolResult`.
    pub result_images: bool,
    /// Document blocks inside a `toolResult`.
    pub result_documents: ResultDocuments,
    /// Video blocks inside a `toolResult`.
    pub result_video: bool,
    /// Other blocks beside `toolResult` blocks in one user turn.
    pub beside_results: bool,
}

/// Which `toolChoice` forces a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForcedChoice {
    /// None: `auto` only.
    No,
    /// `any`, but not a named tool.
    Any,
    /// `any` and a named tool.
    Named,
}

/// Which documents a tool's result can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultDocuments {
    /// None.
    No,
    /// `csv` and `txt`.
    Text,
    /// Every format.
    All,
}

/// What cache points a model honours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caching {
    /// A point at the end of `toolConfig.tools`.
    pub tools: bool,
    /// A point at the end of `system`.
    pub system: bool,
    /// Points inside `messages`.
    pub messages: bool,
    /// Tokens before a point, over all of tools, system and messages, below which nothing is cached; none if not known.
    pub minimum_tokens: Option<u32>,
    /// `ttl: 1h` beside the default of five minutes.
    pub one_hour: bool,
    /// Points in one request.
    pub max_points: u8,
}

/// How a request asks for reasoning, inside `additionalModelRequestFields`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reasoning {
    /// Not known.
    Unknown,
    /// The model does not reason.
    No,
    /// The model reasons and takes no field about it.
    Fixed,
    /// `thinking: {type: enabled, budget_tokens}`.
    Budget,
    /// `thinking: {type: adaptive}` and `output_config: {effort}`.
    Adaptive,
    /// `reasoningConfig: {type: enabled, maxReasoningEffort}`.
    ReasoningConfig,
    /// `reasoning_effort`.
    Effort,
    /// `reasoning: {effort}`.
    EffortObject,
    /// `reasoning_config`.
    QwenConfig,
}

/// Which sampling parameters of `inferenceConfig` a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// `temperature` and `topP`, also both.
    Both,
    /// `temperature` or `topP`.
    One,
    /// Neither.
    No,
}

/// How top-k is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopK {
    /// Not known.
    Unknown,
    /// There is none.
    No,
    /// `top_k`.
    Flat,
    /// `inferenceConfig: {topK}`.
    Nested,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            context_tokens: None,
            max_output_tokens: None,
            tools: Some(Tools::default()),
            images: true,
            documents: true,
            video: true,
            audio: true,
            system: true,
            system_turns: true,
            caching: Some(Caching::default()),
            reasoning: Reasoning::Unknown,
            always_reasons: false,
            reasoning_in_history: true,
            prefill: true,
            leading_assistant: true,
            sampling: Sampling::Both,
            top_k: TopK::Unknown,
            stop_sequences: true,
            structured_output: true,
            count_tokens: true,
            end_of_life: None,
        }
    }
}

impl Default for Tools {
    fn default() -> Self {
        Self {
            streamed: true,
            forced_choice: ForcedChoice::Named,
            strict: true,
            result_status: true,
            result_images: true,
            result_documents: ResultDocuments::All,
            result_video: true,
            beside_results: true,
        }
    }
}

impl Default for Caching {
    fn default() -> Self {
        Self { tools: true, system: true, messages: true, minimum_tokens: None, one_hour: true, max_points: 4 }
    }
}
