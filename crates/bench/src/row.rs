//! The table of rows: name, concurrency, and which function measures it.

use std::borrow::Cow;

use anyhow::Result;

use crate::outcome::Outcome;
use crate::requests::config;
use crate::rows::mesh::Crowd;
use crate::rows::service_list::Pages;
use crate::rows::{
    absent, fan_out, footprint, grpc_reads, http_reads, many_items, memory, mesh, publish, refusals,
    register, service_list,
};
use crate::stage::Stage;

/// What the bench can measure, in the order of the report.
pub(crate) const ROWS: &[Row] = &[
    Row::HttpConfigGet,
    Row::HttpConfigGetLong,
    Row::HttpInstanceList,
    Row::GrpcRegister,
    Row::GrpcBatchRegister,
    Row::GrpcQuery { instances: 1 },
    Row::GrpcQuery { instances: 10 },
    Row::GrpcQuery { instances: 100 },
    Row::GrpcConfigGet,
    Row::GrpcPublish { connections: 1, in_flight: 1 },
    Row::GrpcPublish { connections: 64, in_flight: 1 },
    Row::GrpcPublish { connections: 50, in_flight: 4 },
    Row::HttpPublish,
    Row::ConfigFanOut { listeners: 500 },
    Row::ConfigFanOut { listeners: 1_000 },
    Row::PollFanOut { polls: 1_000 },
    Row::InstanceFanOut { subscribers: 500, instances: 10 },
    Row::InstanceFanOut { subscribers: 1_000, instances: 100 },
    Row::InstanceFanOut { subscribers: 100, instances: 100 },
    Row::FanOutBesideStalled { subscribers: 100, instances: 100, stalled: 1_000 },
    Row::MeshSpread(Crowd { services: 500, envoys: 100, sinks: 10 }),
    Row::MeshSpread(Crowd { services: 5_000, envoys: 100, sinks: 0 }),
    Row::MeshSpread(Crowd { services: 5_000, envoys: 100, sinks: 10 }),
    Row::Start,
    Row::BinarySize,
    Row::Resident,
    Row::MemoryPerConnection,
    Row::MemoryPerStalledReader { readers: 1_000, instances: 100 },
    Row::CpuOfIdleConnections,
    Row::MemoryPerInstance { services: 20_000 },
    Row::MemoryPerInstance { services: 100_000 },
    Row::MemoryPerItem,
    Row::MemoryPerNoisyItem,
    Row::MemoryPerItemRestarted,
    Row::StartWithItems,
    Row::HttpBlurSearch,
    Row::MemoryPerListenedKey,
    Row::FullListen,
    Row::AbsentFanOut,
    Row::HttpServiceList(Pages::Whole),
    Row::HttpServiceList(Pages::Early),
    Row::HttpServiceList(Pages::Late),
    Row::RefusalStorm,
    Row::HttpConfigGetAlone,
    Row::HttpConfigGetBesideRefusals,
];

/// One thing to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    HttpConfigGet,
    HttpConfigGetLong,
    HttpInstanceList,
    GrpcRegister,
    GrpcBatchRegister,
    GrpcQuery { instances: u64 },
    GrpcConfigGet,
    GrpcPublish { connections: usize, in_flight: usize },
    HttpPublish,
    ConfigFanOut { listeners: usize },
    PollFanOut { polls: usize },
    InstanceFanOut { subscribers: usize, instances: u64 },
    FanOutBesideStalled { subscribers: usize, instances: u64, stalled: usize },
    MeshSpread(Crowd),
    Start,
    BinarySize,
    Resident,
    MemoryPerConnection,
    MemoryPerStalledReader { readers: usize, instances: u64 },
    CpuOfIdleConnections,
    MemoryPerInstance { services: u64 },
    MemoryPerItem,
    MemoryPerNoisyItem,
    MemoryPerItemRestarted,
    StartWithItems,
    HttpBlurSearch,
    MemoryPerListenedKey,
    FullListen,
    AbsentFanOut,
    HttpServiceList(Pages),
    RefusalStorm,
    HttpConfigGetAlone,
    HttpConfigGetBesideRefusals,
}

