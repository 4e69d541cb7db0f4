//! The identifier of a model: an id, an inference profile id, or one of Bedrock's ARNs.

use std::fmt;

use crate::model::geography::Geography;

/// A model's identifier as Converse takes it, at most 2,048 characters.
///
/// ```
/// use shared::model::id::ModelId;
///
/// let id = ModelId::parse("eu.amazon.nova-lite-v1:0").unwrap();
/// assert_eq!(id.base_id(), Some("amazon.nova-lite-v1:0"));
/// assert_eq!(id.provider(), Some("amazon"));
///
/// let opaque = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6";
/// assert_eq!(ModelId::parse(opaque).unwrap().provider(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelId(String);

/// What [`ModelId::parse`] rejects. `Display` is what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAModelId {
    /// It has none of the forms of a model's identifier.
    OtherForm,
    /// It is a prompt of Prompt management. It brings its own inference parameters, system prompt and tools, and Bedrock
    /// rejects a request that has any (API reference, `Converse`).
    Prompt,
}

impl fmt::Display for NotAModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherForm => "a Bedrock model id, inference profile id or ARN",
            Self::Prompt => {
                "a model and not a prompt of Prompt management, which takes no inference parameters, system prompt or tools"
            }
        })
    }
}

impl std::error::Error for NotAModelId {}

impl ModelId {
    /// Reads an identifier.
    ///
    /// # Errors
    /// [`NotAModelId`] if `text` has none of the forms that Converse accepts, or names a prompt.
    pub fn parse(text: &str) -> Result<Self, NotAModelId> {
        let valid = match text.strip_prefix("arn:") {
            Some(arn) if is_prompt_arn(arn) => return Err(NotAModelId::Prompt),
            Some(arn) => is_model_arn(arn),
            None => is_plain_id(text),
        };
        if valid && text.len() <= 2048 { Ok(Self(text.to_owned())) } else { Err(NotAModelId::OtherForm) }
    }

    /// The identifier as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is an ARN, which names an account and is not for callers to see in errors.
    pub fn is_arn(&self) -> bool {
        self.0.starts_with("arn:")
    }

    /// The foundation model's id behind a geo prefix or an ARN; none for an ARN that does not name its model
    /// (application profile, provisioned, imported, deployment, router, endpoint).
    pub fn base_id(&self) -> Option<&str> {
        let id = if self.is_arn() {
            let (kind, id) = self.0.splitn(6, ':').nth(5)?.split_once('/')?;
            match kind {
                "foundation-model" | "inference-profile" => id,
                "custom-model" => id.split('/').next()?,
                _ => return None,
            }
        } else {
            &self.0
        };
        match id.split_once('.') {
            Some((prefix, base)) if Geography::of_prefix(prefix).is_some() && base.contains('.') => Some(base),
            Some(_) => Some(id),
            None => None,
        }
    }

    /// The geography of an inference profile's id; none for anything else.
    pub fn geography(&self) -> Option<Geography> {
        let (prefix, base) = self.0.split_once('.')?;
        Geography::of_prefix(prefix).filter(|_| base.contains('.'))
    }

