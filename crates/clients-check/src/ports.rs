//! Ports for servers and programs that run at the same time.
//!
//! They lie below the range from which the system takes the local ports of outgoing connections: otherwise a client
//! could sit on a server's port in the moment between its kill and its restart. Above 30000 no other tests of ours
//! take ports.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;

/// What SDKs add to the HTTP port to find gRPC.
const GRPC_OFFSET: u16 = 1000;
/// Processes of the runner that share a machine have a lane each.
const LANES: u16 = 10;
const FIRST_LANE: u16 = 30_000;
const LANE_WIDTH: u16 = GRPC_OFFSET / LANES;
const PORTS_PER_SET: u16 = 3;

/// The ports of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// HTTP; gRPC is 1000 above it.
    pub(crate) http: u16,
    pub(crate) console: u16,
    /// For a program that must listen itself.
    pub(crate) program: u16,
}

/// Hands out each set of ports once. No other process of the runner gets them, even while nobody listens on them.
pub(crate) struct PortLane {
    next: Mutex<u16>,
    end: u16,
    /// On the lane's last port. Whoever holds it has the lane.
    _holder: TcpListener,
}

impl PortLane {
    /// A lane that nobody has.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn of_this_process() -> Result<Self> {
        let lane = (0..LANES).find_map(|lane| Self::enter(FIRST_LANE + lane * LANE_WIDTH));
        lane.with_context(|| format!("{LANES} processes of the runner share this machine already"))
    }

    fn enter(first: u16) -> Option<Self> {
        let end = first + LANE_WIDTH - 1;
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, end)).ok()?;
        Some(PortLane { next: Mutex::new(first), end, _holder: holder })
    }

    /// A set in which no port is listened on now.
    pub(crate) fn take(&self) -> Result<Ports> {
        let mut next = self.next.lock();
        while *next + PORTS_PER_SET <= self.end {
            let ports = Ports { http: *next, console: *next + 1, program: *next + 2 };
            *next += PORTS_PER_SET;
            if [ports.http, ports.http + GRPC_OFFSET, ports.console, ports.program].into_iter().all(is_free) {
                return Ok(ports);
            }
        }
        bail!("no free ports up to {} in this lane", self.end)
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn port_in_use_is_passed_over() {
        let lane = PortLane::of_this_process().unwrap();
        let first = lane.take().unwrap();
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, first.console + PORTS_PER_SET)).unwrap();
        let second = lane.take().unwrap();
        assert!(second.http >= first.http + 2 * PORTS_PER_SET, "{first:?} then {second:?}");
    }

    #[test]
    fn lane_is_for_one_alone_until_it_is_left() {
        let one = PortLane::of_this_process().unwrap();
        let other = PortLane::of_this_process().unwrap();
        assert_ne!(one.end, other.end);
        let first = one.end + 1 - LANE_WIDTH;
        assert!(PortLane::enter(first).is_none());
        drop(one);
        assert!(PortLane::enter(first).is_some());
    }

    #[test]
    fn lane_without_free_ports_is_an_error() {
        let lane = PortLane::of_this_process().unwrap();
        let taken = std::iter::from_fn(|| lane.take().ok()).count();
        assert!((1..=usize::from(LANE_WIDTH / PORTS_PER_SET)).contains(&taken), "{taken}");
        assert!(lane.take().is_err());
    }
}
