//! Ids that the server gives to instances (`spec/naming-semantics` §1.4). Which generator makes one is said by the
//! instance's metadata: `simple` and `snowflake`, which Nacos knows, those that a setting defines ([`IdTemplate`]), and
//! those of whoever builds the engine ([`InstanceIdGenerator`]). The simple id is derived when it is shown and costs
//! nothing here.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use navaid_core::{Instance, InstanceId, ServiceKey, Timestamp};

mod template;

pub use template::{IdTemplate, IdTemplateError};

/// Metadata key: the exact name of a generator.
pub const GENERATOR_KEY: &str = "preserved.instance.id.generator";

const EPOCH_MS: u64 = 1_533_429_240_000;
const SEQUENCE_BITS: u32 = 12;
const WORKER_BITS: u32 = 10;

const SIMPLE: &str = "simple";
const SNOWFLAKE: &str = "snowflake";

/// Makes ids for the instances whose metadata names it. Registered with [`Naming`](crate::Naming) when that is built.
pub trait InstanceIdGenerator: Send + Sync + 'static {
    /// What metadata calls it, exactly.
    fn name(&self) -> &str;

    /// The id of an instance that is being registered. Called again whenever it registers again: an id that differs
    /// then is pushed to every subscriber.
    fn id(&self, subject: &IdSubject<'_>) -> Arc<str>;
}

/// What an id is made of.
pub struct IdSubject<'a> {
    pub key: &'a ServiceKey,
    pub instance: &'a Instance,
    numbers: &'a dyn Fn() -> u64,
}

impl IdSubject<'_> {
    /// A number that no other id has, of any member: each call takes one.
    pub fn number(&self) -> u64 {
        (self.numbers)()
    }
}

/// The metadata names a generator that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot find the generator of instance ids {name:?}; there are {}", known.join(", "))]
pub struct UnknownGenerator {
    pub name: String,
    /// Those that exist.
    pub known: Vec<String>,
}

/// Makes ids that no other instance of this process, nor of another worker, has.
#[derive(Default)]
pub(crate) struct InstanceIds {
    /// Time since the epoch and sequence of the latest id, without the worker.
    last: AtomicU64,
    /// Beside those that are built in.
    generators: Vec<Arc<dyn InstanceIdGenerator>>,
}

impl InstanceIds {
    /// Adds a generator; of two of one name, the one that came first counts.
    pub(crate) fn add(&mut self, generator: Arc<dyn InstanceIdGenerator>) {
        self.generators.push(generator);
    }

    /// The id for an instance that comes without one.
    pub(crate) fn id_for(
        &self,
        key: &ServiceKey,
        instance: &Instance,
        worker: u16,
        now: Timestamp,
    ) -> Result<InstanceId, UnknownGenerator> {
        let numbers = || self.snowflake(worker, now);
        match instance.metadata.get(GENERATOR_KEY) {
            None | Some(SIMPLE) => Ok(InstanceId::Simple),
            Some(SNOWFLAKE) => {
                let id = format!("{}#{}#{}", numbers(), instance.cluster, key.grouped());
                Ok(InstanceId::Given(id.into()))
            }
            Some(name) => {
                let found = self.generators.iter().find(|generator| generator.name() == name);
                let subject = IdSubject { key, instance, numbers: &numbers };
                found
                    .map(|generator| InstanceId::Given((*generator.id(&subject)).into()))
                    .ok_or_else(|| self.unknown(name))
            }
        }
    }

    fn unknown(&self, name: &str) -> UnknownGenerator {
        let own = self.generators.iter().map(|generator| generator.name());
        let known = [SIMPLE, SNOWFLAKE].into_iter().chain(own).map(str::to_owned).collect();
        UnknownGenerator { name: name.to_owned(), known }
    }

    /// The latest number that was given out; none before the first.
    pub(crate) fn latest(&self, worker: u16) -> Option<u64> {
        let last = self.last.load(Ordering::Relaxed);
        (last > 0).then(|| with_worker(last, worker))
    }

