//! Ports for many servers at once.

use std::net::TcpListener;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port handed out. The last one is below the range from which systems take ports for outgoing connections.
const FIRST: u16 = 10_000;
/// Servers in a row of neighbouring main ports.
const ROW: u16 = 500;
/// Rows, each with its main ports in one thousand and its gRPC ports in the next.
const ROWS: u16 = 10;

/// The next place to look at, for everybody in this process: two tests that look at once must not find the same. It
/// starts where other processes do not, so that two test runs on one machine seldom meet.
static NEXT: LazyLock<AtomicU16> =
    LazyLock::new(|| AtomicU16::new((std::process::id() % u32::from(ROW * ROWS)) as u16));

/// Hands out ports of which a server needs four: main and console next to each other, and the two gRPC ports that are
/// 1000 and 1001 above the main port.
#[derive(Debug, Default)]
pub struct Ports(());

/// The ports of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerPorts {
    /// HTTP; gRPC is 1000 above it.
    pub main: u16,
    pub console: u16,
}

impl Ports {
    /// The next four ports that are free now. Another process may still take one before the server does.
    pub fn next_free(&self) -> Option<ServerPorts> {
        (0..ROW * ROWS).map(|_| self.next()).find(|ports| ports.are_free())
    }

    fn next(&self) -> ServerPorts {
        ServerPorts::at(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl ServerPorts {
    /// Those of one place; places repeat after [`ROWS`] rows.
    fn at(number: u16) -> Self {
        let number = number % (ROW * ROWS);
        let main = FIRST + number / ROW * 2000 + number % ROW * 2;
        Self { main, console: main + 1 }
    }

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
        let mut seen = HashSet::new();
        for ServerPorts { main, console } in (0..ROW * ROWS).map(ServerPorts::at) {
            for port in [main, console, main + 1000, main + 1001] {
                assert!((FIRST..30_000).contains(&port) && seen.insert(port), "{port}");
            }
        }
    }

    #[test]
    fn port_in_use_is_passed_over() {
        let found = Ports::default().next_free().unwrap();
        let _held = TcpListener::bind(("127.0.0.1", found.main)).unwrap();
        assert!(!found.are_free());
        assert_ne!(Ports::default().next_free(), Some(found));
    }
}
