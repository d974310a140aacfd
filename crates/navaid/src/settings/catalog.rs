//! Every setting that has an effect, in the order of the reference page.
//!
//! Names are Nacos's where Nacos has the setting, and start with `navaid.` where it has not. Keys that Nacos
//! knows and Navaid does not use (yet) are in [`recognised`](super::recognised).

pub(crate) mod mesh;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use navaid_labels::{BearerToken, LabelUrl};
use navaid_naming::IdTemplate;

use super::context_path::ContextPath;
use super::conversion::{self, Reading};
use super::leaf::{About, Leaf, within};
use super::log::{LogFilter, LogFormat};
use super::secret::MASK;

/// A chapter of the reference page.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) leaves: &'static [&'static About],
}

/// All settings, by chapter.
pub(crate) static SECTIONS: [Section; 9] = [
    Section {
        title: "Listeners and addresses",
        leaves: &[
            &MAIN_PORT.about,
            &GRPC_PORT.about,
            &CONSOLE_PORT.about,
            &CONTEXT_PATH.about,
            &CONSOLE_CONTEXT_PATH.about,
            &LISTEN_ADDRESS.about,
            &GRPC_LISTEN_ADDRESS.about,
            &SERVER_IP.about,
            &OWN_ADDRESS.about,
        ],
    },
    Section {
        title: "Process and data",
        leaves: &[
            &DATA.about,
            &HOME.about,
            &STANDALONE.about,
            &SHUTDOWN_GRACE.about,
            &LOG_LEVEL.about,
            &LOG_FORMAT.about,
        ],
    },
    Section {
        title: "Configuration",
        leaves: &[
            &MAX_CONTENT.about,
            &HISTORY_RETENTION.about,
            &MAX_GRAYS.about,
            &SEARCH_THREADS.about,
            &SEARCH_QUEUE.about,
            &SEARCH_WAIT.about,
            &IMPORTS.about,
            &CONFIG_PUSH_TIMEOUT.about,
            &CONFIG_PUSH_RETRIES.about,
            &CONFIG_NOTICE_PROOF.about,
            &CONFIG_PATTERNS.about,
            &CONFIG_PATTERN_MATCHES.about,
        ],
    },
    Section {
        title: "Capacity",
        leaves: &[
            &MANAGE_CAPACITY.about,
            &CHECK_CAPACITY.about,
            &CLUSTER_QUOTA.about,
            &NAMESPACE_QUOTA.about,
            &GROUP_QUOTA.about,
            &MAX_SIZE.about,
            &EXPANSION_PERCENT.about,
            &MAX_AGGR_COUNT.about,
            &MAX_AGGR_SIZE.about,
        ],
    },
    Section {
        title: "Discovery",
        leaves: &[
            &PUSH_DELAY.about,
            &PUSH_TIMEOUT.about,
            &PUSH_RETRY_DELAY.about,
            &EMPTY_SERVICE_EXPIRY.about,
            &METADATA_EXPIRY.about,
            &CLIENT_EXPIRY.about,
            &EXPIRE_INSTANCE.about,
            &METADATA_LENGTH.about,
            &LABELS_FILE.about,
            &LABELS_URL.about,
            &LABELS_INTERVAL.about,
            &LABELS_TIMEOUT.about,
            &LABELS_TOKEN.about,
            &LABELS_SIZE.about,
            &KEEP_CREATED.about,
            &WARM_RESTART.about,
            &WARM_WINDOW.about,
            &WARM_SIZE.about,
            &MOVE_GRACE.about,
            &NAMING_PATTERNS.about,
            &NAMING_PATTERN_MATCHES.about,
            &CLIENT_INSTANCES.about,
            &CLIENT_SUBSCRIPTIONS.about,
            &ID_GENERATORS.about,
            &JOURNAL_ENTRIES.about,
            &PROBES_MAX.about,
        ],
    },
    Section {
        title: "gRPC",
        leaves: &[&GRPC_MESSAGE_SIZE.about, &GRPC_KEEP_ALIVE_TIME.about, &GRPC_KEEP_ALIVE_TIMEOUT.about],
    },
    Section {
        title: "Mesh",
        leaves: &[
            &mesh::ENABLED.about,
            &mesh::EXTENSION.about,
            &mesh::PORT.about,
            &mesh::ADDRESS.about,
            &mesh::SUFFIX.about,
            &mesh::NAMESPACES.about,
            &mesh::GROUPS.about,
            &mesh::ISTIO_NAMESPACE.about,
            &mesh::EXPORT_TO.about,
            &mesh::HOSTNAME_VERBATIM.about,
            &mesh::SINGLE_PORT.about,
            &mesh::DEBOUNCE_AFTER.about,
            &mesh::DEBOUNCE_MAX.about,
            &mesh::PUSH_INTERVAL.about,
            &mesh::SERVER_FULL.about,
            &mesh::SPACING.about,
            &mesh::STREAMS.about,
            &mesh::CERTIFICATE.about,
            &mesh::KEY.about,
            &mesh::CLIENT_CA.about,
            &mesh::TOKEN.about,
        ],
    },
    Section { title: "Ids", leaves: &[&WORKER_ID.about] },
    Section { title: "Access control", leaves: &[&AUTH_ENABLED.about] },
];