    /// A number that grows: with time, or with its sequence where the clock stands still or goes back. More than 4096
    /// in a millisecond run ahead of the clock.
    fn snowflake(&self, worker: u16, now: Timestamp) -> u64 {
        let floor = now.as_millis().saturating_sub(EPOCH_MS) << SEQUENCE_BITS;
        let next = |last: u64| floor.max(last + 1);
        let last = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        with_worker(next(last.expect("the update always gives a value")), worker)
    }
}

fn with_worker(stamp: u64, worker: u16) -> u64 {
    let (time, sequence) = (stamp >> SEQUENCE_BITS, stamp & ((1 << SEQUENCE_BITS) - 1));
    time << (WORKER_BITS + SEQUENCE_BITS) | u64::from(worker) << SEQUENCE_BITS | sequence
}

#[cfg(test)]
mod tests {
    use navaid_core::{ClusterName, Endpoint, GroupName, Metadata, NamespaceId, ServiceName};

    use super::*;

    struct Loud;

    impl InstanceIdGenerator for Loud {
        fn name(&self) -> &str {
            "loud"
        }

        fn id(&self, subject: &IdSubject<'_>) -> Arc<str> {
            subject.key.name().to_uppercase().into()
        }
    }

    fn id_of(generator: Option<&str>) -> Result<String, UnknownGenerator> {
        let key = ServiceKey::new(
            &NamespaceId::default(),
            &GroupName::default(),
            &ServiceName::parse("s").unwrap(),
        );
        let metadata: Metadata = generator.map(|name| (GENERATOR_KEY, name)).into_iter().collect();
        let instance = Instance {
            endpoint: Endpoint { ip: "10.0.0.1".into(), port: 80 },
            cluster: ClusterName::default(),
            weight: 1.0,
            enabled: true,
            healthy: true,
            metadata,
            id: InstanceId::Simple,
        };
        let mut ids = InstanceIds::default();
        ids.add(Arc::new(Loud));
        ids.add(Arc::new("ticket={service}@{ip}:{port}/{sequence}".parse::<IdTemplate>().unwrap()));
        let id = ids.id_for(&key, &instance, 3, Timestamp(EPOCH_MS + 1))?;
        Ok(Instance { id, ..instance }.id_text(&key))
    }

    #[test]
    fn metadata_chooses_the_generator_by_its_exact_name() {
        assert_eq!(id_of(None).unwrap(), "10.0.0.1#80#DEFAULT#DEFAULT_GROUP@@s");
        assert_eq!(id_of(Some("simple")), id_of(None));
        let snowflake = (1 << 22) | (3 << 12);
        assert_eq!(id_of(Some("snowflake")).unwrap(), format!("{snowflake}#DEFAULT#DEFAULT_GROUP@@s"));
        assert_eq!(id_of(Some("loud")).unwrap(), "S");
        assert_eq!(id_of(Some("ticket")).unwrap(), format!("s@10.0.0.1:80/{snowflake}"));
        assert_eq!(
            id_of(Some("SNOWFLAKE")).unwrap_err().to_string(),
            "cannot find the generator of instance ids \"SNOWFLAKE\"; there are simple, snowflake, loud, ticket"
        );
    }

    #[test]
    fn latest_number_is_the_one_given_last() {
        let ids = InstanceIds::default();
        assert_eq!(ids.latest(3), None);
        let given = ids.snowflake(3, Timestamp(EPOCH_MS + 5));
        assert_eq!(ids.latest(3), Some(given));
    }

    #[test]
    fn numbers_grow_even_when_the_clock_goes_back() {
        let ids = InstanceIds::default();
        let at = |ms| ids.snowflake(0, Timestamp(EPOCH_MS + ms));
        let numbers = [at(5), at(5), at(4), at(6)];
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }
}
