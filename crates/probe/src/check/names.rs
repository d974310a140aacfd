//! Addresses of instances that are registered by a host name.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};

use tokio::sync::Semaphore;

/// Look-ups under way at once. A look-up blocks a thread and cannot be cut short: names beyond these wait, and their
/// probes time out if they wait for too long, so that a resolver that hangs costs no more threads than this.
const LOOKUPS_MAX: usize = 8;

#[derive(Debug)]
pub(crate) struct Names {
    lookups: Arc<Semaphore>,
}

impl Default for Names {
    fn default() -> Self {
        Self { lookups: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }
}

impl Names {
    /// The address of a host; the first if there are several.
    pub(super) async fn resolve(&self, host: &str, port: u16) -> io::Result<SocketAddr> {
        if let Ok(ip) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(SocketAddr::new(ip, port));
        }
        let permit = self.lookups.clone().acquire_owned().await.map_err(io::Error::other)?;
        let host = host.to_owned();
        let lookup = move || {
            let _permit = permit; // held until the look-up ends, not until its caller loses patience
            (host.as_str(), port).to_socket_addrs()?.next().ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        tokio::task::spawn_blocking(lookup).await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_of_both_families_need_no_look_up() {
        let names = Names { lookups: Arc::new(Semaphore::new(0)) };
        let resolve = async |host| names.resolve(host, 80).await.unwrap().to_string();
        assert_eq!(resolve("127.0.0.1").await, "127.0.0.1:80");
        assert_eq!(resolve("::1").await, "[::1]:80");
        assert_eq!(resolve("[::1]").await, "[::1]:80");
    }
}
