//! Where inference profiles can be called from, and where they lead.
//!
//! A profile's id begins with its geography: `eu.amazon.nova-lite-v1:0`. Which of a geography's regions one model's
//! profile leads to differs by model and by the region it is called from; `GetInferenceProfile` says. This table holds
//! all of a geography's, as of November 2026. Sources: "Supported Regions and models for inference profiles", Bedrock
//! user guide; `CrossRegionInferenceProfileRegion` of AWS's CDK.

/// A geography.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geography {
    /// What its profiles' ids begin with, without the dot.
    pub prefix: &'static str,
    /// What the names of the regions that can call its profiles begin with. Empty: every commercial region's.
    callers: &'static [&'static str],
    /// The regions its profiles lead to. Empty: every commercial region, which an ARN without a region stands for.
    pub destinations: &'static [&'static str],
}

/// Every geography.
pub const ALL: [Geography; 9] = [
    Geography {
        prefix: "us",
        callers: &["us-east-", "us-west-", "ca-", "mx-"],
        destinations: &["us-east-1", "us-east-2", "us-west-1", "us-west-2"],
    },
    Geography {
        prefix: "eu",
        callers: &["eu-", "il-"],
        destinations: &[
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
        ],
    },
    Geography {
        prefix: "apac",
        callers: &["ap-", "me-"],
        destinations: &[
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-7",
            "me-central-1",
        ],
    },
    Geography { prefix: "global", callers: &[], destinations: &[] },
    Geography { prefix: "us-gov", callers: &["us-gov-"], destinations: &["us-gov-east-1", "us-gov-west-1"] },
    Geography { prefix: "jp", callers: &["ap-northeast-"], destinations: &["ap-northeast-1", "ap-northeast-3"] },
    Geography { prefix: "au", callers: &["ap-southeast-"], destinations: &["ap-southeast-2", "ap-southeast-4"] },
    Geography { prefix: "ca", callers: &["ca-"], destinations: &["ca-central-1", "ca-west-1"] },
    Geography { prefix: "in", callers: &["ap-south-"], destinations: &["ap-south-1", "ap-south-2"] },
];

impl Geography {
    /// The geography whose profiles' ids begin with `prefix`.
    pub fn of_prefix(prefix: &str) -> Option<Self> {
        ALL.into_iter().find(|geography| geography.prefix == prefix)
    }

    /// Whether its profiles can be called from `region`. Says no only if that is certain.
    pub fn serves(&self, region: &str) -> bool {
        match self.callers {
            [] => !region.starts_with("us-gov-") && !region.starts_with("cn-"),
            callers => callers.iter().any(|caller| region.starts_with(caller)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_serves_its_own_geography() {
        let serves = |prefix, region| Geography::of_prefix(prefix).is_some_and(|geography| geography.serves(region));
        for geography in ALL {
            assert!(geography.destinations.iter().all(|region| geography.serves(region)), "{}", geography.prefix);
        }
        for (prefix, region) in [("us", "ca-central-1"), ("jp", "ap-northeast-1"), ("global", "sa-east-1")] {
            assert!(serves(prefix, region), "{prefix} {region}");
        }
        for (prefix, region) in
            [("us", "eu-west-1"), ("eu", "us-east-1"), ("us", "us-gov-west-1"), ("global", "us-gov-east-1")]
        {
            assert!(!serves(prefix, region), "{prefix} {region}");
        }
    }
}
