//! `TCP_NODELAY` for the connection to Lambda's Runtime API.
//!
//! `lambda_runtime` builds that client itself and leaves Nagle's algorithm on. The prelude of a streamed
//! answer leaves at once; the first small chunk then waits until the peer acknowledges, and the peer delays
//! its acknowledgement by 40 ms: that was the time to the first byte. The option can be set on the connected
//! socket, and Linux sends what it holds back at that moment.
#![expect(unsafe_code, reason = "a socket that a library owns can only be reached by its descriptor")]

use std::os::fd::{BorrowedFd, RawFd};

/// Sets `TCP_NODELAY` on every TCP socket of this process. On what is no TCP socket the call fails and
/// changes nothing. Call it when a part of the answer has been handed on: the connection it leaves by exists then.
pub fn set_on_all_sockets() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    for fd in entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<RawFd>().ok()) {
        // SAFETY: the borrow lives for one `setsockopt`. The descriptor was open a moment ago; if it has been
        // closed since, the call fails with EBADF, and if it has been opened again, the option is set on
        // another socket of ours, which is meant to have it too. Nothing is read, written or closed.
        let fd = unsafe { BorrowedFd::borrow_raw(fd) };
        let _ = rustix::net::sockopt::set_tcp_nodelay(fd, true);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn a_connected_socket_gets_the_option() -> std::io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let stream = TcpStream::connect(listener.local_addr()?)?;
        assert!(!stream.nodelay()?);
        super::set_on_all_sockets();
        assert!(stream.nodelay()?);
        Ok(())
    }
}
