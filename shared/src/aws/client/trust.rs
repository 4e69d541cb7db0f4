//! Which roots vouch for whom.

use std::sync::Arc;

use aws_smithy_http_client::tls::TrustStore;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The roots that AWS's own endpoints chain to: Amazon Root CA 1 to 4, and Starfield Services G2. Five are read in no
/// time; the machine's 150 take as long as all else that a function does at start.
///
/// Source: <https://www.amazontrust.com/repository/>.
const AMAZON: &str = include_str!("amazon-roots.pem");

/// The operator's bundle, if there is one, for every endpoint. Else Amazon's roots for `*.amazonaws.com`, and the machine's
/// for any other, and for all that is reached through a proxy.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    /// Shared: each call of the SDK makes a copy of its client.
    bundle: Option<Arc<[u8]>>,
    proxied: bool,
}

impl Trust {
    /// Reads a bundle of certificates in PEM.
    pub(super) fn new(bundle: Option<Vec<u8>>, proxied: bool) -> Result<Self, String> {
        if let Some(pem) = &bundle {
            check(pem)?;
        }
        Ok(Self { bundle: bundle.map(Arc::from), proxied })
    }

    /// Whether `uri` is vouched for by Amazon's roots only.
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

/// The SDK would panic if a certificate cannot be read.
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

    #[test]
    fn amazons_roots_vouch_for_aws_alone() {
        let direct = Trust::new(None, false).unwrap();
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
        let proxied = Trust::new(None, true).unwrap();
        assert!(!proxied.is_amazons("https://bedrock-runtime.us-east-1.amazonaws.com/"));
    }

    #[test]
    fn amazons_roots_are_five_that_can_be_read() {
        assert_eq!(check(AMAZON.as_bytes()), Ok(()));
        assert_eq!(AMAZON.matches("BEGIN CERTIFICATE").count(), 5);
    }

    #[test]
    fn only_an_endpoint_that_is_not_amazons_brings_the_machines_roots() {
        let bundled = Trust::new(Some(AMAZON.into()), false).unwrap();
        let direct = Trust::new(None, false).unwrap();
        let machines = |store: TrustStore| format!("{store:?}").contains("enable_native_roots: true");
        assert_eq!([true, false].map(|amazons| machines(direct.store(amazons))), [false, true]);
        assert_eq!([true, false].map(|amazons| machines(bundled.store(amazons))), [false, false]);
    }

    #[test]
    fn a_bundle_that_cannot_be_used_is_an_error() {
        let read = |pem: &str| Trust::new(Some(pem.into()), false).map(drop);
        assert_eq!(read(AMAZON), Ok(()));
        for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let error = read(pem).unwrap_err();
            assert!(!error.is_empty() && !error.contains('\n'), "{error}");
        }
    }
}
