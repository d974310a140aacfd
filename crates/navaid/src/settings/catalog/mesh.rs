//! The settings of the mesh port (`spec/mesh` §11).

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use navaid_mesh::Token;

use super::super::conversion::{self, Reading};
use super::super::leaf::Leaf;
use super::super::secret::MASK;

pub(crate) static ENABLED: Leaf<bool> = Leaf::switch("nacos.istio.mcp.server.enabled", "false").doc(
    "Whether services are offered to Istio (old MCP, MCP over xDS), Envoy and gRPC clients that speak xDS.",
    "Off, as in Nacos: the port shows every service to whoever reaches it.",
);

pub(crate) static EXTENSION: Leaf<Option<bool>> = Leaf::text(
    "nacos.extension.naming.istio.enabled",
    "",
    "true or false",
    optional_switch,
    |value| value.map(|value| value.to_string()).unwrap_or_default(),
)
.derived("as `nacos.istio.mcp.server.enabled`")
.doc(
    "The second switch that Nacos has since 2.3: `false` keeps the mesh port closed whatever the first says.",
    "One switch is enough; who wrote both as Nacos asks for meets no surprise.",
);

pub(crate) static PORT: Leaf<u16> = Leaf::integer("nacos.istio.mcp.server.port", "18848", (1, 65_535), "")
    .doc("Port of the mesh.", "Where Nacos listens; it does not follow the main port.");

pub(crate) static ADDRESS: Leaf<Option<IpAddr>> =
    Leaf::address("navaid.mesh.address").derived("the value of `server.address`").doc(
        "Address on which the mesh port listens.",
        "One address for all ports unless somebody asks for two.",
    );

pub(crate) static SUFFIX: Leaf<Arc<str>> = Leaf::text(
    "nacos.istio.domain.suffix",
    "nacos",
    "labels of letters, digits and hyphens with dots between, 64 characters at most",
    |_, text| {
        let text = text.trim().trim_start_matches('.');
        let is_name = text.len() <= 64 && navaid_mesh::is_host_name(text);
        if is_name { Reading::Plain(text.into()) } else { Reading::Refused }
    },
    |value: &Arc<str>| value.to_string(),
)
.doc(
    "End of every host name in the mesh: `SERVICE.GROUP.NAMESPACE.` and this.",
    "As in Nacos, so that routing rules written for it stay right.",
);

pub(crate) static DEBOUNCE_AFTER: Leaf<Duration> =
    Leaf::millis("nacos.istio.debounce.after", "100", (0, 60_000)).doc(
        "A service that changed is sent once it has not changed for this long.",
        "As in Nacos 3: a service that starts ten instances is sent once.",
    );

pub(crate) static DEBOUNCE_MAX: Leaf<Option<Duration>> = Leaf::text(
    "nacos.istio.debounce.max",
    "",
    "a whole number of milliseconds from 0 to 600000",
    optional_millis,
    |value| value.map(|value| value.as_millis().to_string()).unwrap_or_default(),
)
.derived("`nacos.istio.mcp.push.interval`, or 5000 where that is not set either")
.doc(
    "A service that goes on changing is sent after this long.",
    "As in Nacos 3. Each service waits by itself, so that one that never rests delays no other.",
);

pub(crate) static PUSH_INTERVAL: Leaf<Option<Duration>> =
    Leaf::text("nacos.istio.mcp.push.interval", "", "a whole number of milliseconds from 0 to 600000", optional_millis, |value| {
        value.map(|value| value.as_millis().to_string()).unwrap_or_default()
    })
    .derived("not used where `nacos.istio.debounce.max` is set")
    .doc(
        "How often Nacos 2 looked for changes. Here changes are told by themselves, and this is the longest wait for a \
         service to rest.",
        "Files written for Nacos 2 keep their meaning.",
    );

pub(crate) static SERVER_FULL: Leaf<bool> = Leaf::switch("nacos.istio.server.full", "true").doc(
    "Has no effect: whether an answer is whole follows from the protocol of its stream.",
    "Files written for Nacos 3 are accepted.",
);

pub(crate) static SPACING: Leaf<Duration> = Leaf::period("navaid.mesh.spacing", "200ms", (0, 60_000)).doc(
    "Least time between two answers of different content on one stream of Istio.",
    "istiod waits for 100 ms of quiet before it tells its proxies, for 10 s at most: a source that sends each change at \
     once makes the mesh slower.",
);

pub(crate) static NAMESPACES: Leaf<Vec<Arc<str>>> = words("navaid.mesh.namespaces").derived_list("all").doc(
    "Ids of the namespaces whose services are shown, with commas between.",
    "As in Nacos, which shows all.",
);

