//! Stored form of switches: a list of changes that make them out of the defaults, so that a switch of a later release
//! is simply not among them. A command carries one of the same changes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use navaid_core::{
    service::Lifetime,
    switches::{DatagramFamily, ProbePace, ServerStatus, SwitchChange, Switches},
};
use prost::{Message, Oneof};

use super::error::{StoredError, required};

/// The one value of the table of switches.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SwitchesValue {
    #[prost(message, repeated, tag = "1")]
    changes: Vec<StoredChange>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StoredChange {
    #[prost(
        oneof = "Kind",
        tags = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24"
    )]
    kind: Option<Kind>,
}

/// Spans are in milliseconds. Numbers are never reused.
#[derive(Clone, PartialEq, Oneof)]
enum Kind {
    #[prost(bool, tag = "1")]
    HealthCheck(bool),
    #[prost(bool, tag = "2")]
    Push(bool),
    #[prost(uint64, tag = "3")]
    ClientBeatInterval(u64),
    #[prost(bool, tag = "4")]
    LightBeat(bool),
    #[prost(uint64, tag = "5")]
    PushCache(u64),
    #[prost(bool, tag = "6")]
    DefaultIsEphemeral(bool),
    #[prost(uint32, tag = "7")]
    ProbeTimes(u32),
    #[prost(message, tag = "8")]
    HttpProbes(Pace),
    #[prost(message, tag = "9")]
    TcpProbes(Pace),
    #[prost(message, tag = "10")]
    MysqlProbes(Pace),
    #[prost(bool, tag = "11")]
    Distro(bool),
    /// The status as every API spells it; empty for none.
    #[prost(string, tag = "12")]
    ServerStatus(String),
    #[prost(message, tag = "13")]
    LimitedUrls(Urls),
    #[prost(message, tag = "14")]
    DatagramVersion(FamilyVersion),
    #[prost(message, tag = "15")]
    Masters(Texts),
    #[prost(uint64, tag = "16")]
    DefaultCache(u64),
    #[prost(float, tag = "17")]
    DistroThreshold(f32),
    #[prost(bool, tag = "18")]
    AutoChangeHealthCheck(bool),
    #[prost(bool, tag = "19")]
    EnableStandalone(bool),
    #[prost(uint64, tag = "20")]
    ServerStatusPeriod(u64),
    #[prost(uint64, tag = "21")]
    ServiceStatusPeriod(u64),
    #[prost(bool, tag = "22")]
    DisableAddIp(bool),
    #[prost(bool, tag = "23")]
    SendBeatOnly(bool),
    #[prost(uint64, tag = "24")]
    DistroServerExpired(u64),
}

#[derive(Clone, PartialEq, Message)]
struct Pace {
    #[prost(uint64, tag = "1")]
    max: u64,
    #[prost(uint64, tag = "2")]
    min: u64,
    #[prost(float, tag = "3")]
    factor: f32,
}

#[derive(Clone, PartialEq, Message)]
struct Urls {
    #[prost(btree_map = "string, uint32", tag = "1")]
    statuses: BTreeMap<String, u32>,
}

#[derive(Clone, PartialEq, Message)]
struct FamilyVersion {
    /// 1 Go, 2 Java, 3 Python, 4 C, 5 C#.
    #[prost(uint32, tag = "1")]
    family: u32,
    #[prost(string, tag = "2")]
    version: String,
}

#[derive(Clone, PartialEq, Message)]
struct Texts {
    #[prost(string, repeated, tag = "1")]
    texts: Vec<String>,
}

impl From<&Switches> for SwitchesValue {
    fn from(switches: &Switches) -> Self {
        Self { changes: switches.changes().iter().map(Into::into).collect() }
    }
}

impl TryFrom<SwitchesValue> for Switches {
    type Error = StoredError;

    fn try_from(stored: SwitchesValue) -> Result<Self, StoredError> {
        let mut switches = Self::default();
        for change in stored.changes {
            switches.change(change.try_into()?);
        }
        Ok(switches)
    }
}

