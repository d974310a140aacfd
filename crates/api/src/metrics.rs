//! The metrics page: what the parts of the server count anyway, read when somebody asks, under Nacos's names
//! (`spec/naming-semantics` §15.1) and a few of Navaid's own, all listed in `docs/operations/metrics.md`.
//!
//! ```text
//! naming, config, pushes, edges, machine ─▶ Sheet (plain numbers) ─▶ text
//! ```
//!
//! Labels come from closed sets, but for the ten services that changed most. A scrape costs a look at every shard, and
//! one at every service for those ten; no lock is held for more than one shard.

mod sheet;

use std::fmt;

use navaid_core::mesh::{MeshProtocol, MeshTally};
use navaid_naming::{Census, Counters, WarmCounts};

use self::sheet::Sheet;
use crate::{http::call::Call, node::Node, push_tally::PushCounts};

/// Services that changed most, as many as the reference shows.
const MOST_CHANGED: usize = 10;

/// How the page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Prometheus's text format 0.0.4.
    Text,
    OpenMetrics,
}

/// The page as it is now.
pub(crate) fn page(call: &Call, format: Format) -> String {
    let (node, mut sheet) = (&*call.node, Sheet::default());
    monitor(&mut sheet, call);
    clients(&mut sheet, &node.naming.counters());
    most_changed(&mut sheet, call);
    exceptions(&mut sheet, node);
    machine(&mut sheet, call);
    own(&mut sheet, node);
    if let Some(port) = &node.mesh {
        mesh(&mut sheet, &port.tally());
    }
    write(sheet, format).expect("text is written into memory")
}

fn write(sheet: Sheet, format: Format) -> Result<String, fmt::Error> {
    match format {
        Format::Text => sheet.text(),
        Format::OpenMetrics => sheet.open_metrics(),
    }
}

/// `nacos_monitor`: one gauge for most of what a Nacos server counts, by module and name.
fn monitor(sheet: &mut Sheet, call: &Call) {
    let node = &call.node;
    let monitor = sheet.gauges("nacos_monitor", "What a Nacos server counts, by module and name");
    for (name, value) in naming_monitor(&node.naming.counters(), &node.push_tally.read(call.now())) {
        monitor.add(&[("module", "naming"), ("name", name)], value);
    }
    let probes = node.probes.tally(call.now()).today;
    for (name, count) in
        [("mysqlHealthCheck", probes.mysql), ("httpHealthCheck", probes.http), ("tcpHealthCheck", probes.tcp)]
    {
        monitor.add(&[("module", "naming"), ("name", name)], count as f64);
    }
    let activity = node.configs.activity();
    for (name, value) in [
        ("getConfig", activity.reads() as f64),
        ("publish", activity.publishes() as f64),
        ("longPolling", activity.polls() as f64),
        ("configCount", node.configs.count_all() as f64),
    ] {
        monitor.add(&[("module", "config"), ("name", name)], value);
    }
    monitor.add(&[("module", "core"), ("name", "longConnection")], call.connections.len() as f64);
}

