//! One stream before a catalog, and what its peer makes of it.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use navaid_core::{
    Moment, Now, Timestamp,
    mesh::{MeshProtocol, MeshSubscription},
};
use prost::Message;

use super::{
    Registered,
    dialect::{Dialect, Said, unversioned},
    mirror::Mirror,
    resources,
};
use crate::{
    catalog::{Catalog, Owner, Table},
    kind::Kind,
    settings::{Limits, PushTiming, Translation},
    stream::{Answer, Cut, Heard, Step, delta::Delta, mcp::Mcp, world::World},
};

/// Rounds of answers and acknowledgements after which a stream must have come to rest.
const ROUNDS_MAX: usize = 16;
/// Limits that an input can reach.
const LIMITS: Limits =
    Limits { connections: 1, streams: 1, request: 4096, names_per_stream: 64, types_per_stream: 12 };

/// See the module.
pub struct Stream {
    speaker: Box<dyn Speaker>,
    catalog: Catalog,
    now: Now,
    mirror: Mirror,
    nonces: HashSet<String>,
    /// The names that the peer asked for at last, by type.
    asked: BTreeMap<Arc<str>, Vec<String>>,
}

/// What a request is about.
struct Asked {
    type_name: String,
    /// Whether the peer says what it holds.
    is_anew: bool,
}

/// A machine, whatever its protocol.
trait Speaker {
    /// What a request is about, and what it came to; none for bytes that are no request.
    fn hear(&mut self, bytes: &[u8]) -> Option<(Asked, Result<Heard, Cut>)>;
    fn next(&mut self, catalog: &Catalog, now: Now) -> Step;
    fn read(&self, answer: Bytes) -> Said;
    fn kind(&self, type_name: &str) -> Option<Kind>;
    fn subscriptions(&self) -> Vec<MeshSubscription>;
    fn say(
        &mut self,
        known: &MeshSubscription,
        nonce: &str,
        names: Vec<String>,
        is_question: bool,
    ) -> Result<Heard, Cut>;
}

impl<M: Dialect> Speaker for M {
    fn hear(&mut self, bytes: &[u8]) -> Option<(Asked, Result<Heard, Cut>)> {
        let request = M::Request::decode(bytes).ok()?;
        let asked = Asked { type_name: M::type_of(&request).to_owned(), is_anew: M::begins_anew(&request) };
        Some((asked, self.hear(request)))
    }

    fn next(&mut self, catalog: &Catalog, now: Now) -> Step {
        self.next(catalog, now)
    }

    fn read(&self, answer: Bytes) -> Said {
        M::read(answer)
    }

    fn kind(&self, type_name: &str) -> Option<Kind> {
        M::kind(type_name)
    }

    fn subscriptions(&self) -> Vec<MeshSubscription> {
        self.subscriptions()
    }

    fn say(
        &mut self,
        known: &MeshSubscription,
        nonce: &str,
        names: Vec<String>,
        is_question: bool,
    ) -> Result<Heard, Cut> {
        let request = if is_question { M::ask } else { M::acknowledge };
        self.hear(request(known, nonce, names))
    }
}

impl Stream {
    pub fn new(protocol: MeshProtocol) -> Self {
        let (suffix, timing) = (Translation::default().suffix, PushTiming::default());
        let speaker: Box<dyn Speaker> = match protocol {
            MeshProtocol::Mcp => Box::new(Mcp::new(LIMITS, timing)),
            MeshProtocol::World => Box::new(World::new(suffix, LIMITS, timing)),
            MeshProtocol::Delta => Box::new(Delta::new(suffix, LIMITS, timing)),
        };
        let now = Now { wall: Timestamp(1), mono: Moment(1) };
        Self {
            speaker,
            catalog: Catalog::default(),
            now,
            mirror: Mirror::default(),
            nonces: HashSet::new(),
            asked: BTreeMap::new(),
        }
    }

    /// Hears a request, which may be none; false when it costs the stream.
    #[must_use]
    pub fn hear(&mut self, bytes: &[u8]) -> bool {
        let Some((asked, Ok(heard))) = self.speaker.hear(bytes) else { return false };
        if heard == Heard::Refused {
            self.mirror.refuse(&asked.type_name);
        }
        if asked.is_anew {
            self.mirror.forget(&asked.type_name);
        }
        true
    }