/// All leaves, in the order of the reference page.
pub(crate) fn all() -> impl Iterator<Item = &'static About> {
    SECTIONS.iter().flat_map(|section| section.leaves.iter().copied())
}

/// Where in that order the leaf `name` stands.
pub(crate) fn position(name: &str) -> Option<usize> {
    all().position(|about| about.name == name)
}

/// Highest main port: the ports of gRPC (+1000) and of the members (+1001) lie above it.
const MAIN_PORT_MAX: i64 = 65_535 - 1001;
/// A day, in milliseconds: longer intervals are a slip of the keyboard.
const DAY_MS: i64 = 86_400_000;
/// A year, in milliseconds.
const YEAR_MS: i64 = 365 * DAY_MS;
/// Largest content or message that may be allowed: one request must not take the memory of the server.
const MESSAGE_MAX: i64 = 256 * 1024 * 1024;

// === listeners and addresses ===

pub(crate) static MAIN_PORT: Leaf<u16> =
    Leaf::integer("nacos.server.main.port", "8848", (1, MAIN_PORT_MAX), "")
        .also(&["server.port"])
        .newer_counts()
        .doc(
            "Port of the HTTP API; gRPC is accepted on it as well. The gRPC port follows it at +1000.",
            "The port every Nacos client has built in.",
        );

pub(crate) static GRPC_PORT: Leaf<Option<u16>> =
    Leaf::optional_integer("navaid.grpc.port", (0, 65_535), |about, text| {
        within::<u16>(about, conversion::integer(text)).and_then(|port| Some((port != 0).then_some(port)))
    })
    .derived("the main port + 1000")
    .doc(
        "Port for the gRPC connections of clients; 0 means the derived one.",
        "Clients compute it from the main port; move it only behind a proxy that maps it back.",
    );

pub(crate) static CONSOLE_PORT: Leaf<u16> = Leaf::integer("nacos.console.port", "8080", (0, 65_535), "").doc(
    "Port of the console and of its health paths; 0 turns the listener off.",
    "Where Nacos 3 has its console and where its probes look.",
);

pub(crate) static CONTEXT_PATH: Leaf<ContextPath> =
    Leaf::context_path("nacos.server.contextPath", "/nacos").also(&["server.servlet.context-path"]).doc(
        "Path in front of every path of the HTTP API; empty or / means none.",
        "Clients that do not name a context path use this one.",
    );

pub(crate) static CONSOLE_CONTEXT_PATH: Leaf<ContextPath> =
    Leaf::context_path("nacos.console.contextPath", "")
        .doc("Path in front of every path of the console port; empty or / means none.", "As in Nacos 3.");

