//! Ports for many servers at once.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port handed out. The last one is below the range from which systems take ports for outgoing connections.
const FIRST: u16 = 10_000;
/// Servers in a row of neighbouring main ports.
const ROW: u16 = 500;
/// Rows, each with its main ports in one thousand and its gRPC ports in the next.
const ROWS: u16 = 10;

/// Hands out ports of which a server needs four: main and console next to each other, and the two gRPC ports that are
/// 1000 and 1001 above the main port.
#[derive(Debug)]
pub struct Ports {
    next: AtomicU16,
}

/// The ports of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerPorts {
    /// HTTP; gRPC is 1000 above it.
    pub main: u16,
    pub console: u16,
}

impl Default for Ports {
    /// Starts at a place that differs between processes, so that two test runs on one machine seldom meet.
    fn default() -> Self {
        Self { next: AtomicU16::new((std::process::id() % u32::from(ROW * ROWS)) as u16) }
    }
}

impl Ports {
    /// The next four ports that are free now. Another process may still take one before the server does.
    pub fn next_free(&self) -> Option<ServerPorts> {
        (0..ROW * ROWS).map(|_| self.next()).find(|ports| ports.are_free())
    }

    fn next(&self) -> ServerPorts {
        let number = self.next.fetch_add(1, Ordering::Relaxed) % (ROW * ROWS);
        let main = FIRST + number / ROW * 2000 + number % ROW * 2;
        ServerPorts { main, console: main + 1 }
    }
}

impl ServerPorts {
    fn are_free(self) -> bool {
        let needed = [self.main, self.console, self.main + 1000, self.main + 1001];
        needed.iter().all(|port| TcpListener::bind(("0.0.0.0", *port)).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn servers_share_no_port() {
        let ports = Ports::default();
        let mut seen = HashSet::new();
        for _ in 0..ROW * ROWS {
            let ServerPorts { main, console } = ports.next();
            for port in [main, console, main + 1000, main + 1001] {
                assert!((FIRST..30_000).contains(&port) && seen.insert(port), "{port}");
            }
        }
    }

    #[test]
    fn port_in_use_is_passed_over() {
        let ports = Ports::default();
        let first = ports.next_free().unwrap();
        let again = Ports { next: AtomicU16::new(ports.next.load(Ordering::Relaxed) - 1) };
        let _held = TcpListener::bind(("127.0.0.1", first.main)).unwrap();
        assert_ne!(again.next_free(), Some(first));
    }
}