/// The values of `module="naming"`. A server alone leads itself, and notes changes where they happen: its queues of
/// events are empty.
fn naming_monitor(counters: &Counters, pushes: &PushCounts) -> [(&'static str, f64); 15] {
    let costs = pushes.costs;
    [
        ("serviceCount", counters.services as f64),
        // The dashboards of 1.x ask for it by this name.
        ("domCount", counters.services as f64),
        ("ipCount", counters.instances as f64),
        ("subscriberCount", counters.subscriptions.total() as f64),
        ("maxPushCost", costs.worst_ms() as f64),
        ("avgPushCost", costs.average_ms() as f64),
        ("leaderStatus", 1.0),
        ("totalPush", pushes.sent as f64),
        ("failedPush", pushes.failed as f64),
        ("emptyPush", pushes.empty as f64),
        ("totalPushCountForAvg", costs.count as f64),
        ("totalPushCostForAvg", costs.sum_ms as f64),
        ("serviceSubscribedEventQueueSize", 0.0),
        ("serviceChangedEventQueueSize", 0.0),
        ("pushPendingTaskCount", counters.pushes_due as f64),
    ]
}

/// Entries and subscriptions, `v1` for clients known by their address and `v2` for connections.
fn clients(sheet: &mut Sheet, counters: &Counters) {
    let mut by_version = |name, help, census: Census| {
        let gauges = sheet.gauges(name, help);
        gauges.add(&[("version", "v1")], census.addresses as f64);
        gauges.add(&[("version", "v2")], census.connections as f64);
    };
    by_version("nacos_naming_publisher", "Services that clients publish in", counters.publications);
    by_version("nacos_naming_subscriber", "Services that clients subscribe to", counters.subscriptions);
}

fn most_changed(sheet: &mut Sheet, call: &Call) {
    let gauges = sheet.gauges("service_change_count", "Changes of the services that changed most, this week");
    for (key, changes) in call.node.naming.most_changed(MOST_CHANGED, call.now()) {
        let service = format!("{}##{}", key.namespace(), key.grouped());
        gauges.add(&[("service", &service)], changes as f64);
    }
}

/// The reference counts exceptions that were thrown. Here the one that has a counterpart is a store that failed, which
/// takes no more writes until the next start.
fn exceptions(sheet: &mut Sheet, node: &Node) {
    let failed = u64::from(!node.store.is_healthy());
    let counters = sheet.counters("nacos_exception", "Failures, by module and name");
    counters.add(&[("module", "naming"), ("name", "disk")], failed);
    counters.add(&[("module", "naming"), ("name", "leaderSendBeatFailed")], 0);
    counters.add(&[("module", "persistence"), ("name", "db")], failed);
}

/// What is not known is left out.
fn machine(sheet: &mut Sheet, call: &Call) {
    let machine = &call.node.machine;
    let mut gauge = |name, help, value: Option<f64>| {
        if let Some(value) = value {
            sheet.gauges(name, help).add(&[], value);
        }
    };
    gauge("system_cpu_usage", "Share of all processors that is busy", machine.cpu(call.now().mono));
    gauge("system_load_average_1m", "Mean number of processes that run or wait to run", machine.load());
    gauge("navaid_machine_memory_ratio", "Share of the memory that programs cannot have", machine.memory());
    if let Some(process) = machine.process() {
        gauge("navaid_process_resident_bytes", "Memory of this process", Some(process.resident_bytes as f64));
        gauge("navaid_process_threads", "Threads of this process", Some(process.threads as f64));
        let cpu = sheet.counters("navaid_process_cpu_seconds", "Processor time of this process");
        cpu.add(&[], process.cpu_seconds);
    }
}

/// Navaid's own.
fn own(sheet: &mut Sheet, node: &Node) {
    let version = &[("version", node.facts.version)];
    sheet.gauges("navaid_build", "1, with the version of Navaid").add(version, 1.0);
    let open = sheet.gauges("navaid_connections_open", "Connections that are open on all ports");
    open.add(&[], node.traffic.open() as f64);
    let listeners = sheet.gauges("navaid_config_listeners", "Items that clients listen to, over all clients");
    listeners.add(&[], node.configs.watches().count() as f64);
    let activity = node.configs.activity();
    let refusals =
        sheet.counters("navaid_config_refusals", "Publishes refused by limits of capacity, by limit");
    refusals.add(&[("limit", "quota")], activity.over_quota());
    refusals.add(&[("limit", "size")], activity.over_size());
    let repeats = "Notices sent again to clients that acknowledged them and did not read";
    sheet.counters("navaid_config_notices_repeated", repeats).add(&[], activity.repeats());
    let size = node.naming.journal().size();
    let turns =
        sheet.gauges("navaid_config_turns", "Searches and imports that run or wait for their turn, by kind");
    for (kind, taken) in node.configs.turns_taken() {
        turns.add(&[("kind", kind)], taken as f64);
    }
    let journal = sheet.gauges("navaid_naming_journal_events", "Events that the journal holds, by ring");
    journal.add(&[("ring", "changes")], size.changes as f64);
    journal.add(&[("ring", "pushes")], size.pushes as f64);
    let unconfirmed =
        sheet.gauges("navaid_naming_unconfirmed", "Instances that are served while their client is not back");
    let counters = node.naming.counters();
    unconfirmed.add(&[], counters.unconfirmed as f64);
    let unsaved =
        sheet.gauges("navaid_naming_unsaved", "Services whose last change is not saved for a restart yet");
    unsaved.add(&[], counters.unsaved as f64);
    let WarmCounts { restored, confirmed, left } = node.naming.warm_counts();
    let warm =
        sheet.gauges("navaid_naming_warm_restart", "Instances of before the restart, by what became of them");
    for (outcome, count) in [("restored", restored), ("confirmed", confirmed), ("left", left)] {
        warm.add(&[("outcome", outcome)], count as f64);
    }
    let refusals = sheet.counters("navaid_naming_refusals", "Clients refused at a limit, by limit");
    for (limit, count) in node.naming.limit_refusals() {
        refusals.add(&[("limit", limit)], count);
    }
    let answers = sheet.counters("navaid_http_answers", "HTTP answers, by status code");
    for (code, count) in node.traffic.answers() {
        answers.add(&[("code", &code.to_string())], count);
    }
    let held = "Refusals that were held for a second because their client repeats the call";
    sheet.counters("navaid_http_refusals_held", held).add(&[], node.traffic.held_count());
    let delay = "Time from a change, or a subscription, to the acknowledgement of its push";
    sheet.histogram("navaid_push_delay_seconds", delay, node.push_tally.delays());
}

/// The mesh port, where it is open.
fn mesh(sheet: &mut Sheet, tally: &MeshTally) {
    let streams = sheet.gauges("navaid_xds_streams", "Open streams of the mesh port, by protocol");
    for (protocol, count) in MeshProtocol::ALL.into_iter().zip(tally.streams) {
        streams.add(&[("protocol", protocol.as_str())], count as f64);
    }
    let resources = sheet.gauges("navaid_xds_resources", "Resources that the mesh is offered, by kind");
    for (kind, count) in tally.resources {
        resources.add(&[("kind", kind)], count as f64);
    }
    for (name, help, value) in [
        ("navaid_xds_pushes", "Answers sent to peers of the mesh port", tally.pushes),
        ("navaid_xds_bytes", "Bytes of these answers", tally.bytes),
        ("navaid_xds_nacks", "Answers that peers refused", tally.refusals),
        ("navaid_xds_stale_requests", "Requests about an answer that was not the last", tally.stale),
        ("navaid_xds_streams_cut", "Streams ended for breaking a limit or a rule", tally.cut),
        ("navaid_xds_builds", "Services that were made ready to be sent", tally.builds),
        ("navaid_xds_sends", "Answers that told of a change", tally.sends),
    ] {
        sheet.counters(name, help).add(&[], value);
    }
    let seconds = |micros: u64| micros as f64 / 1e6;
    let time = "Time that it took to make services ready, all together";
    sheet.counters("navaid_xds_build_seconds", time).add(&[], seconds(tally.build_us));
    let time = "Time from a change to the answer that told of it, all together";
    sheet.counters("navaid_xds_send_seconds", time).add(&[], seconds(tally.send_us));
}

#[cfg(test)]
mod tests;
