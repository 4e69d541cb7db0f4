//! The families of models: what has one chat template, one API behind Converse, and so the same rules.

/// A family, as far as a request must be made differently for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Family {
    /// Claude up to 4.5: thinking with a budget of tokens.
    Claude,
    /// Claude from 4.6 on: adaptive thinking with an effort.
    ClaudeAdaptive,
    /// Nova Micro, Lite, Pro, Premier.
    Nova,
    /// Nova 2, which reasons.
    Nova2,
    /// Titan Text.
    Titan,
    /// Meta Llama.
    Llama,
    /// Mistral, Mixtral, Pixtral, Magistral, Ministral, Devstral, Voxtral.
    Mistral,
    /// Cohere Command.
    Command,
    /// AI21 Jamba.
    Jamba,
    /// Writer Palmyra.
    Palmyra,
    /// OpenAI's GPT-5 and newer.
    Gpt,
    /// OpenAI's open-weight models.
    GptOss,
    /// Qwen 3.
    Qwen,
    /// DeepSeek.
    DeepSeek,
    /// Google Gemma.
    Gemma,
    /// Z.ai GLM.
    Glm,
    /// xAI Grok.
    Grok,
    /// Moonshot Kimi.
    Kimi,
    /// MiniMax.
    MiniMax,
    /// NVIDIA Nemotron.
    Nemotron,
    /// A model that the catalogue does not have.
    #[default]
    Unknown,
}

impl Family {
    /// The families that the catalogue has, by their name there.
    pub const NAMES: [(&'static str, Self); 20] = [
        ("claude", Self::Claude),
        ("claude-adaptive", Self::ClaudeAdaptive),
        ("nova", Self::Nova),
        ("nova2", Self::Nova2),
        ("titan", Self::Titan),
        ("llama", Self::Llama),
        ("mistral", Self::Mistral),
        ("command", Self::Command),
        ("jamba", Self::Jamba),
        ("palmyra", Self::Palmyra),
        ("gpt", Self::Gpt),
        ("gpt-oss", Self::GptOss),
        ("qwen", Self::Qwen),
        ("deepseek", Self::DeepSeek),
        ("gemma", Self::Gemma),
        ("glm", Self::Glm),
        ("grok", Self::Grok),
        ("kimi", Self::Kimi),
        ("minimax", Self::MiniMax),
        ("nemotron", Self::Nemotron),
    ];

    /// The family by its name in the catalogue.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, family)| *family)
    }

    /// Whether the model is one of Anthropic's, of any generation.
    pub fn is_claude(self) -> bool {
        matches!(self, Self::Claude | Self::ClaudeAdaptive)
    }
}
