//! Bedrock's exceptions by name, however they arrive.

/// An exception of bedrock-runtime's.
///
/// The same exception is called `ThrottlingException` in an HTTP header and `throttlingException` inside a
/// stream; both are read here, so that both meet the same row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exception {
    /// 403: no permission or no access to the model.
    AccessDenied,
    /// 500.
    InternalServer,
    /// 424: the model failed.
    ModelError,
    /// 429, although nothing is throttled: an imported model is being loaded.
    ModelNotReady,
    /// 424, inside a stream.
    ModelStreamError,
    /// 408: the model took too long.
    ModelTimeout,
    /// 404.
    ResourceNotFound,
    /// 400, although it is a quota.
    ServiceQuotaExceeded,
    /// 503.
    ServiceUnavailable,
    /// 429.
    Throttling,
    /// 400: what was sent breaks a rule.
    Validation,
    /// Credentials that are missing, expired or wrong; AWS has several names for it.
    Credentials(String),
    /// What this crate does not know, by its name; empty if the answer named none.
    Unrecognised(String),
}

impl Exception {
    /// Reads a name as AWS sends it: any case, with or without the namespace around it.
    pub fn from_name(name: &str) -> Self {
        let bare = name.split([':', ' ']).next().unwrap_or(name);
        let bare = bare.rsplit('#').next().unwrap_or(bare);
        // Inside a stream names begin with a small letter.
        let named = || {
            let mut chars = bare.chars();
            chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect()
        };
        match bare.to_ascii_lowercase().as_str() {
            "accessdeniedexception" | "accessdenied" => Self::AccessDenied,
            "internalserverexception" | "internalservererror" | "internalfailure" => Self::InternalServer,
            "modelerrorexception" => Self::ModelError,
            "modelnotreadyexception" => Self::ModelNotReady,
            "modelstreamerrorexception" => Self::ModelStreamError,
            "modeltimeoutexception" => Self::ModelTimeout,
            "resourcenotfoundexception" => Self::ResourceNotFound,
            "servicequotaexceededexception" => Self::ServiceQuotaExceeded,
            "serviceunavailableexception" | "serviceunavailable" => Self::ServiceUnavailable,
            "throttlingexception" | "throttling" | "throttledexception" | "toomanyrequestsexception" => {
                Self::Throttling
            }
            "validationexception" => Self::Validation,
            "expiredtoken"
            | "expiredtokenexception"
            | "incompletesignature"
            | "incompletesignatureexception"
            | "invalidclienttokenid"
            | "invalidsignatureexception"
            | "missingauthenticationtoken"
            | "missingauthenticationtokenexception"
            | "signaturedoesnotmatch"
            | "unrecognizedclientexception" => Self::Credentials(named()),
            _ => Self::Unrecognised(named()),
        }
    }

    /// What an answer without a name says by its HTTP status only.
    pub fn from_status(status: u16) -> Self {
        match status {
            401 => Self::Credentials(String::new()),
            403 => Self::AccessDenied,
            404 => Self::ResourceNotFound,
            408 => Self::ModelTimeout,
            424 => Self::ModelError,
            429 => Self::Throttling,
            500 => Self::InternalServer,
            503 => Self::ServiceUnavailable,
            _ => Self::Unrecognised(String::new()),
        }
    }

    /// The name as the API reference spells it; what arrived if it is none of Bedrock's.
    pub fn name(&self) -> &str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::InternalServer => "InternalServerException",
            Self::ModelError => "ModelErrorException",
            Self::ModelNotReady => "ModelNotReadyException",
            Self::ModelStreamError => "ModelStreamErrorException",
            Self::ModelTimeout => "ModelTimeoutException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::ServiceQuotaExceeded => "ServiceQuotaExceededException",
            Self::ServiceUnavailable => "ServiceUnavailableException",
            Self::Throttling => "ThrottlingException",
            Self::Validation => "ValidationException",
            Self::Credentials(name) | Self::Unrecognised(name) if name.is_empty() => "unknown",
            Self::Credentials(name) | Self::Unrecognised(name) => name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_and_header_spellings_are_the_same_exception() {
        for (header, stream, expected) in [
            ("ThrottlingException", "throttlingException", Exception::Throttling),
            ("ModelStreamErrorException", "modelStreamErrorException", Exception::ModelStreamError),
            ("ModelTimeoutException", "modelTimeoutException", Exception::ModelTimeout),
        ] {
            assert_eq!(Exception::from_name(header), expected);
            assert_eq!(Exception::from_name(stream), expected);
            assert_eq!(Exception::from_name(&format!("{header}:http://internal.amazon.com/coral/")), expected);
            assert_eq!(expected.name(), header);
        }
    }

    #[test]
    fn an_unknown_name_is_kept() {
        assert_eq!(Exception::from_name("FTUFormNotFilled"), Exception::Unrecognised("FTUFormNotFilled".into()));
        assert_eq!(Exception::from_status(529).name(), "unknown");
    }
}
