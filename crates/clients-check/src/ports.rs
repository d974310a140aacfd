//! Ports for servers and programs that run at the same time.
//!
//! They lie below the range from which the system takes the local ports of outgoing connections: otherwise a client
//! could sit on a server's port in the moment between its kill and its restart.

use std::net::{Ipv4Addr, TcpListener};
use std::process;

use anyhow::{Result, bail};
use parking_lot::Mutex;

/// What SDKs add to the HTTP port to find gRPC.
const GRPC_OFFSET: u16 = 1000;
/// Processes of the runner that share a machine look for ports in lanes of their own, as far as there are lanes.
const LANES: u32 = 5;
const FIRST_LANE: u16 = 20_000;
const LANE_WIDTH: u16 = 2 * GRPC_OFFSET;
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

/// Hands out each set of ports once.
pub(crate) struct PortLane {
    next: Mutex<u16>,
    end: u16,
}

impl PortLane {
    pub(crate) fn of_this_process() -> Self {
        let lane = u16::try_from(process::id() % LANES).expect("a remainder of a small number");
        let first = FIRST_LANE + lane * LANE_WIDTH;
        PortLane { next: Mutex::new(first), end: first + GRPC_OFFSET }
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
        bail!("no free ports between {FIRST_LANE} and {}", self.end + GRPC_OFFSET)
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
        let lane = PortLane { next: Mutex::new(31_000), end: 31_000 + GRPC_OFFSET };
        let first = lane.take().unwrap();
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, first.console + PORTS_PER_SET)).unwrap();
        let second = lane.take().unwrap();
        assert!(second.http >= first.http + 2 * PORTS_PER_SET, "{first:?} then {second:?}");
    }

    #[test]
    fn lane_without_free_ports_is_an_error() {
        let lane = PortLane { next: Mutex::new(31_500), end: 31_500 };
        assert!(lane.take().is_err());
    }
}
