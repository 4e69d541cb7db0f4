//! What every client of an AWS service begins with: credentials, region, endpoints and trust.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};

use crate::engine::deadline;

mod https;
mod trust;

use https::Https;
use trust::Trust;

/// How AWS is reached.
#[derive(Debug)]
pub struct Access {
    trust: Trust,
    /// The region, if it is in the environment and credentials are, as Lambda puts them there.
    region: Option<Region>,
}

impl Access {
    /// `ca_bundle` (certificates in PEM) wins over every other root; what is `proxied` may end at anybody's. With a
    /// `region`, which stands for credentials in the environment, no other place is searched for either.
    ///
    /// # Errors
    /// What is wrong with the bundle.
    pub fn new(ca_bundle: Option<Vec<u8>>, proxied: bool, region: Option<&str>) -> Result<Self, String> {
        let region = region.map(|region| Region::new(region.to_owned()));
        Ok(Self { trust: Trust::new(ca_bundle, proxied)?, region })
    }

    /// The configuration that all clients share, loaded once at start. Where Lambda gives credentials and region, no
    /// other place is searched for them.
    pub async fn load(self) -> SdkConfig {
        // The only wait that the SDK bounds: everything after it is bounded where it is waited for.
        let timeouts = TimeoutConfig::builder().connect_timeout(deadline::CONNECT).build();
        let loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
        let loader = loader.http_client(Https::new(self.trust));
        let loader = match self.region {
            Some(region) => loader.region(region).credentials_provider(EnvironmentVariableCredentialsProvider::new()),
            None => loader,
        };
        loader.load().await
    }
}
