//! What every client of an AWS service begins with.

use aws_config::{BehaviorVersion, SdkConfig};

/// Credentials, region and endpoints from the environment, read once at start and shared by all clients.
pub async fn from_env() -> SdkConfig {
    aws_config::load_defaults(BehaviorVersion::latest()).await
}