pub(crate) static LISTEN_ADDRESS: Leaf<Option<IpAddr>> =
    Leaf::address("server.address").derived("all addresses").doc(
        "Address on which all ports listen.",
        "Clients on other machines must reach a server that was started without settings.",
    );

pub(crate) static GRPC_LISTEN_ADDRESS: Leaf<Option<IpAddr>> =
    Leaf::address("nacos.remote.grpc.listen.ip").derived("the value of `server.address`").doc(
        "Address on which the gRPC port listens.",
        "One address for all ports unless somebody asks for two.",
    );

pub(crate) static SERVER_IP: Leaf<Option<String>> =
    Leaf::own_address("nacos.server.ip").derived("the value of `nacos.inetutils.ip-address`").doc(
        "Address under which this server is known to others. Not read from a file, as in Nacos.",
        "The start script of a container sets it; it must be stronger than the file.",
    );

pub(crate) static OWN_ADDRESS: Leaf<Option<String>> = Leaf::own_address("nacos.inetutils.ip-address")
    .derived("the first address of the machine that is not a loopback")
    .doc(
        "Address under which this server is known to others.",
        "Right on a machine with one network; set it where there are several.",
    );

// === process and data ===

pub(crate) static DATA: Leaf<Option<PathBuf>> =
    Leaf::path("navaid.data", "a directory").derived("`data` in `nacos.home`, else `./data`").doc(
        "Directory of everything the server stores (flag `--data`). One server at a time may use it.",
        "Beside the files of the installation, where Nacos keeps its own.",
    );

pub(crate) static HOME: Leaf<Option<PathBuf>> = Leaf::path("nacos.home", "a directory")
    .derived("the working directory")
    .doc(
        "Directory of the installation: `conf` and `data` are looked for in it. Not read from a file, as in Nacos.",
        "A server started without settings keeps to the directory it is started in.",
    );

pub(crate) static STANDALONE: Leaf<Option<bool>> = Leaf::word(
    "nacos.standalone",
    "",
    &["true", "false"],
    |_, text| conversion::switch(text).and_then(|on| Some(Some(on))),
    |value| value.map(|on| on.to_string()).unwrap_or_default(),
)
.derived("true, unless other members are named")
.doc(
    "Whether this server runs alone. `true` ignores `cluster.conf` and `nacos.member.list`; the container \
     variable `MODE` sets it. Not read from a file, as in Nacos.",
    "A server that knows no other members can only be alone.",
);

pub(crate) static SHUTDOWN_GRACE: Leaf<Duration> = Leaf::period("navaid.shutdown.grace", "20s", (0, 600_000))
    .doc(
        "Time for the whole shutdown: clients are told to move, requests end, data is flushed.",
        "Under the 30 seconds after which Kubernetes kills a process.",
    );

pub(crate) static LOG_LEVEL: Leaf<LogFilter> = Leaf::text(
    "navaid.log.level",
    "info",
    "error, warn, info, debug, trace, off, or target=level pairs with commas between",
    |_, text| LogFilter::read(text),
    LogFilter::to_string,
)
.doc(
    "How much is logged, for all parts or part by part: `info,navaid_naming=debug`. Release builds hold nothing \
     below debug.",
    "A few lines a minute: start, stop and administration.",
);

pub(crate) static LOG_FORMAT: Leaf<LogFormat> = Leaf::word(
    "navaid.log.format",
    "text",
    &["text", "json"],
    |_, text| LogFormat::read(text),
    LogFormat::to_string,
)
.doc(
    "Shape of a log line; the log goes to standard error.",
    "People read it first; set `json` for a collector.",
);

// === configuration ===

pub(crate) static MAX_CONTENT: Leaf<usize> =
    Leaf::bare_integer("maxContent", "10485760", (1, MESSAGE_MAX), "characters").doc(
        "Longest content that may be published.",
        "10 MiB, as in Nacos; a longer one would not fit into a gRPC message either.",
    );

/// What Nacos takes when the text is no positive number.
const RETENTION_DEFAULT: u32 = 30;