impl Row {
    /// What is done, with its size.
    pub(crate) fn name(self) -> Cow<'static, str> {
        match self {
            Self::HttpConfigGet => "http config get 1 KiB".into(),
            Self::HttpConfigGetLong => "http config get 5 KB".into(),
            Self::HttpInstanceList => "http instance list, service of 1".into(),
            Self::GrpcRegister => "grpc register, 1000 services".into(),
            Self::GrpcBatchRegister => "grpc batch register of 10, new services".into(),
            Self::GrpcQuery { instances } => format!("grpc query, service of {instances}").into(),
            Self::GrpcConfigGet => "grpc config get 1 KiB".into(),
            Self::GrpcPublish { connections, in_flight } => {
                format!("grpc publish 1 KiB, {} in flight", connections * in_flight).into()
            }
            Self::HttpPublish => "http publish 1 KiB".into(),
            Self::ConfigFanOut { listeners } => format!("config fan-out, {listeners} listeners").into(),
            Self::PollFanOut { polls } => format!("config fan-out, {polls} long polls").into(),
            Self::InstanceFanOut { subscribers, instances } => {
                format!("instance fan-out, {subscribers} subscribers, service of {instances}").into()
            }
            Self::FanOutBesideStalled { subscribers, instances, stalled } => format!(
                "the same beside {stalled} stalled, {subscribers} subscribers, service of {instances}"
            )
            .into(),
            Self::MeshSpread(Crowd { services, envoys, sinks }) => format!(
                "mesh change, {services} services of {}, {envoys} Envoy and {sinks} MCP",
                register::BATCH
            )
            .into(),
            Self::Start => "start to ready, empty".into(),
            Self::BinarySize => "binary size".into(),
            Self::Resident => "resident memory at rest".into(),
            Self::MemoryPerConnection => "memory per idle grpc connection".into(),
            Self::MemoryPerStalledReader { instances, .. } => {
                format!("memory per stalled reader, service of {instances}").into()
            }
            Self::CpuOfIdleConnections => "processor share of idle grpc connections".into(),
            Self::MemoryPerInstance { services } => {
                format!("memory per instance, {services} services of {}", register::BATCH).into()
            }
            Self::MemoryPerItem => "memory per config item of 5 KB".into(),
            Self::MemoryPerNoisyItem => "memory per config item of 5 KB that cannot be packed".into(),
            Self::MemoryPerItemRestarted => "memory per config item of 5 KB, restarted".into(),
            Self::StartWithItems => "start to ready, many config items of 5 KB".into(),
            Self::HttpBlurSearch => "http blur search, last page of many config items".into(),
            Self::MemoryPerListenedKey => "memory per listened key, most of them absent".into(),
            Self::FullListen => "grpc listen to 100 keys, most of them absent".into(),
            Self::AbsentFanOut => "publish of one of many absent keys that are listened to".into(),
            Self::HttpServiceList(pages) => format!("http service list, {}", pages.name()).into(),
            Self::RefusalStorm => "processor share of one client's repeated refusals".into(),
            Self::HttpConfigGetAlone => "http config get, one at a time".into(),
            Self::HttpConfigGetBesideRefusals => {
                "http config get, one at a time, beside repeated refusals".into()
            }
        }
    }

    /// Connections, and requests at once on each.
    pub(crate) fn concurrency(self) -> String {
        match self {
            Self::HttpConfigGet | Self::HttpConfigGetLong | Self::HttpInstanceList | Self::HttpPublish => {
                http_reads::CONNECTIONS.to_string()
            }
            Self::GrpcRegister | Self::GrpcQuery { .. } | Self::GrpcConfigGet => {
                format!("{}×{}", grpc_reads::CONNECTIONS, grpc_reads::IN_FLIGHT)
            }
            Self::GrpcPublish { connections, in_flight } => format!("{connections}×{in_flight}"),
            Self::FullListen => absent::LANES.to_string(),
            _ => "1".to_owned(),
        }
    }

    /// Whether an acknowledgement of this operation promises durability.
    pub(crate) fn is_durable_write(self) -> bool {
        matches!(self, Self::GrpcPublish { .. } | Self::HttpPublish)
    }

    /// # Errors
    /// The server did not do what was asked.
    pub(crate) async fn measure(self, stage: &Stage<'_>) -> Result<Outcome> {
        match self {
            Self::HttpConfigGet => http_reads::config_get(stage).await,
            Self::HttpConfigGetLong => http_reads::config_get_long(stage).await,
            Self::HttpInstanceList => http_reads::instance_list(stage).await,
            Self::GrpcRegister => register::single(stage).await,
            Self::GrpcBatchRegister => register::batch(stage).await,
            Self::GrpcQuery { instances } => grpc_reads::query(stage, instances).await,
            Self::GrpcConfigGet => grpc_reads::config_get(stage).await,
            Self::GrpcPublish { connections, in_flight } => {
                publish::grpc(stage, connections, in_flight).await
            }
            Self::HttpPublish => publish::http(stage).await,
            Self::ConfigFanOut { listeners } => fan_out::config(stage, listeners).await,
            Self::PollFanOut { polls } => fan_out::polls(stage, polls).await,
            Self::InstanceFanOut { subscribers, instances } => {
                fan_out::instance(stage, subscribers, instances).await
            }
            Self::FanOutBesideStalled { subscribers, instances, stalled } => {
                fan_out::beside_stalled(stage, subscribers, instances, stalled).await
            }
            Self::MeshSpread(crowd) => mesh::spread(stage, crowd).await,
            Self::Start => footprint::start(stage).await,
            Self::BinarySize => footprint::binary_size(stage),
            Self::Resident => footprint::resident(stage).await,
            Self::MemoryPerConnection => memory::per_connection(stage).await,
            Self::MemoryPerStalledReader { readers, instances } => {
                memory::per_stalled_reader(stage, readers, instances).await
            }
            Self::CpuOfIdleConnections => footprint::idle_cpu(stage).await,
            Self::MemoryPerInstance { services } => memory::per_instance(stage, services).await,
            Self::MemoryPerItem => many_items::memory(stage, config::publish_settings).await,
            Self::MemoryPerNoisyItem => many_items::memory(stage, config::publish_noise).await,
            Self::MemoryPerItemRestarted => many_items::memory_restarted(stage).await,
            Self::StartWithItems => many_items::start(stage).await,
            Self::HttpBlurSearch => many_items::blur_search(stage).await,
            Self::MemoryPerListenedKey => absent::memory(stage).await,
            Self::FullListen => absent::full_listen(stage).await,
            Self::AbsentFanOut => absent::told(stage).await,
            Self::HttpServiceList(pages) => service_list::pages(stage, pages).await,
            Self::RefusalStorm => refusals::processor_share(stage).await,
            Self::HttpConfigGetAlone => refusals::config_get_alone(stage).await,
            Self::HttpConfigGetBesideRefusals => refusals::config_get_beside(stage).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rows_have_names_of_their_own() {
        let names: HashSet<_> = ROWS.iter().map(|row| row.name()).collect();
        assert_eq!(names.len(), ROWS.len());
    }
}
