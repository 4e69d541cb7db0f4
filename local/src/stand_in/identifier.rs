//! The `modelId` of a path: an id, an inference profile's id, or an ARN.

use super::error::Rejection;
use super::models;

/// What a `modelId` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identifier<'a> {
    /// A foundation model by its base id.
    Model(&'a str),
    /// A system inference profile: its geography and the base id.
    Profile(&'a str, &'a str),
    /// A prompt of Prompt management.
    Prompt,
    /// An ARN that does not name its model.
    Opaque,
}

impl<'a> Identifier<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, Rejection> {
        let Some(arn) = text.strip_prefix("arn:") else { return named(text).ok_or_else(invalid) };
        // partition:service:region:account:kind/id
        let resource = arn.splitn(5, ':').nth(4).and_then(|resource| resource.split_once('/'));
        match resource.ok_or_else(invalid)? {
            ("foundation-model" | "inference-profile", id) => named(id).ok_or_else(invalid),
            ("prompt", _) => Ok(Self::Prompt),
            (
                "application-inference-profile"
                | "provisioned-model"
                | "custom-model"
                | "custom-model-deployment"
                | "imported-model"
                | "endpoint"
                | "prompt-router"
                | "default-prompt-router",
                id,
            ) if !id.is_empty() => Ok(Self::Opaque),
            _ => Err(invalid()),
        }
    }

    /// The foundation model's id.
    pub(super) fn base_id(self) -> Option<&'a str> {
        match self {
            Self::Model(base) | Self::Profile(_, base) => Some(base),
            Self::Prompt | Self::Opaque => None,
        }
    }
}

/// An id in words of letters, digits and hyphens, with a maker before the first dot.
fn named(id: &str) -> Option<Identifier<'_>> {
    let legal = id.chars().all(|c| c.is_ascii_alphanumeric() || "-.:_".contains(c));
    let (first, rest) = id.split_once('.').filter(|_| legal)?;
    match rest.contains('.') && models::is_geography(first) {
        true => Some(Identifier::Profile(first, rest)),
        false => Some(Identifier::Model(id)),
    }
}

/// The service's sentence for an id that it does not know.
pub(super) fn invalid() -> Rejection {
    Rejection::validation("The provided model identifier is invalid.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_profiles_and_arns_are_told_apart() {
        let arn = |resource: &str| format!("arn:aws:bedrock:us-east-1:123456789012:{resource}");
        assert_eq!(Identifier::parse("zai.glm-4.7"), Ok(Identifier::Model("zai.glm-4.7")));
        assert_eq!(Identifier::parse("us.zai.glm-5.3"), Ok(Identifier::Profile("us", "zai.glm-5.3")));
        let profile = arn("inference-profile/us.xai.grok-4.7");
        assert_eq!(Identifier::parse(&profile), Ok(Identifier::Profile("us", "xai.grok-4.7")));
        assert_eq!(Identifier::parse(&arn("application-inference-profile/a1b2c3d4e5f6")), Ok(Identifier::Opaque));
        assert_eq!(Identifier::parse(&arn("prompt/PROMPT1234:1")), Ok(Identifier::Prompt));
        for wrong in ["gpt", "a b.c", "arn:aws:s3:::bucket", &arn("guardrail/abc")] {
            assert_eq!(Identifier::parse(wrong), Err(invalid()), "{wrong}");
        }
    }
}
