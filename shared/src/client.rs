//! What every client of an AWS service begins with.

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

use crate::deadline;

/// Credentials, region and endpoints from the environment, read once at start and shared by all clients.
pub async fn from_env() -> SdkConfig {
    // The only wait that the SDK bounds: everything after it is bounded where it is waited for.
    let timeouts = TimeoutConfig::builder().connect_timeout(deadline::CONNECT).build();
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).load().await
}