pub(crate) static HISTORY_RETENTION: Leaf<u32> =
    Leaf::bare_integer("nacos.config.retention.days", "30", (1, 36_500), "days")
        .read_by(|about, text| match within(about, conversion::bare_integer(text)) {
            Reading::Plain(days) => Reading::Plain(days),
            Reading::Odd(..) | Reading::Absent | Reading::Refused => Reading::Odd(
                RETENTION_DEFAULT,
                "it is no plain positive number, so 30 days are kept, as a Java server does",
            ),
        })
        .doc("How long the history of changes is kept.", "As in Nacos.");

pub(crate) static MAX_GRAYS: Leaf<usize> =
    Leaf::integer("nacos.config.gray.version.max.count", "10", (1, 1_000), "releases")
        .doc("How many gray releases one item may have.", "As in Nacos.");

pub(crate) static SEARCH_THREADS: Leaf<usize> =
    Leaf::bare_integer("nacos.config.search.max_thread", "2", (1, 16), "searches").doc(
        "How many searches through contents run at the same time.",
        "As in Nacos: each reads every content of its namespace.",
    );

pub(crate) static SEARCH_QUEUE: Leaf<usize> =
    Leaf::bare_integer("nacos.config.search.max_capacity", "4", (1, 32), "searches")
        .doc("How many searches may wait for their turn; more are refused.", "As in Nacos.");

pub(crate) static SEARCH_WAIT: Leaf<Duration> =
    Leaf::bare_millis("nacos.config.search.wait_timeout", "8000", (1, DAY_MS))
        .doc("How long a search waits for its turn before it is refused.", "As in Nacos.");

pub(crate) static IMPORTS: Leaf<usize> =
    Leaf::integer("navaid.config.import.max-running", "2", (1, 16), "imports").doc(
        "How many imports may hold what they unpacked at the same time; four more wait for 30 s, others are refused.",
        "An archive may unpack to 256 MiB, so all imports together need half a gigabyte at most.",
    );

pub(crate) static CONFIG_PUSH_TIMEOUT: Leaf<Duration> =
    Leaf::millis("nacos.config.push.timeout", "3000", (1, DAY_MS))
        .doc("How long a client may take to confirm the notice of a change.", "As in Nacos.");

pub(crate) static CONFIG_PUSH_RETRIES: Leaf<u32> =
    Leaf::integer("nacos.config.push.maxRetryTime", "50", (0, 10_000), "attempts").doc(
        "How often an unconfirmed notice is sent again before the connection is closed.",
        "As in Nacos.",
    );

pub(crate) static CONFIG_NOTICE_PROOF: Leaf<Duration> =
    Leaf::period("navaid.config.notice.proof", "2s", (100, DAY_MS.unsigned_abs())).doc(
        "How long a client has from confirming the notice of a change to reading it; then it is told again, up to five \
         times, each pause twice the one before.",
        "Far longer than an SDK takes, and short for whoever waits for a change that the SDK forgot.",
    );

pub(crate) static CONFIG_PATTERNS: Leaf<usize> =
    Leaf::integer("nacos.config.fuzzy.watch.max.pattern.count", "20", (1, 100_000), "patterns").doc(
        "How many different patterns all clients together may watch items by; more are refused.",
        "As in Nacos: every change is compared with every pattern.",
    );

pub(crate) static CONFIG_PATTERN_MATCHES: Leaf<usize> =
    Leaf::integer("nacos.config.fuzzy.watch.max.pattern.match.config.count", "500", (1, 1_000_000), "items")
        .doc("How many items one pattern may match; further ones are not watched.", "As in Nacos.");

// === capacity ===

/// The reference keeps quotas and sizes in a signed number of 32 bits.
const CAPACITY_MAX: i64 = i32::MAX as i64;

pub(crate) static MANAGE_CAPACITY: Leaf<bool> = Leaf::bare_switch("isManageCapacity", "true")
    .doc("Whether capacity may be limited at all. Items are counted in any case.", "As in Nacos.");