    /// Nonce of the last answer of a type; empty before it.
    pub fn nonce(&self, type_name: &str) -> &str {
        self.mirror.nonce(type_name)
    }

    /// Registers a service anew; one without instances goes.
    pub fn register(&mut self, service: &Registered) {
        self.catalog.replace(&Owner::Service(service.key.clone()), resources(service));
    }

    /// Lets time pass.
    pub fn pass(&mut self, span: Duration) {
        self.now.mono = self.now.mono + span;
        self.now.wall = Timestamp(self.now.wall.0 + u64::try_from(span.as_millis()).unwrap_or(u64::MAX));
    }

    /// Takes every answer that is due; how many there were.
    ///
    /// # Panics
    /// One is no message of the protocol, bears a nonce that another bore, or is the second of its type although
    /// nothing happened since the first.
    pub fn take_answers(&mut self) -> usize {
        let mut answered = BTreeSet::new();
        loop {
            match self.speaker.next(&self.catalog, self.now) {
                Step::Answer(Answer { head, resources }) => {
                    let said = self.speaker.read([head, resources].concat().into());
                    assert!(self.nonces.insert(said.nonce.clone()), "nonce {} is used twice", said.nonce);
                    assert!(answered.insert(said.type_name.clone()), "{} is answered twice", said.type_name);
                    self.mirror.take(said);
                }
                Step::Wait(until) => {
                    assert!(until > self.now.mono, "there is nothing to wait for");
                    return answered.len();
                }
                Step::Idle => return answered.len(),
            }
        }
    }

    /// Lets the peer behave: it acknowledges everything, and asks for everything that is there and for the newcomer. Once
    /// that has come, which changes whatever can be asked for, the peer must hold what the catalog has, whatever it refused
    /// or asked for before.
    ///
    /// # Panics
    /// It lacks a resource, or holds one that is gone.
    pub fn comes_to_know_everything(mut self, newcomer: &Registered) {
        self.take_answers();
        if self.ask_for_everything(newcomer).is_err() {
            return;
        }
        self.come_to_rest();
        self.register(newcomer);
        self.come_to_rest();
        for known in self.speaker.subscriptions() {
            let type_name = &*known.type_name;
            let Some(kind) = self.speaker.kind(type_name).filter(|_| known.answers > 0) else { continue };
            let held = self.mirror.held(type_name).expect("it was answered");
            for resource in self.catalog.table(kind).all() {
                let content = held.get(&*resource.name).map(|message| unversioned(kind, message));
                let wanted = Some(unversioned(kind, &resource.message));
                assert_eq!(content, wanted, "{type_name}: {}", resource.name);
            }
            if self.mirror.is_whole(type_name) {
                assert_eq!(held.len(), self.catalog.table(kind).len(), "{type_name} holds what is gone");
            }
        }
    }

    fn ask_for_everything(&mut self, newcomer: &Registered) -> Result<(), Cut> {
        let coming = resources(newcomer);
        for known in self.speaker.subscriptions() {
            let kind = self.speaker.kind(&known.type_name);
            let coming = coming.iter().filter(|(of, _)| Some(*of) == kind);
            let names = self.names(kind).chain(coming.map(|(_, resource)| resource.name.to_string()));
            let names: Vec<String> = names.collect();
            self.mirror.close(&known.type_name);
            let nonce = self.mirror.nonce(&known.type_name);
            self.speaker.say(&known, nonce, names.clone(), true)?;
            self.asked.insert(known.type_name, names);
        }
        Ok(())
    }

    /// Acknowledges until nothing more comes.
    fn come_to_rest(&mut self) {
        for _ in 0..ROUNDS_MAX {
            self.pass(PushTiming::default().spacing);
            if self.take_answers() == 0 {
                return;
            }
            for known in self.speaker.subscriptions() {
                if self.mirror.close(&known.type_name) {
                    let nonce = self.mirror.nonce(&known.type_name);
                    let names = self.asked.get(&known.type_name).cloned().unwrap_or_default();
                    let heard = self.speaker.say(&known, nonce, names, false);
                    assert_eq!(heard, Ok(Heard::Taken), "what was asked for before breaks no limit");
                }
            }
        }
        panic!("it is answered for ever");
    }

    fn names(&self, kind: Option<Kind>) -> impl Iterator<Item = String> {
        let table = kind.map(|kind| self.catalog.table(kind));
        table.into_iter().flat_map(Table::all).map(|resource| resource.name.to_string())
    }
}