    /// Who made the model, the first part of its [`base_id`](Self::base_id): `anthropic`, `amazon`, `cohere`.
    pub fn provider(&self) -> Option<&str> {
        self.base_id()?.split('.').next()
    }

    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self("anthropic.claude-test".to_owned())
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `provider.name`, with a profile prefix or versions: `us.amazon.nova-lite-v1:0`, `openai.gpt-5.6-luna`.
fn is_plain_id(text: &str) -> bool {
    text.contains('.')
        && text
            .split(['.', ':'])
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'))
}

/// Whether it is what follows `arn:` in the ARN of a prompt.
fn is_prompt_arn(rest: &str) -> bool {
    let mut parts = rest.splitn(5, ':');
    parts.nth(1) == Some("bedrock") && parts.nth(2).is_some_and(|resource| resource.starts_with("prompt/"))
}

/// What follows `arn:` in the ARNs that Converse takes.
fn is_model_arn(rest: &str) -> bool {
    let mut parts = rest.splitn(5, ':');
    let (Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some((kind, id)) = resource.split_once('/') else { return false };
    let ours = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let loose = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-:.".contains(c));
    let known = match (service, kind) {
        ("bedrock", "foundation-model") => account.is_empty() && is_plain_id(id),
        ("bedrock", "inference-profile") => ours && is_plain_id(id),
        ("bedrock", "application-inference-profile" | "prompt-router" | "default-prompt-router") => ours && loose,
        ("bedrock", "provisioned-model" | "imported-model" | "custom-model-deployment") => ours && is_suffix(id),
        ("bedrock", "custom-model") => {
            ours && id.split_once('/').is_some_and(|(model, suffix)| is_plain_id(model) && is_suffix(suffix))
        }
        ("sagemaker", "endpoint") => ours && loose,
        _ => false,
    };
    let region_ok = !region.is_empty() && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    known && region_ok && (partition == "aws" || partition.starts_with("aws-"))
}

/// The twelve characters that end a custom, provisioned or imported model's ARN.
fn is_suffix(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "arn:aws:bedrock:us-east-1:123456789012:";

    #[test]
    fn every_form_is_read_and_its_family_found() {
        let cases = [
            ("anthropic.claude-sonnet-4-5-20250929-v1:0".to_owned(), Some("anthropic.claude-sonnet-4-5-20250929-v1:0")),
            ("us.anthropic.claude-opus-5-5".to_owned(), Some("anthropic.claude-opus-5-5")),
            ("us-gov.openai.gpt-oss-20b-1:0".to_owned(), Some("openai.gpt-oss-20b-1:0")),
            ("global.openai.gpt-5.6-luna".to_owned(), Some("openai.gpt-5.6-luna")),
            ("deepseek.v3.2".to_owned(), Some("deepseek.v3.2")),
            (
                "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0".to_owned(),
                Some("amazon.nova-pro-v1:0"),
            ),
            (format!("{ACCOUNT}inference-profile/eu.amazon.nova-lite-v1:0"), Some("amazon.nova-lite-v1:0")),
            (format!("{ACCOUNT}custom-model/amazon.nova-micro/abcdef012345"), Some("amazon.nova-micro")),
            (format!("{ACCOUNT}application-inference-profile/a1b2c3d4e5f6"), None),
            (format!("{ACCOUNT}provisioned-model/abcdef012345"), None),
            (format!("{ACCOUNT}imported-model/abcdef012345"), None),
            (format!("{ACCOUNT}custom-model-deployment/abcdef012345"), None),
            (format!("{ACCOUNT}default-prompt-router/anthropic.claude:1"), None),
            ("arn:aws:sagemaker:us-east-1:123456789012:endpoint/my-llm".to_owned(), None),
        ];
        for (text, base) in cases {
            let id = ModelId::parse(&text);
            assert_eq!(id.as_ref().map(|id| id.base_id()), Ok(base), "{text}");
        }
    }

    #[test]
    fn what_is_no_model_id_is_refused() {
        let long = format!("a.{}", "b".repeat(2048));
        for text in [
            "",
            "claude",
            "us.",
            ".x",
            "a b.c",
            "arn:aws:s3:::bucket",
            "anthropic.claude/x",
            "a..b",
            &long,
            "arn:aws:bedrock:us-east-1:12:inference-profile/us.a.b",
            "arn:aws:bedrock:us-east-1::foundation-model/",
            "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc",
        ] {
            assert_eq!(ModelId::parse(text), Err(NotAModelId::OtherForm), "{text}");
        }
        for prompt in ["PROMPT1234", "PROMPT1234:1"] {
            assert_eq!(ModelId::parse(&format!("{ACCOUNT}prompt/{prompt}")), Err(NotAModelId::Prompt), "{prompt}");
        }
    }
}