pub(crate) static CHECK_CAPACITY: Leaf<bool> = Leaf::bare_switch("isCapacityLimitCheck", "false").doc(
    "Whether quotas and sizes are in force: a publish over one of them is refused.",
    "As in Nacos: a limit that nobody set must not stop a deployment.",
);

pub(crate) static CLUSTER_QUOTA: Leaf<u32> =
    Leaf::bare_integer("defaultClusterQuota", "100000", (0, CAPACITY_MAX), "items")
        .doc("How many items there may be in all.", "As in Nacos.");

pub(crate) static NAMESPACE_QUOTA: Leaf<u32> = Leaf::bare_integer(
    "defaultTenantQuota",
    "200",
    (0, CAPACITY_MAX),
    "items",
)
.doc(
    "How many items a namespace may have for which nothing is set; the default namespace may have as many as \
         there may be in all.",
    "As in Nacos.",
);

pub(crate) static GROUP_QUOTA: Leaf<u32> =
    Leaf::bare_integer("defaultGroupQuota", "200", (0, CAPACITY_MAX), "items").doc(
        "How many items a group of the default namespace may have for which nothing is set.",
        "As in Nacos.",
    );

pub(crate) static MAX_SIZE: Leaf<u32> =
    Leaf::bare_integer("defaultMaxSize", "102400", (0, CAPACITY_MAX), "bytes").doc(
        "How large a content may be where nothing is set, once capacity is limited.",
        "As in Nacos; `maxContent` counts in any case.",
    );

pub(crate) static EXPANSION_PERCENT: Leaf<u32> =
    Leaf::bare_integer("initialExpansionPercent", "100", (0, 10_000), "hundredths").doc(
        "Room for what is full already when it is counted first: its quota becomes what it has and so many hundredths \
         of the default; 0 gives none.",
        "As in Nacos: limits that are switched on over contents do not stop them from growing at once.",
    );

pub(crate) static MAX_AGGR_COUNT: Leaf<u32> =
    Leaf::bare_integer("defaultMaxAggrCount", "10000", (0, CAPACITY_MAX), "parts")
        .doc("Shown as the most parts of an aggregate; nothing goes by it.", "As in Nacos.");

pub(crate) static MAX_AGGR_SIZE: Leaf<u32> =
    Leaf::bare_integer("defaultMaxAggrSize", "1024", (0, CAPACITY_MAX), "bytes")
        .doc("Shown as the largest part of an aggregate; nothing goes by it.", "As in Nacos.");

// === discovery ===

pub(crate) static PUSH_DELAY: Leaf<Duration> =
    Leaf::millis("nacos.naming.push.pushTaskDelay", "500", (0, DAY_MS)).doc(
        "Longest time for which changes of one service are gathered before its subscribers are told. A first \
         change after a quiet time is told at once.",
        "As in Nacos: a rolling restart makes a few pushes instead of hundreds.",
    );

pub(crate) static PUSH_TIMEOUT: Leaf<Duration> =
    Leaf::millis("nacos.naming.push.pushTaskTimeout", "5000", (1, DAY_MS))
        .doc("How long a subscriber may take to confirm a push.", "As in Nacos.");

pub(crate) static PUSH_RETRY_DELAY: Leaf<Duration> =
    Leaf::millis("nacos.naming.push.pushTaskRetryDelay", "1000", (1, DAY_MS)).doc(
        "Time until an unconfirmed push is sent again, to that subscriber, with the newest state.",
        "As in Nacos.",
    );

pub(crate) static EMPTY_SERVICE_EXPIRY: Leaf<Duration> =
    Leaf::millis("nacos.naming.clean.empty-service.expired-time", "60000", (1, YEAR_MS))
        .doc("How long a service without instances is kept after its last change.", "As in Nacos.");

pub(crate) static METADATA_EXPIRY: Leaf<Duration> =
    Leaf::millis("nacos.naming.clean.expired-metadata.expired-time", "60000", (1, YEAR_MS)).doc(
        "How long metadata is kept after its service or instance went away.",
        "As in Nacos: an instance that comes back within it finds its metadata.",
    );

