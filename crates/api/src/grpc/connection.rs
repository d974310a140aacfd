//! One registered SDK connection: who it is, when it was last heard of, what it listens to, and what waits for it.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use navaid_config::{AppLabels, Listener};
use navaid_core::{ClientId, ConfigKey, ConnectionId, Moment, Now, Timestamp};
use navaid_naming::{ClientProfile, Consumer, Selection};
use navaid_wire::{
    grpc::connection::{ConnectionSetupRequest, label},
    loader::{ConnectionAnswer, ConnectionMeta},
};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{
    mailbox::Mailbox,
    outbox::NoticeKey,
    pattern_sync::{PatternSync, WatchId},
    spellings::Spellings,
    transport::Transport,
};

/// How long after a client said that it would move the end of its connection counts as its moving. Java connects
/// elsewhere first, with tries of 3 s; Go may stay for good, and then ends like any other.
const MOVE_WITHIN: Duration = Duration::from_secs(10);

/// How far, in milliseconds, the `lastRefTime` given to a client may run ahead of the clock.
const REF_TIME_LEAD_MAX: u64 = 1000;

/// What a client said in its setup (`spec/grpc` §5.3). Unverified, as everything that a client says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// The address that the client claims, or where its packets come from when it claims none.
    pub(crate) client_ip: Arc<str>,
    /// Such as `Nacos-Java-Client:v2.5.1`.
    pub(crate) version: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// The namespace that it takes for its own.
    pub(crate) tenant: Option<String>,
    /// What it can do; one that says so waits for the server's abilities.
    pub(crate) abilities: Option<BTreeMap<String, bool>>,
    /// What gray rules by labels look at.
    pub(crate) app_labels: Arc<AppLabels>,
}

impl Setup {
    pub(crate) fn new(request: ConnectionSetupRequest, client_ip: Arc<str>) -> Self {
        let mut setup = Self {
            client_ip,
            version: request.client_version,
            labels: request.labels,
            tenant: request.tenant,
            abilities: request.ability_table,
            app_labels: Arc::default(),
        };
        let built_in =
            [(AppLabels::APP_NAME, setup.app()), (AppLabels::CLIENT_VERSION, setup.version.as_str())];
        setup.app_labels = Arc::new(AppLabels::new(setup.own_labels().into_iter().chain(built_in)));
        setup
    }

    /// Whether it waits for the server's abilities.
    pub(crate) fn negotiates(&self) -> bool {
        self.abilities.is_some()
    }

    /// The gray tag that the client gave for all its requests.
    pub(crate) fn gray_tag(&self) -> Option<&str> {
        self.label(label::VIPSERVER_TAG)
    }

    fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// Whether the connection may publish and subscribe: its module must be one that has a naming client.
    fn has_naming_client(&self) -> bool {
        matches!(self.label(label::MODULE), Some("naming" | "ai"))
    }

    pub(crate) fn has_config_client(&self) -> bool {
        self.label(label::MODULE) == Some("config")
    }

    /// Labels of the application, without their prefix.
    fn own_labels(&self) -> BTreeMap<&str, &str> {
        let labels = self.labels.iter();
        labels
            .filter_map(|(name, value)| Some((name.strip_prefix(label::APP_PREFIX)?, value.as_str())))
            .collect()
    }

    fn app(&self) -> &str {
        self.label(label::APP_NAME).unwrap_or("-")
    }
}

/// A registered connection. Owned by its transport; ends with it.
pub(crate) struct Connection {
    id: ConnectionId,
    pub(crate) setup: Setup,
    peer: SocketAddr,
    connected_at: Timestamp,
    last_active: AtomicU64,
    /// Latest `lastRefTime` that the client was given.
    ref_time: AtomicU64,
    /// When the client took note of having been told to move.
    told_to_move: OnceLock<Moment>,
    closing: CancellationToken,
    pub(crate) mailbox: Arc<Mailbox>,
    /// Ends the connection's watches when it is dropped.
    pub(crate) listener: Listener,
    /// Whether it ever began to listen: most that read do not, and need not be looked up.
    has_listened: AtomicBool,
    spellings: Mutex<Spellings>,
    /// Watches by pattern whose client is being brought up to date.
    pub(crate) syncs: Mutex<HashMap<WatchId, PatternSync>>,
}

impl Connection {
    pub(crate) fn new(
        transport: &Transport,
        setup: Setup,
        mailbox: Arc<Mailbox>,
        listener: Listener,
        now: Now,
    ) -> Self {
        Self {
            id: transport.id().clone(),
            closing: transport.closing(),
            setup,
            peer: transport.peer(),
            connected_at: now.wall,
            last_active: AtomicU64::new(now.mono.0),
            ref_time: AtomicU64::new(0),
            told_to_move: OnceLock::new(),
            mailbox,
            listener,
            has_listened: AtomicBool::new(false),
            spellings: Mutex::default(),
            syncs: Mutex::default(),
        }
    }

