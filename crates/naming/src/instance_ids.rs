//! Ids that the server gives to instances (`spec/naming-semantics` §1.4). Which generator makes one is said by the
//! instance's metadata; the simple id is derived when it is shown and costs nothing here.

use std::sync::atomic::{AtomicU64, Ordering};

use navaid_core::{Instance, InstanceId, ServiceKey, Timestamp};

/// Metadata key: `simple` or `snowflake`, exactly.
pub const GENERATOR_KEY: &str = "preserved.instance.id.generator";

const EPOCH_MS: u64 = 1_533_429_240_000;
const SEQUENCE_BITS: u32 = 12;
const WORKER_BITS: u32 = 10;

/// The metadata names a generator that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot find the generator of instance ids {name:?}")]
pub struct UnknownGenerator {
    pub name: String,
}

/// Makes ids that no other instance of this process, nor of another worker, has.
#[derive(Debug, Default)]
pub(crate) struct InstanceIds {
    /// Time since the epoch and sequence of the latest id, without the worker.
    last: AtomicU64,
}

impl InstanceIds {
    /// The id for an instance that comes without one.
    pub(crate) fn id_for(
        &self,
        key: &ServiceKey,
        instance: &Instance,
        worker: u16,
        now: Timestamp,
    ) -> Result<InstanceId, UnknownGenerator> {
        match instance.metadata.get(GENERATOR_KEY) {
            None | Some("simple") => Ok(InstanceId::Simple),
            Some("snowflake") => {
                let number = self.snowflake(worker, now);
                Ok(InstanceId::Given(format!("{number}#{}#{}", instance.cluster, key.grouped()).into()))
            }
            Some(other) => Err(UnknownGenerator { name: other.to_owned() }),
        }
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
        let id = InstanceIds::default().id_for(&key, &instance, 3, Timestamp(EPOCH_MS + 1))?;
        Ok(Instance { id, ..instance }.id_text(&key))
    }

    #[test]
    fn metadata_chooses_the_generator_by_its_exact_name() {
        assert_eq!(id_of(None).unwrap(), "10.0.0.1#80#DEFAULT#DEFAULT_GROUP@@s");
        assert_eq!(id_of(Some("simple")), id_of(None));
        let snowflake = (1 << 22) | (3 << 12);
        assert_eq!(id_of(Some("snowflake")).unwrap(), format!("{snowflake}#DEFAULT#DEFAULT_GROUP@@s"));
        assert_eq!(id_of(Some("SNOWFLAKE")), Err(UnknownGenerator { name: "SNOWFLAKE".into() }));
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
