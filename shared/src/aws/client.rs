//! What every client of an AWS service begins with: credentials, region, endpoints and trust.

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};

use crate::engine::deadline;
use crate::service::config::{ConfigError, Env};

mod https;
mod trust;

use https::Https;
use trust::Trust;

/// How AWS is reached, by the environment.
#[derive(Debug)]
pub struct Access {
    trust: Trust,
    /// The region, where it is in the environment and credentials are, as Lambda puts them there.
    region: Option<Region>,
}

impl Access {
    /// Reads the environment.
    ///
    /// # Errors
    /// Where `AWS_CA_BUNDLE` names no file of certificates.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let credentials = env.get("AWS_ACCESS_KEY_ID").and(env.get("AWS_SECRET_ACCESS_KEY"));
        let region = credentials.and(env.get("AWS_REGION")).map(|region| Region::new(region.to_owned()));
        Ok(Self { trust: Trust::from_env(env)?, region })
    }

    /// The configuration that all clients share, loaded once at start. Where Lambda gives credentials and region, no
    /// other place is asked for them.
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
