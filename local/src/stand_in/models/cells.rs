//! What a cell of the tables says.

/// Whether a model takes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stand_in) enum Takes {
    Yes,
    No,
    /// Not known: the stand-in lets it pass.
    Unknown,
}

impl Takes {
    pub(super) fn read(cell: &str) -> Self {
        match cell {
            "y" => Self::Yes,
            "n" => Self::No,
            _ => Self::Unknown,
        }
    }
}

/// Which kinds of a forced `toolChoice` a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stand_in) enum Choice {
    Both,
    Any,
    /// Both, unless the model is asked to think.
    Unthinking,
    Neither,
    Unknown,
}

impl Choice {
    pub(super) fn read(cell: &str) -> Self {
        match cell {
            "y" => Self::Both,
            "any" => Self::Any,
            "unthinking" => Self::Unthinking,
            "n" => Self::Neither,
            _ => Self::Unknown,
        }
    }
}

/// How a model is asked to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stand_in) enum Thinking {
    /// Claude's `thinking` of type `enabled`, with a budget.
    Budget,
    /// `enabled` or `adaptive`.
    Both,
    /// `adaptive` or `disabled`.
    Adaptive,
    /// `adaptive`: it cannot be disabled.
    Always,
    /// Nova's `reasoningConfig`.
    Effort,
    Never,
    Unknown,
}

impl Thinking {
    pub(super) fn read(cell: &str) -> Self {
        match cell {
            "budget" => Self::Budget,
            "both" => Self::Both,
            "adaptive" => Self::Adaptive,
            "always" => Self::Always,
            "effort" => Self::Effort,
            "none" => Self::Never,
            _ => Self::Unknown,
        }
    }
}

/// Which of `temperature` and `topP` a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::stand_in) enum Sampling {
    Both,
    OneOfTwo,
    Neither,
    Unknown,
}

impl Sampling {
    pub(super) fn read(cell: &str) -> Self {
        match cell {
            "y" => Self::Both,
            "one" => Self::OneOfTwo,
            "n" => Self::Neither,
            _ => Self::Unknown,
        }
    }
}
