//! The SDK's HTTP client, with roots chosen by where it connects to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::trust::Trust;

/// What the SDK would use, and its connections, made when they are needed.
#[derive(Debug, Clone)]
pub(super) struct Https {
    trust: Trust,
    connectors: Arc<Mutex<HashMap<Kind, SharedHttpConnector>>>,
}

/// Connectors differ in their timeouts, and in whom they trust.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Kind {
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    amazons: bool,
}

impl Https {
    pub(super) fn new(trust: Trust) -> Self {
        Self { trust, connectors: Arc::default() }
    }
}

impl HttpClient for Https {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let (settings, components) = (settings.clone(), components.clone());
        SharedHttpConnector::new(ByEndpoint { https: self.clone(), settings, components })
    }
}

/// A connector for one call.
#[derive(Debug)]
struct ByEndpoint {
    https: Https,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl HttpConnector for ByEndpoint {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let kind = Kind {
            connect_timeout: self.settings.connect_timeout(),
            read_timeout: self.settings.read_timeout(),
            amazons: self.https.trust.is_amazons(request.uri()),
        };
        let mut connectors = self.https.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        let connector = match connectors.get(&kind) {
            Some(connector) => connector.clone(),
            None => match self.connector(kind.amazons) {
                Ok(connector) => connectors.entry(kind).or_insert(connector).clone(),
                Err(error) => return HttpConnectorFuture::ready(Err(error)),
            },
        };
        drop(connectors);
        connector.call(request)
    }
}

impl ByEndpoint {
    fn connector(&self, amazons: bool) -> Result<SharedHttpConnector, ConnectorError> {
        let roots = self.https.trust.store(amazons);
        let tls = TlsContext::builder().with_trust_store(roots).build();
        let tls = tls.map_err(|error| ConnectorError::other(error.into(), None))?;
        let mut builder =
            Connector::builder().connector_settings(self.settings.clone()).proxy_config(ProxyConfig::from_env());
        builder.set_sleep_impl(self.components.sleep_impl());
        Ok(SharedHttpConnector::new(builder.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build()))
    }
}