pub(crate) static CLIENT_EXPIRY: Leaf<Duration> =
    Leaf::millis("nacos.naming.client.expired.time", "180000", (1, YEAR_MS))
        .doc("How long a client without a sign of life is kept.", "As in Nacos.");

pub(crate) static EXPIRE_INSTANCE: Leaf<bool> = Leaf::switch("nacos.naming.expireInstance", "true")
    .doc("Whether instances whose beats stay away are removed, not only marked unhealthy.", "As in Nacos.");

pub(crate) static METADATA_LENGTH: Leaf<usize> =
    Leaf::integer("nacos.naming.service.metadata.length", "65536", (0, 1_048_576), "characters").doc(
        "Longest metadata of an instance: the sum over all keys and values. Every subscriber carries it in every push.",
        "Nacos has 1024, by which Dubbo providers whose interfaces have some fifty methods do not start.",
    );

pub(crate) static LABELS_FILE: Leaf<Option<PathBuf>> = Leaf::path("navaid.naming.labels.file", "a file")
    .derived("no labels")
    .doc(
        "File with the labels of addresses, by which selectors of type `label` choose. It is read again every two \
         seconds; one that cannot be used is warned about, and the labels before it stay.",
        "Without labels such selectors let everybody see all, as in Nacos without a CMDB.",
    );

pub(crate) static LABELS_URL: Leaf<Option<LabelUrl>> = Leaf::text(
    "navaid.naming.labels.url",
    "",
    "an address `http://HOST[:PORT]/PATH`, without user and password; https is not available yet",
    |_, text| match text.trim() {
        "" => Reading::Absent,
        text => LabelUrl::parse(text).map_or(Reading::Refused, |url| Reading::Plain(Some(url))),
    },
    |url| url.as_ref().map(|url| url.as_uri().to_string()).unwrap_or_default(),
)
.derived("no labels")
.doc(
    "Endpoint that answers a `GET` with the labels, in the form of the file; not together with one. `ETag` is honoured.",
    "An inventory that changes by itself is asked, not copied.",
);

pub(crate) static LABELS_INTERVAL: Leaf<Duration> =
    Leaf::period("navaid.naming.labels.interval", "10s", (1_000, DAY_MS.unsigned_abs())).doc(
        "From one request to the endpoint to the next; after failures it grows, to five minutes.",
        "As often as Nacos asks a CMDB for changes.",
    );

pub(crate) static LABELS_TIMEOUT: Leaf<Duration> =
    Leaf::period("navaid.naming.labels.timeout", "3s", (10, 600_000)).doc(
        "Time for a whole exchange with the endpoint. The start of the server waits as long, once.",
        "An endpoint near by answers in milliseconds.",
    );

pub(crate) static LABELS_TOKEN: Leaf<Option<BearerToken>> = Leaf::text(
    "navaid.naming.labels.token",
    "",
    "visible ASCII characters",
    |_, text| match text.trim() {
        "" => Reading::Absent,
        text => BearerToken::parse(text).map_or(Reading::Refused, |token| Reading::Plain(Some(token))),
    },
    |token| token.as_ref().map(|_| MASK.to_owned()).unwrap_or_default(),
)
.derived("none")
.doc(
    "Sent to the endpoint as `Authorization: Bearer`; never logged.",
    "An endpoint that is open to the network needs none.",
);

pub(crate) static LABELS_SIZE: Leaf<usize> =
    Leaf::integer("navaid.naming.labels.max-size", "4194304", (1024, MESSAGE_MAX), "bytes").doc(
        "Largest file, or answer of the endpoint, with labels; a larger one is not used.",
        "Some 50,000 entries; a wrong path must not fill the memory.",
    );

pub(crate) static KEEP_CREATED: Leaf<bool> = Leaf::switch("navaid.naming.keep-created-services", "false").doc(
    "Whether a service that a call created or changed stays, with all that was set on it, until a call removes it, \
     however long it has no instances.",
    "As in Nacos, which forgets it after a minute or two.",
);

