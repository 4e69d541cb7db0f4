//! A TCP peer that answers every connection with the same bytes and then does what services do when they break.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What follows the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The connection is closed.
    Closes,
    /// The connection is reset.
    Resets,
}

/// Starts the peer; its URL.
pub async fn start(bytes: Vec<u8>, ending: Ending) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, bytes.clone(), ending));
        }
    });
    format!("http://127.0.0.1:{port}")
}

async fn answer(mut stream: TcpStream, bytes: Vec<u8>, ending: Ending) -> std::io::Result<()> {
    // The request's head and a body that fits into one read.
    let mut request = vec![0; 64 * 1024];
    let _ = stream.read(&mut request).await?;
    stream.write_all(&bytes).await?;
    // What was written must be there before the reset, which takes unread bytes with it.
    tokio::time::sleep(Duration::from_millis(20)).await;
    if ending == Ending::Resets {
        stream.set_zero_linger()?;
    }
    Ok(())
}
