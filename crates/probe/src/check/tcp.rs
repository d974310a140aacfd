//! A connection, and nothing on it.

use std::{io, net::SocketAddr};

use tokio::net::TcpStream;

/// Connects. Where nobody listens on a port of this machine that the system hands out to clients, a connection can
/// meet itself: that is nobody listening, too.
pub(super) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    if stream.local_addr()? == address {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}