pub(crate) static WARM_RESTART: Leaf<bool> = Leaf::switch("navaid.naming.warm-restart.enabled", "true").doc(
    "Whether ephemeral instances that were known before a stop or a crash are served after the start until their clients \
     are back. They are kept in `ephemeral.snapshot` in the data directory; without this the file is removed.",
    "Otherwise a restart empties every service until its clients have come back, the slowest after 30 seconds.",
);

pub(crate) static WARM_WINDOW: Leaf<Duration> =
    Leaf::period("navaid.naming.warm-restart.window", "35s", (1_000, DAY_MS.unsigned_abs())).doc(
        "How long after the start such an instance is served while its client is not back. One that lives by beats is \
         given its own `preserved.ip.delete.timeout` if that is longer.",
        "Python SDKs register again within 30 seconds; clients that beat are given 30 seconds anyway.",
    );

pub(crate) static WARM_SIZE: Leaf<u64> = Leaf::integer(
    "navaid.naming.warm-restart.max-size",
    "1073741824",
    (65_536, 1 << 40),
    "bytes",
)
.doc(
    "Largest `ephemeral.snapshot`; what would be larger is not kept, and a larger one is not read.",
    "A million instances with two metadata pairs take some 120 MB, twice that before the file is written anew.",
);

pub(crate) static MOVE_GRACE: Leaf<Duration> =
    Leaf::period("navaid.naming.move-grace", "4s", (0, 600_000)).doc(
        "How long the instances of a connection are served that ended because this server told its client to move and the \
         client said that it would, unless the client registers them again before. 0 ends them with the connection, as \
         every other end does.",
        "Java clients close the old connection up to 2.7 s before they register on the new one.",
    );

pub(crate) static NAMING_PATTERNS: Leaf<usize> =
    Leaf::integer("nacos.naming.fuzzy.watch.max.pattern.count", "20", (1, 100_000), "patterns").doc(
        "How many different patterns all clients together may watch services by; more are refused.",
        "As in Nacos: every change is compared with every pattern.",
    );

pub(crate) static NAMING_PATTERN_MATCHES: Leaf<usize> = Leaf::integer(
    "nacos.naming.fuzzy.watch.max.pattern.match.service.count",
    "500",
    (1, 1_000_000),
    "services",
)
.doc("How many services one pattern may match; further ones are not watched.", "As in Nacos.");

pub(crate) static CLIENT_INSTANCES: Leaf<usize> = Leaf::integer(
    navaid_naming::settings::INSTANCES_KEY,
    "50000",
    (1, 10_000_000),
    "instances",
)
.doc(
    "How many instances one client may register, over all services. More are refused; other clients do not \
         notice.",
    "Far above what a gateway or a sync tool registers, and at most some 30 MB.",
);

pub(crate) static CLIENT_SUBSCRIPTIONS: Leaf<usize> =
    Leaf::integer(navaid_naming::settings::SUBSCRIPTIONS_KEY, "50000", (1, 10_000_000), "services").doc(
        "How many services one client may subscribe to. More are refused; other clients do not notice.",
        "Far above what a gateway subscribes to.",
    );

pub(crate) static ID_GENERATORS: Leaf<Option<Vec<IdTemplate>>> = Leaf::text(
    "navaid.naming.instance-id.generators",
    "",
    "NAME=TEXT pairs with commas between; fields of a text are {ip}, {port}, {cluster}, {namespace}, {group}, \
     {service} and {sequence}",
    |_, text| match text.trim() {
        "" => Reading::Absent,
        text => {
            let templates = text.split(',').map(str::parse).collect::<Result<Vec<IdTemplate>, _>>();
            templates.map_or(Reading::Refused, |templates| Reading::Plain(Some(templates)))
        }
    },
    |value| {
        let shown = value.iter().flatten().map(IdTemplate::to_string);
        shown.collect::<Vec<_>>().join(",")
    },
)
.derived("none: `simple` and `snowflake` are built in")
.doc(
    "More generators of instance ids, such as `ticket={ip}-{port}-{cluster}-{service}-{sequence}`. An instance chooses \
     one by its name in the metadata key `preserved.instance.id.generator`. `{sequence}` is a number that no other \
     instance has and that differs whenever the instance registers again.",
    "As in Nacos, where a plugin adds others.",
);

