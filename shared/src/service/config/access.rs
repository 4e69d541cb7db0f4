//! How AWS is reached, by the environment.

use super::{ConfigError, Env};
use crate::aws::client::Access;

const CA_BUNDLE: &str = "AWS_CA_BUNDLE";
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Reads how AWS is reached: credentials and region as Lambda puts them there, `AWS_CA_BUNDLE`, proxies.
///
/// # Errors
/// If `AWS_CA_BUNDLE` names no file of certificates.
pub fn access(env: &Env) -> Result<Access, ConfigError> {
    let path = env.get(CA_BUNDLE);
    let error = |cause: String| ConfigError::new(CA_BUNDLE, format!("a file of certificates in PEM ({cause})"), path);
    let bundle = path.map(std::fs::read).transpose().map_err(|cause| error(cause.to_string()))?;
    let proxied = PROXIES.iter().any(|name| env.get(name).is_some());
    let credentials = env.get("AWS_ACCESS_KEY_ID").and(env.get("AWS_SECRET_ACCESS_KEY"));
    Access::new(bundle, proxied, credentials.and(env.get("AWS_REGION"))).map_err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundle_that_cannot_be_read_is_named() {
        let read =
            |path: &str| access(&Env::from_iter([(CA_BUNDLE, path)])).map(drop).map_err(|error| error.to_string());
        let missing = read("/nonexistent.pem").unwrap_err();
        assert!(
            missing.starts_with("AWS_CA_BUNDLE: expected a file of certificates in PEM (No such file"),
            "{missing}"
        );
        let empty = read("/dev/null").unwrap_err();
        assert!(empty.starts_with("AWS_CA_BUNDLE: expected a file of certificates in PEM (it holds none)"), "{empty}");
    }
}