    pub(crate) fn id(&self) -> &ConnectionId {
        &self.id
    }

    pub(crate) fn connected_at(&self) -> Timestamp {
        self.connected_at
    }

    /// What the loader shows of this connection.
    pub(crate) fn shown(&self, now: Now) -> ConnectionAnswer<'_> {
        let Setup { client_ip, version, labels, tenant, abilities, app_labels: _ } = &self.setup;
        ConnectionAnswer {
            traced: false,
            ability_table: abilities.as_ref(),
            meta_info: ConnectionMeta {
                connect_type: "GRPC",
                client_ip,
                remote_ip: self.peer.ip().to_canonical().to_string(),
                remote_port: self.peer.port(),
                version,
                connection_id: self.id.as_str(),
                create_time: self.connected_at.as_millis(),
                last_active_time: (now.wall - now.mono.since(self.last_active())).as_millis(),
                app_name: self.setup.app(),
                tenant: tenant.as_deref(),
                labels,
            },
            connected: true,
            labels,
            app_labels: self.setup.own_labels(),
        }
    }

    /// The naming client of this connection.
    pub(crate) fn client(&self) -> ClientId {
        ClientId::Connection(self.id.clone())
    }

    pub(crate) fn has_naming_client(&self) -> bool {
        self.setup.has_naming_client()
    }

    /// What lists of clients show of this one.
    pub(crate) fn profile(&self, transport: &Transport, now: Now) -> Arc<ClientProfile> {
        Arc::new(ClientProfile {
            ip: self.setup.client_ip.clone(),
            port: transport.peer().port(),
            agent: self.setup.version.as_str().into(),
            app: self.setup.app().into(),
            connected_at: now,
        })
    }

    /// Who listens, as lists of subscribers show it.
    pub(crate) fn consumer(&self) -> Arc<Consumer> {
        Arc::new(Consumer {
            ip: self.setup.client_ip.clone(),
            port: 0,
            agent: self.setup.version.as_str().into(),
            app: self.setup.app().into(),
        })
    }

    /// The `lastRefTime` of an answer or push to this client at `time`, of [`navaid_naming::Naming::ref_time`]: not before the selection's own, and later than any that
    /// the client was given, because Go drops what is not (`spec/naming-semantics` §5.3). It runs ahead of the clock
    /// by [`REF_TIME_LEAD_MAX`] at most: a client that moves to another member must not drop what that one tells.
    pub(crate) fn next_ref_time(&self, selection: &Selection, time: Timestamp) -> u64 {
        let floor = selection.last_ref_time.max(time.0);
        let next = |last: u64| floor.max((last + 1).min(time.0 + REF_TIME_LEAD_MAX));
        let last = self.ref_time.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
        next(last.expect("the update always gives a value"))
    }

    /// The client was heard of.
    pub(crate) fn touch(&self, now: Moment) {
        self.last_active.store(now.0, Ordering::Relaxed);
    }

    pub(crate) fn last_active(&self) -> Moment {
        Moment(self.last_active.load(Ordering::Relaxed))
    }

    /// The client begins to listen to items, and names their namespaces so.
    pub(crate) fn begins_to_listen<'a>(
        &self,
        items: impl IntoIterator<Item = (&'a ConfigKey, Option<&'a str>)>,
    ) {
        self.has_listened.store(true, Ordering::Relaxed);
        let mut spellings = self.spellings.lock();
        items.into_iter().for_each(|(key, tenant)| spellings.note(key, tenant));
    }

    /// The client has taken note of having been told to move.
    pub(crate) fn moves(&self, now: Moment) {
        // It goes by the first time.
        let _ = self.told_to_move.set(now);
    }

    /// Whether the end of the connection is what the server asked for.
    pub(crate) fn ended_by_moving(&self, now: Moment) -> bool {
        self.told_to_move.get().is_some_and(|told| now.since(*told) <= MOVE_WITHIN)
    }

    /// Closes stream and transport; what was registered is taken back when the transport has ended.
    pub(crate) fn close(&self) {
        self.mailbox.close();
        self.closing.cancel();
    }

    /// The client has taken a message of a sync: the next one may follow.
    pub(crate) fn sync_taken(&self, watch: WatchId) {
        if let Some(sync) = self.syncs.lock().get_mut(&watch) {
            sync.taken();
        }
        self.mailbox.notice(NoticeKey::Sync(watch));
    }

    pub(crate) fn listens_no_more(&self, key: &ConfigKey) {
        self.spellings.lock().forget(key);
    }

    pub(crate) fn listens_to(&self, key: &ConfigKey) -> bool {
        self.has_listened.load(Ordering::Relaxed) && self.listener.watches(key)
    }

    /// The client's spelling of the item's namespace.
    pub(crate) fn spelling_of(&self, key: &ConfigKey) -> Option<String> {
        self.spellings.lock().of(key)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("id", &self.id).field("setup", &self.setup).finish_non_exhaustive()
    }
}
