//! Services as the mesh is told of them, and what peers of the mesh say.

mod request;
mod service;

use std::time::Duration;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use navaid_core::mesh::MeshProtocol;
use navaid_mesh::fuzzing::Stream;

use request::Request;
use service::{Simple, newcomer};

pub use service::Service;

/// What happens on a stream, from its begin to its end.
#[derive(Debug, Arbitrary)]
pub struct Talk<'a> {
    protocol: Protocol,
    events: Vec<Event<'a>>,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Protocol {
    Mcp,
    World,
    Delta,
}

#[derive(Debug, Arbitrary)]
enum Event<'a> {
    /// A message that may be a request.
    Bytes(&'a [u8]),
    /// One that is, so that what it says is reached.
    Request(Request<'a>),
    Change(Simple),
    Milliseconds(u8),
    /// The peer reads.
    Read,
}

impl Protocol {
    fn in_core(self) -> MeshProtocol {
        match self {
            Self::Mcp => MeshProtocol::Mcp,
            Self::World => MeshProtocol::World,
            Self::Delta => MeshProtocol::Delta,
        }
    }
}

/// Whatever a peer says, its stream answers a bounded number of times, in messages of its protocol; and once the peer
/// behaves it holds what is there.
pub fn stream_answers_and_comes_to_rest(talk: &Talk<'_>) {
    let mut stream = Stream::new(talk.protocol.in_core());
    for event in &talk.events {
        let goes_on = match event {
            Event::Bytes(bytes) => stream.hear(bytes),
            Event::Request(request) => {
                let nonce = stream.nonce(request.type_name(talk.protocol)).to_owned();
                stream.hear(&request.encode(talk.protocol, &nonce))
            }
            Event::Change(service) => {
                stream.register(&service.registered());
                true
            }
            Event::Milliseconds(span) => {
                stream.pass(Duration::from_millis((*span).into()));
                true
            }
            Event::Read => {
                stream.take_answers();
                true
            }
        };
        if !goes_on {
            return;
        }
    }
    stream.comes_to_know_everything(&newcomer());
}
