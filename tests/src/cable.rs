//! A cable between a function and a service, that can be cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// Passes connections on to a service on this machine.
#[derive(Debug)]
pub struct Cable {
    port: u16,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Cable {
    /// Lays it.
    pub async fn to(service: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let connections: Arc<Mutex<Vec<AbortHandle>>> = Arc::default();
        let all = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let carry = tokio::spawn(async move {
                    // What is lost with the connection is reset, not closed.
                    let _ = near.set_zero_linger();
                    let mut far = TcpStream::connect(service).await?;
                    copy_bidirectional(&mut near, &mut far).await
                });
                all.lock().unwrap_or_else(PoisonError::into_inner).push(carry.abort_handle());
            }
        });
        Self { port, connections }
    }

    /// Its near end, for `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Resets every connection there is. New ones can be made. Returns how many there were.
    pub fn cut(&self) -> usize {
        let connections = std::mem::take(&mut *self.connections.lock().unwrap_or_else(PoisonError::into_inner));
        let open = connections.iter().filter(|connection| !connection.is_finished()).count();
        connections.iter().for_each(AbortHandle::abort);
        open
    }
}
