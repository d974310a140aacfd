//! One change of one switch: what an operator asks for, what a command carries, and, one after the other, what brings
//! switches back from the store.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{DatagramVersions, IdleSwitches, ProbePace, ServerStatus, Switches};
use crate::service::Lifetime;

/// A new value of one switch; fields of [`Switches`] say what each means. Two changes of different switches never undo
/// each other, whatever their order.
#[derive(Debug, Clone, PartialEq)]
pub enum SwitchChange {
    HealthCheck(bool),
    Push(bool),
    ClientBeatInterval(Duration),
    LightBeat(bool),
    PushCache(Duration),
    DefaultLifetime(Lifetime),
    ProbeTimes(u32),
    HttpProbes(ProbePace),
    TcpProbes(ProbePace),
    MysqlProbes(ProbePace),
    Distro(bool),
    ServerStatus(Option<ServerStatus>),
    LimitedUrls(BTreeMap<Arc<str>, u16>),
    DatagramVersion(DatagramFamily, Arc<str>),
    Masters(Vec<Arc<str>>),
    DefaultCache(Duration),
    DistroThreshold(f32),
    AutoChangeHealthCheck(bool),
    EnableStandalone(bool),
    ServerStatusPeriod(Duration),
    ServiceStatusPeriod(Duration),
    DisableAddIp(bool),
    SendBeatOnly(bool),
    DistroServerExpired(Duration),
}

/// Clients that are told apart by [`DatagramVersions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatagramFamily {
    Go,
    Java,
    Python,
    C,
    Csharp,
}

impl DatagramFamily {
    pub const ALL: [Self; 5] = [Self::Go, Self::Java, Self::Python, Self::C, Self::Csharp];
}

impl DatagramVersions {
    /// First version of a family that is pushed to.
    pub fn of(&self, family: DatagramFamily) -> &Arc<str> {
        match family {
            DatagramFamily::Go => &self.go,
            DatagramFamily::Java => &self.java,
            DatagramFamily::Python => &self.python,
            DatagramFamily::C => &self.c,
            DatagramFamily::Csharp => &self.csharp,
        }
    }

    fn slot(&mut self, family: DatagramFamily) -> &mut Arc<str> {
        match family {
            DatagramFamily::Go => &mut self.go,
            DatagramFamily::Java => &mut self.java,
            DatagramFamily::Python => &mut self.python,
            DatagramFamily::C => &mut self.c,
            DatagramFamily::Csharp => &mut self.csharp,
        }
    }
}

impl Switches {
    /// Gives one switch its new value.
    pub fn change(&mut self, change: SwitchChange) {
        let idle = &mut self.idle;
        match change {
            SwitchChange::HealthCheck(on) => self.health_check_enabled = on,
            SwitchChange::Push(on) => self.push_enabled = on,
            SwitchChange::ClientBeatInterval(interval) => self.client_beat_interval = interval,
            SwitchChange::LightBeat(on) => self.light_beat_enabled = on,
            SwitchChange::PushCache(span) => self.push_cache = span,
            SwitchChange::DefaultLifetime(lifetime) => self.default_lifetime = lifetime,
            SwitchChange::ProbeTimes(times) => self.probe_times = times,
            SwitchChange::HttpProbes(pace) => self.http_probes = pace,
            SwitchChange::TcpProbes(pace) => self.tcp_probes = pace,
            SwitchChange::MysqlProbes(pace) => self.mysql_probes = pace,
            SwitchChange::Distro(on) => self.distro_enabled = on,
            SwitchChange::ServerStatus(status) => self.server_status = status,
            SwitchChange::LimitedUrls(urls) => self.limited_urls = urls,
            SwitchChange::DatagramVersion(family, version) => *self.datagram_versions.slot(family) = version,
            SwitchChange::Masters(masters) => idle.masters = Some(masters),
            SwitchChange::DefaultCache(span) => idle.default_cache = span,
            SwitchChange::DistroThreshold(threshold) => idle.distro_threshold = threshold,
            SwitchChange::AutoChangeHealthCheck(on) => idle.auto_change_health_check = on,
            SwitchChange::EnableStandalone(on) => idle.enable_standalone = on,
            SwitchChange::ServerStatusPeriod(period) => idle.server_status_period = period,
            SwitchChange::ServiceStatusPeriod(period) => idle.service_status_period = period,
            SwitchChange::DisableAddIp(on) => idle.disable_add_ip = on,
            SwitchChange::SendBeatOnly(on) => idle.send_beat_only = on,
            SwitchChange::DistroServerExpired(span) => idle.distro_server_expired = span,
        }
    }