pub(crate) static GROUPS: Leaf<Vec<Arc<str>>> = words("navaid.mesh.groups")
    .derived_list("all")
    .doc("Groups whose services are shown, with commas between.", "As in Nacos, which shows all.");

pub(crate) static ISTIO_NAMESPACE: Leaf<Option<String>> =
    Leaf::host("navaid.mesh.istio-namespace").derived("that of the service in Nacos").doc(
        "Istio's namespace of every service and rule.",
        "As in Nacos. One namespace lets rules of Istio that are bound to a namespace meet all services.",
    );

pub(crate) static EXPORT_TO: Leaf<Vec<Arc<str>>> = words("navaid.mesh.export-to")
    .derived_list("all namespaces of the mesh")
    .doc("`exportTo` of every service entry, with commas between.", "As in Nacos, which sets none.");

pub(crate) static HOSTNAME_VERBATIM: Leaf<bool> = Leaf::switch("navaid.mesh.hostname-verbatim", "false").doc(
    "Whether a host name that instances ask for by the metadata `istio.hostname` is taken as it is when it has a dot; \
     otherwise the suffix follows it.",
    "As in Nacos 2, which always adds the suffix.",
);

pub(crate) static SINGLE_PORT: Leaf<bool> = Leaf::switch("navaid.mesh.single-port", "false").doc(
    "Whether a service has one port, of the protocol that its last instance names, instead of one for each protocol.",
    "Istio refuses a service whose instances speak protocols that its ports do not, as Nacos 2 sends it.",
);

pub(crate) static CERTIFICATE: Leaf<Option<PathBuf>> =
    Leaf::path("navaid.mesh.tls.certificate", "a PEM file").guards().derived("no TLS").doc(
        "Certificate of the mesh port, with its chain. It is read once, at the start.",
        "Istio reaches a source without `tlsSettings` in plain text.",
    );

pub(crate) static KEY: Leaf<Option<PathBuf>> = Leaf::path("navaid.mesh.tls.key", "a PEM file")
    .guards()
    .derived("no TLS")
    .doc("Private key of that certificate.", "Set with `navaid.mesh.tls.certificate`.");

pub(crate) static CLIENT_CA: Leaf<Option<PathBuf>> = Leaf::path("navaid.mesh.tls.client-ca", "a PEM file")
    .guards()
    .derived("callers show no certificate")
    .doc(
        "Authorities of the certificates that callers must show.",
        "istiod shows one only if it is told to.",
    );

pub(crate) static TOKEN: Leaf<Option<Token>> = Leaf::text(
    "navaid.mesh.token",
    "",
    "visible ASCII characters",
    |_, text| match text.trim() {
        "" => Reading::Absent,
        text if text.bytes().all(|byte| byte.is_ascii_graphic()) => Reading::Plain(Some(Token::new(text))),
        _ => Reading::Refused,
    },
    |token| token.as_ref().map(|_| MASK.to_owned()).unwrap_or_default(),
)
.guards()
.derived("none")
.doc(
    "What callers must send as `authorization`, bare or after `Bearer`; never logged.",
    "istiod sends none; Envoy does with `initial_metadata`.",
);

pub(crate) static STREAMS: Leaf<usize> =
    Leaf::integer("navaid.mesh.streams.max", "4096", (1, 1_000_000), "streams").doc(
        "How many streams may be open; more are refused.",
        "Far above the istiods and Envoys of one server.",
    );

fn optional_switch(_: &super::About, text: &str) -> Reading<Option<bool>> {
    match text.trim() {
        "" => Reading::Absent,
        text => conversion::switch(text).and_then(|value| Some(Some(value))),
    }
}

fn optional_millis(_: &super::About, text: &str) -> Reading<Option<Duration>> {
    const MAX: i64 = 600_000;
    match text.trim() {
        "" => Reading::Absent,
        text => conversion::integer(text).and_then(|ms| {
            let ms = u64::try_from(ms).ok().filter(|_| ms <= MAX)?;
            Some(Some(Duration::from_millis(ms)))
        }),
    }
}

/// Names with commas between.
const fn words(name: &'static str) -> Leaf<Vec<Arc<str>>> {
    Leaf::text(
        name,
        "",
        "names with commas between",
        |_, text| {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            let words: Vec<Arc<str>> = words.map(Arc::from).collect();
            if words.is_empty() { Reading::Absent } else { Reading::Plain(words) }
        },
        |value| value.iter().map(|word| &**word).collect::<Vec<_>>().join(","),
    )
}