impl From<&SwitchChange> for StoredChange {
    fn from(change: &SwitchChange) -> Self {
        let texts = |texts: &[Arc<str>]| Texts { texts: texts.iter().map(|text| text.to_string()).collect() };
        let kind = match change {
            SwitchChange::HealthCheck(on) => Kind::HealthCheck(*on),
            SwitchChange::Push(on) => Kind::Push(*on),
            SwitchChange::ClientBeatInterval(span) => Kind::ClientBeatInterval(millis(*span)),
            SwitchChange::LightBeat(on) => Kind::LightBeat(*on),
            SwitchChange::PushCache(span) => Kind::PushCache(millis(*span)),
            SwitchChange::DefaultLifetime(lifetime) => Kind::DefaultIsEphemeral(lifetime.is_ephemeral()),
            SwitchChange::ProbeTimes(times) => Kind::ProbeTimes(*times),
            SwitchChange::HttpProbes(pace) => Kind::HttpProbes(pace.into()),
            SwitchChange::TcpProbes(pace) => Kind::TcpProbes(pace.into()),
            SwitchChange::MysqlProbes(pace) => Kind::MysqlProbes(pace.into()),
            SwitchChange::Distro(on) => Kind::Distro(*on),
            SwitchChange::ServerStatus(status) => {
                Kind::ServerStatus(status.map(ServerStatus::as_word).unwrap_or_default().to_owned())
            }
            SwitchChange::LimitedUrls(urls) => Kind::LimitedUrls(urls.into()),
            SwitchChange::DatagramVersion(family, version) => Kind::DatagramVersion(FamilyVersion {
                family: number_of(*family),
                version: version.to_string(),
            }),
            SwitchChange::Masters(masters) => Kind::Masters(texts(masters)),
            SwitchChange::DefaultCache(span) => Kind::DefaultCache(millis(*span)),
            SwitchChange::DistroThreshold(threshold) => Kind::DistroThreshold(*threshold),
            SwitchChange::AutoChangeHealthCheck(on) => Kind::AutoChangeHealthCheck(*on),
            SwitchChange::EnableStandalone(on) => Kind::EnableStandalone(*on),
            SwitchChange::ServerStatusPeriod(period) => Kind::ServerStatusPeriod(millis(*period)),
            SwitchChange::ServiceStatusPeriod(period) => Kind::ServiceStatusPeriod(millis(*period)),
            SwitchChange::DisableAddIp(on) => Kind::DisableAddIp(*on),
            SwitchChange::SendBeatOnly(on) => Kind::SendBeatOnly(*on),
            SwitchChange::DistroServerExpired(span) => Kind::DistroServerExpired(millis(*span)),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<StoredChange> for SwitchChange {
    type Error = StoredError;

    fn try_from(stored: StoredChange) -> Result<Self, StoredError> {
        let kind = stored.kind.ok_or_else(|| StoredError::Newer { what: "unknown switch".into() })?;
        let span = Duration::from_millis;
        Ok(match kind {
            Kind::HealthCheck(on) => Self::HealthCheck(on),
            Kind::Push(on) => Self::Push(on),
            Kind::ClientBeatInterval(millis) => Self::ClientBeatInterval(span(millis)),
            Kind::LightBeat(on) => Self::LightBeat(on),
            Kind::PushCache(millis) => Self::PushCache(span(millis)),
            Kind::DefaultIsEphemeral(is) => Self::DefaultLifetime(Lifetime::from_ephemeral(is)),
            Kind::ProbeTimes(times) => Self::ProbeTimes(times),
            Kind::HttpProbes(pace) => Self::HttpProbes(pace.into()),
            Kind::TcpProbes(pace) => Self::TcpProbes(pace.into()),
            Kind::MysqlProbes(pace) => Self::MysqlProbes(pace.into()),
            Kind::Distro(on) => Self::Distro(on),
            Kind::ServerStatus(word) => Self::ServerStatus(status(&word)?),
            Kind::LimitedUrls(urls) => Self::LimitedUrls(urls.try_into()?),
            Kind::DatagramVersion(FamilyVersion { family, version }) => {
                Self::DatagramVersion(self::family(family)?, version.into())
            }
            Kind::Masters(Texts { texts }) => Self::Masters(texts.into_iter().map(Arc::from).collect()),
            Kind::DefaultCache(millis) => Self::DefaultCache(span(millis)),
            Kind::DistroThreshold(threshold) => Self::DistroThreshold(threshold),
            Kind::AutoChangeHealthCheck(on) => Self::AutoChangeHealthCheck(on),
            Kind::EnableStandalone(on) => Self::EnableStandalone(on),
            Kind::ServerStatusPeriod(millis) => Self::ServerStatusPeriod(span(millis)),
            Kind::ServiceStatusPeriod(millis) => Self::ServiceStatusPeriod(span(millis)),
            Kind::DisableAddIp(on) => Self::DisableAddIp(on),
            Kind::SendBeatOnly(on) => Self::SendBeatOnly(on),
            Kind::DistroServerExpired(millis) => Self::DistroServerExpired(span(millis)),
        })
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn status(word: &str) -> Result<Option<ServerStatus>, StoredError> {
    if word.is_empty() {
        return Ok(None);
    }
    let newer = || StoredError::Newer { what: "unknown server status".into() };
    ServerStatus::from_word(word).map(Some).ok_or_else(newer)
}

fn number_of(family: DatagramFamily) -> u32 {
    match family {
        DatagramFamily::Go => 1,
        DatagramFamily::Java => 2,
        DatagramFamily::Python => 3,
        DatagramFamily::C => 4,
        DatagramFamily::Csharp => 5,
    }
}

fn family(number: u32) -> Result<DatagramFamily, StoredError> {
    let found = DatagramFamily::ALL.into_iter().find(|family| number_of(*family) == number);
    required("client family", found)
}

impl From<&ProbePace> for Pace {
    fn from(pace: &ProbePace) -> Self {
        Self { max: millis(pace.max), min: millis(pace.min), factor: pace.factor }
    }
}

impl From<Pace> for ProbePace {
    fn from(stored: Pace) -> Self {
        Self {
            max: Duration::from_millis(stored.max),
            min: Duration::from_millis(stored.min),
            factor: stored.factor,
        }
    }
}

impl From<&BTreeMap<Arc<str>, u16>> for Urls {
    fn from(urls: &BTreeMap<Arc<str>, u16>) -> Self {
        Self { statuses: urls.iter().map(|(url, status)| (url.to_string(), (*status).into())).collect() }
    }
}

impl TryFrom<Urls> for BTreeMap<Arc<str>, u16> {
    type Error = StoredError;

    fn try_from(stored: Urls) -> Result<Self, StoredError> {
        let status = |(url, status): (String, u32)| {
            let found = status.into();
            let status = u16::try_from(status).map_err(|_| StoredError::Value { field: "status", found })?;
            Ok((Arc::from(url), status))
        };
        stored.statuses.into_iter().map(status).collect()
    }
}
