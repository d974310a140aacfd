//! The server that steps go to.

/// Where the server listens.
#[derive(Clone, Debug)]
pub struct Target {
    pub host: String,
    /// The main HTTP port; gRPC is expected at 1000 above it.
    pub port: u16,
    /// The port of the console, needed only by steps that go there.
    pub console_port: Option<u16>,
}

impl Target {
    /// A server at a host and its ports.
    pub fn new(host: impl Into<String>, port: u16, console_port: Option<u16>) -> Self {
        Self { host: host.into(), port, console_port }
    }
}
