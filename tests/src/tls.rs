//! TLS before a service on loopback, under a root of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A running end of TLS, for `localhost`.
#[derive(Debug)]
pub struct Tls {
    port: u16,
    root: String,
    connections: Arc<AtomicUsize>,
}

impl Tls {
    /// Starts one before `service`.
    pub async fn to(service: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let (root, config) = certificate();
        let (acceptor, connections) = (TlsAcceptor::from(Arc::new(config)), Arc::new(AtomicUsize::new(0)));
        let trusted = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(joined(acceptor.clone(), stream, service, Arc::clone(&trusted)));
            }
        });
        Self { port, root, connections }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The root that vouches for it, in PEM.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// How many clients have trusted it.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn joined(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    service: SocketAddr,
    trusted: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut client = acceptor.accept(stream).await?;
    trusted.fetch_add(1, Ordering::SeqCst);
    let mut service = TcpStream::connect(service).await?;
    service.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut client, &mut service).await?;
    Ok(())
}

/// A root, and what a server needs to be vouched for by it.
fn certificate() -> (String, ServerConfig) {
    let mut root = CertificateParams::new(Vec::new()).expect("parameters");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().expect("a key");
    let pem = root.self_signed(&root_key).expect("a root").pem();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let server = server.signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder().with_no_client_auth();
    (pem, config.with_single_cert(vec![server.der().clone()], key).expect("a configuration"))
}
