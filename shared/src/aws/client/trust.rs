//! Which roots vouch for whom.

use std::sync::Arc;

use aws_smithy_http_client::tls::TrustStore;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::service::config::{ConfigError, Env};

/// The roots that AWS's own endpoints chain to: Amazon Root CA 1 to 4, and Starfield Services G2. Five are read in no
/// time; the machine's 150 take as long as all else that a function does at start.
///
/// Source: <https://www.amazontrust.com/repository/>.
const AMAZON: &str = include_str!("amazon-roots.pem");
const CA_BUNDLE: &str = "AWS_CA_BUNDLE";
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// `AWS_CA_BUNDLE`, where it is set, for every endpoint. Else Amazon's roots for `*.amazonaws.com`, and the machine's for
/// any other, and for all that is reached through a proxy.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    /// Shared: each call of the SDK makes a copy of its client.
    bundle: Option<Arc<[u8]>>,
    proxied: bool,
}

impl Trust {
    pub(super) fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let bundle = env.get(CA_BUNDLE).map(|path| {
            let error = |expected: String| ConfigError::new(CA_BUNDLE, expected, Some(path));
            let pem = std::fs::read(path).map_err(|cause| error(format!("a file of certificates in PEM ({cause})")))?;
            check(&pem).map_err(|cause| error(format!("a file of certificates in PEM ({cause})")))?;
            Ok(pem.into())
        });
        Ok(Self { bundle: bundle.transpose()?, proxied: PROXIES.iter().any(|name| env.get(name).is_some()) })
    }

    /// Whether `uri` is vouched for by Amazon's roots alone.
    pub(super) fn is_amazons(&self, uri: &str) -> bool {
        let Ok(uri) = uri.parse::<http::Uri>() else { return false };
        // Without TLS no root is needed, and the least is read.
        uri.scheme_str() == Some("http")
            || (!self.proxied && uri.host().is_some_and(|host| host.ends_with(".amazonaws.com")))
    }

    /// The roots.
    pub(super) fn store(&self, amazons: bool) -> TrustStore {
        match &self.bundle {
            Some(bundle) => TrustStore::empty().with_pem_certificate(bundle.as_ref()),
            None if amazons => TrustStore::empty().with_pem_certificate(AMAZON),
            None => TrustStore::default(),
        }
    }
}

/// The SDK would panic where a certificate cannot be read.
fn check(pem: &[u8]) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate.map_err(|cause| cause.to_string())?).map_err(|cause| cause.to_string())?;
    }
    if roots.is_empty() { Err("it holds none".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(vars: &[(&str, &str)]) -> Result<Trust, ConfigError> {
        Trust::from_env(&vars.iter().copied().collect())
    }

    #[test]
    fn amazons_roots_vouch_for_aws_alone() {
        let direct = trust(&[]).unwrap();
        for uri in [
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse-stream",
            "https://vpce-0123-abcd.bedrock-runtime.eu-west-1.vpce.amazonaws.com",
            "http://127.0.0.1:9001/model/x/converse",
        ] {
            assert!(direct.is_amazons(uri), "{uri}");
        }
        for uri in [
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/",
            "https://amazonaws.com.example.com/",
            "https://evil-amazonaws.com/",
            "https://bedrock-runtime.us-east-1.api.aws/",
            "https://localhost:4566/",
            "no uri",
        ] {
            assert!(!direct.is_amazons(uri), "{uri}");
        }
        let proxied = trust(&[("https_proxy", "http://proxy:3128")]).unwrap();
        assert!(!proxied.is_amazons("https://bedrock-runtime.us-east-1.amazonaws.com/"));
    }

    #[test]
    fn amazons_roots_are_five_that_can_be_read() {
        assert_eq!(check(AMAZON.as_bytes()), Ok(()));
        assert_eq!(AMAZON.matches("BEGIN CERTIFICATE").count(), 5);
    }

    #[test]
    fn only_an_endpoint_that_is_not_amazons_brings_the_machines_roots() {
        let file = std::env::temp_dir().join(format!("bedrock-lambda-roots-{}.pem", std::process::id()));
        std::fs::write(&file, AMAZON).unwrap();
        let bundled = trust(&[("AWS_CA_BUNDLE", file.to_str().unwrap())]).unwrap();
        std::fs::remove_file(&file).unwrap();
        let direct = trust(&[]).unwrap();
        let machines = |store: TrustStore| format!("{store:?}").contains("enable_native_roots: true");
        assert_eq!([true, false].map(|amazons| machines(direct.store(amazons))), [false, true]);
        assert_eq!([true, false].map(|amazons| machines(bundled.store(amazons))), [false, false]);
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_told_at_start() {
        let file = std::env::temp_dir().join(format!("bedrock-lambda-bundle-{}.pem", std::process::id()));
        let path = file.to_str().unwrap();
        let told = |contents: &str| {
            std::fs::write(&file, contents).unwrap();
            trust(&[("AWS_CA_BUNDLE", path)]).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(told(AMAZON), Ok(()));
        for contents in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let error = told(contents).unwrap_err();
            assert!(error.contains("AWS_CA_BUNDLE") && error.contains(path) && !error.contains('\n'), "{error}");
        }
        std::fs::remove_file(&file).unwrap();
        assert!(trust(&[("AWS_CA_BUNDLE", path)]).is_err());
    }
}