    /// The changes that make these switches out of the defaults.
    pub fn changes(&self) -> Vec<SwitchChange> {
        let mut changes = vec![
            SwitchChange::HealthCheck(self.health_check_enabled),
            SwitchChange::Push(self.push_enabled),
            SwitchChange::ClientBeatInterval(self.client_beat_interval),
            SwitchChange::LightBeat(self.light_beat_enabled),
            SwitchChange::PushCache(self.push_cache),
            SwitchChange::DefaultLifetime(self.default_lifetime),
            SwitchChange::ProbeTimes(self.probe_times),
            SwitchChange::HttpProbes(self.http_probes),
            SwitchChange::TcpProbes(self.tcp_probes),
            SwitchChange::MysqlProbes(self.mysql_probes),
            SwitchChange::Distro(self.distro_enabled),
            SwitchChange::ServerStatus(self.server_status),
            SwitchChange::LimitedUrls(self.limited_urls.clone()),
        ];
        let version =
            |family| SwitchChange::DatagramVersion(family, self.datagram_versions.of(family).clone());
        changes.extend(DatagramFamily::ALL.map(version));
        changes.extend(self.idle.changes());
        changes
    }
}

impl IdleSwitches {
    fn changes(&self) -> impl Iterator<Item = SwitchChange> {
        let others = [
            SwitchChange::DefaultCache(self.default_cache),
            SwitchChange::DistroThreshold(self.distro_threshold),
            SwitchChange::AutoChangeHealthCheck(self.auto_change_health_check),
            SwitchChange::EnableStandalone(self.enable_standalone),
            SwitchChange::ServerStatusPeriod(self.server_status_period),
            SwitchChange::ServiceStatusPeriod(self.service_status_period),
            SwitchChange::DisableAddIp(self.disable_add_ip),
            SwitchChange::SendBeatOnly(self.send_beat_only),
            SwitchChange::DistroServerExpired(self.distro_server_expired),
        ];
        self.masters.clone().map(SwitchChange::Masters).into_iter().chain(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Switches of which none has its default.
    fn all_different() -> Switches {
        let pace = ProbePace { max: Duration::from_secs(9), min: Duration::from_secs(4), factor: 0.25 };
        Switches {
            health_check_enabled: false,
            push_enabled: false,
            client_beat_interval: Duration::from_secs(6),
            light_beat_enabled: false,
            push_cache: Duration::from_secs(11),
            default_lifetime: Lifetime::Persistent,
            probe_times: 7,
            http_probes: pace,
            tcp_probes: pace,
            mysql_probes: pace,
            distro_enabled: false,
            server_status: Some(ServerStatus::ReadOnly),
            limited_urls: [("/x".into(), 403)].into(),
            datagram_versions: DatagramVersions {
                go: "1.0.1".into(),
                java: "1.0.2".into(),
                python: "1.0.3".into(),
                c: "1.0.4".into(),
                csharp: "1.0.5".into(),
            },
            idle: IdleSwitches {
                masters: Some(vec!["a".into()]),
                default_cache: Duration::from_secs(4),
                distro_threshold: 0.5,
                auto_change_health_check: false,
                enable_standalone: false,
                server_status_period: Duration::from_secs(3),
                service_status_period: Duration::from_secs(6),
                disable_add_ip: true,
                send_beat_only: true,
                distro_server_expired: Duration::from_secs(11),
            },
        }
    }

    #[test]
    fn changes_make_the_switches_whatever_they_were() {
        for (from, to) in [(Switches::default(), all_different()), (all_different(), Switches::default())] {
            let mut switches = from;
            to.changes().into_iter().for_each(|change| switches.change(change));
            // That there were never any masters cannot be asked for, as in the reference.
            switches.idle.masters = to.idle.masters.clone();
            assert_eq!(switches, to);
        }
    }
}