pub(crate) static JOURNAL_ENTRIES: Leaf<usize> =
    Leaf::integer("navaid.naming.journal.entries", "10000", (0, 1_000_000), "events").doc(
        "How many of the latest events (instances that came, went or changed health, subscriptions, services) are kept \
         in memory to be asked for; as many pushes are kept beside them. 0 keeps none.",
        "Some 3 MB at most when full: 112 bytes an event and the names in it.",
    );

pub(crate) static PROBES_MAX: Leaf<usize> =
    Leaf::integer("navaid.naming.probes.max", "512", (1, 65_536), "probes").doc(
        "How many active health checks of persistent instances are under way at once. Instances that are due beyond \
         these wait for their turn, longest due first.",
        "Each takes a file descriptor, and up to three seconds with an instance that does not answer.",
    );

// === gRPC ===

pub(crate) static GRPC_MESSAGE_SIZE: Leaf<usize> = Leaf::integer(
    "nacos.remote.server.grpc.sdk.max-inbound-message-size",
    "10485760",
    (1024, MESSAGE_MAX),
    "bytes",
)
.also(&["nacos.remote.server.grpc.maxinbound.message.size"])
.doc("Largest message that a client may send.", "10 MiB, as in Nacos: content of the greatest length fits.");

pub(crate) static GRPC_KEEP_ALIVE_TIME: Leaf<Duration> =
    Leaf::millis("nacos.remote.server.grpc.sdk.keep-alive-time", "7200000", (1_000, YEAR_MS)).doc(
        "Silence on a connection after which it is pinged.",
        "As in Nacos; clients send their own checks.",
    );

pub(crate) static GRPC_KEEP_ALIVE_TIMEOUT: Leaf<Duration> =
    Leaf::millis("nacos.remote.server.grpc.sdk.keep-alive-timeout", "20000", (1, DAY_MS))
        .doc("How long the answer to a ping may take before the connection is closed.", "As in Nacos.");

// === ids ===

pub(crate) static WORKER_ID: Leaf<Option<u16>> =
    Leaf::optional_integer("nacos.core.snowflake.worker-id", (-1, 1023), |about, text| {
        within::<i32>(about, conversion::integer(text)).and_then(|id| Some(u16::try_from(id).ok()))
    })
    .derived("from the own address")
    .doc(
        "Number of this server inside the ids it makes; -1 means the derived one.",
        "Different on the machines of one network without any setting.",
    );

// === access control ===

pub(crate) static AUTH_ENABLED: Leaf<bool> =
    Leaf::switch("nacos.core.auth.enabled", "false").read_by(|_, text| conversion::access_switch(text)).doc(
        "Whether clients must log in. Access control is not available yet: `true` stops the start.",
        "As in Nacos: clients without a user work.",
    );

#[cfg(test)]
mod tests {
    use super::super::leaf::Accepts;
    use super::*;

    #[test]
    fn every_leaf_is_documented_and_has_a_default() {
        for about in all() {
            assert!(!about.meaning.is_empty() && !about.why.is_empty(), "{} lacks its words", about.name);
            let derived = !about.derived.is_empty();
            let empty_counts = about.name == "nacos.console.contextPath";
            assert_eq!(
                about.default.is_empty() && !empty_counts,
                derived,
                "{} lacks its default",
                about.name
            );
            if let Accepts::Integer { min, max, .. } = about.accepts {
                assert!(min < max, "{}", about.name);
            }
        }
    }

    #[test]
    fn every_name_is_listed_once() {
        let mut names: Vec<_> = all().flat_map(|a| a.also.iter().chain([&a.name])).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
