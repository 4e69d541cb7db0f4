//! Why the model stopped.

/// Bedrock's `stopReason`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The model was done.
    EndTurn,
    /// The model waits for the results of its calls.
    ToolUse,
    /// `maxTokens` cut the answer.
    MaxTokens,
    /// One of the request's stop sequences came.
    StopSequence,
    /// The guardrail stepped in.
    GuardrailIntervened,
    /// The model's own filter stepped in.
    ContentFiltered,
    /// The model's output could not be read.
    MalformedModelOutput,
    /// The model's call of a tool could not be read.
    MalformedToolUse,
    /// The context window is full.
    ModelContextWindowExceeded,
    /// A reason this crate does not know, as it came.
    Other(String),
}

impl StopReason {
    /// Reads Bedrock's value.
    pub fn from_name(name: &str) -> Self {
        match name {
            "end_turn" => Self::EndTurn,
            "tool_use" => Self::ToolUse,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "guardrail_intervened" => Self::GuardrailIntervened,
            "content_filtered" => Self::ContentFiltered,
            "malformed_model_output" => Self::MalformedModelOutput,
            "malformed_tool_use" => Self::MalformedToolUse,
            "model_context_window_exceeded" => Self::ModelContextWindowExceeded,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether the answer was cut, malformed or blocked: then none of its calls is one that the model made.
    pub fn spoils_calls(&self) -> bool {
        match self {
            Self::MaxTokens
            | Self::GuardrailIntervened
            | Self::ContentFiltered
            | Self::MalformedModelOutput
            | Self::MalformedToolUse
            | Self::ModelContextWindowExceeded => true,
            Self::EndTurn | Self::ToolUse | Self::StopSequence | Self::Other(_) => false,
        }
    }

    /// Bedrock's value.
    pub fn name(&self) -> &str {
        match self {
            Self::EndTurn => "end_turn",
            Self::ToolUse => "tool_use",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::GuardrailIntervened => "guardrail_intervened",
            Self::ContentFiltered => "content_filtered",
            Self::MalformedModelOutput => "malformed_model_output",
            Self::MalformedToolUse => "malformed_tool_use",
            Self::ModelContextWindowExceeded => "model_context_window_exceeded",
            Self::Other(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_reason_keeps_its_name() {
        for name in [
            "end_turn",
            "tool_use",
            "max_tokens",
            "stop_sequence",
            "guardrail_intervened",
            "content_filtered",
            "malformed_model_output",
            "malformed_tool_use",
            "model_context_window_exceeded",
            "new_next_year",
        ] {
            assert_eq!(StopReason::from_name(name).name(), name);
        }
    }
}
