//! The port of the mesh: who is let in, by certificate and by token.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use navaid_config::{Catalog, ConfigSettings, Configs};
use navaid_core::{
    Command, ConfigKey, HistoryEntry, HistoryId, Moment, Now, Outcome, Timestamp,
    seam::{Clock, Commit, CommitError, HistoryReader, Pending, ReadError},
};
use navaid_mesh::{ListenError, Mesh, MeshSettings, TlsError, TlsFiles, Token};
use navaid_naming::{Naming, NamingSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use tempfile::TempDir;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

const WORLD: &str = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

struct NoStore;

impl Commit for NoStore {
    fn commit(&self, _: Command) -> Pending<Result<Outcome, CommitError>> {
        Box::pin(async { Err(CommitError::Stopping) })
    }
}

impl HistoryReader for NoStore {
    fn list(&self, _: &ConfigKey, _: usize, _: usize) -> Result<(u64, Vec<HistoryEntry>), ReadError> {
        Ok((0, Vec::new()))
    }

    fn get(&self, _: HistoryId) -> Result<Option<HistoryEntry>, ReadError> {
        Ok(None)
    }

    fn newest_of_item(&self, _: u64) -> Result<Option<HistoryEntry>, ReadError> {
        Ok(None)
    }
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Now {
        Now { wall: Timestamp(1), mono: Moment(1) }
    }
}

/// A port that runs until it is dropped.
struct Port {
    address: SocketAddr,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Port {
    async fn open(settings: MeshSettings) -> Result<Self, ListenError> {
        let naming = Arc::new(Naming::new(NamingSettings::default(), Arc::new(NoStore)));
        let (store, config) = (Arc::new(NoStore), ConfigSettings::default());
        let configs = Configs::new(Arc::<Catalog>::default(), store.clone(), store, config);
        let mesh = Mesh::new(naming, Arc::new(configs), Arc::new(StoppedClock), settings);
        let stop = CancellationToken::new();
        let listener = mesh.listen(([127, 0, 0, 1], 0).into(), stop.clone()).await?;
        let address = listener.address().expect("it is open");
        let mut tasks = JoinSet::new();
        tasks.spawn(listener.run());
        Ok(Self { address, stop, tasks })
    }

    /// Stops it; it must end though a connection is open.
    async fn end(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.expect("the listener does not panic");
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the port is open")
    }
}

/// Opens a stream and gives the head of the answer; none if the connection is of no use.
async fn ask(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    path: &str,
    token: Option<&str>,
) -> Option<HeaderMap> {
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(io)).await.ok()?;
    let mut driver = JoinSet::new();
    driver.spawn(async move { _ = connection.await });
    call(&mut sender, path, token).await
}

async fn call(sender: &mut SendRequest<Empty<Bytes>>, path: &str, token: Option<&str>) -> Option<HeaderMap> {
    let mut request = Request::post(format!("http://mesh{path}")).header("te", "trailers");
    if let Some(token) = token {
        request = request.header("authorization", token);
    }
    let answer = sender.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.ok()?;
    let (mut head, body) = (answer.headers().clone(), answer.into_body());
    // The request's half is closed, so the stream ends with its status.
    head.extend(body.collect().await.ok()?.trailers().cloned().unwrap_or_default());
    Some(head)
}

fn status(head: Option<HeaderMap>) -> String {
    head.map_or_else(|| "none".to_owned(), |head| head["grpc-status"].to_str().unwrap().to_owned())
}

#[tokio::test]
async fn token_is_asked_of_everybody_where_it_is_set() {
    let settings = MeshSettings { token: Some(Token::new("s3cret")), ..MeshSettings::default() };
    let port = Port::open(settings).await.unwrap();
    assert_eq!(status(ask(port.connect().await, WORLD, None).await), "16");
    assert_eq!(status(ask(port.connect().await, WORLD, Some("Bearer wrong")).await), "16");
    assert_eq!(status(ask(port.connect().await, WORLD, Some("Bearer s3cret")).await), "0");
    assert_eq!(status(ask(port.connect().await, "/other.Service/Method", Some("s3cret")).await), "12");
    port.end().await;
}

/// Certificates of a test: an authority, and what it signed for a server and for a client.
struct Papers {
    folder: TempDir,
}

impl Papers {
    fn issue() -> Self {
        let folder = TempDir::new().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", authority.pem());
        for name in ["server", "client"] {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec!["mesh.example".to_owned()]).unwrap();
            write(&format!("{name}.pem"), params.signed_by(&key, &authority).unwrap().pem());
            write(&format!("{name}.key"), key.serialize_pem());
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn settings(&self, asks_callers: bool) -> MeshSettings {
        let files = TlsFiles {
            certificate: self.path("server.pem"),
            key: self.path("server.key"),
            client_authorities: asks_callers.then(|| self.path("ca.pem")),
        };
        MeshSettings { tls: Some(files), ..MeshSettings::default() }
    }

    /// A caller that trusts the authority, and shows its own certificate if it has one.
    fn connector(&self, has_own: bool) -> TlsConnector {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let mut config = if has_own {
            let own = CertificateDer::from_pem_file(self.path("client.pem")).unwrap();
            let key = PrivateKeyDer::from_pem_file(self.path("client.key")).unwrap();
            builder.with_client_auth_cert(vec![own], key).unwrap()
        } else {
            builder.with_no_client_auth()
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(config).into()
    }
}

async fn ask_over_tls(port: &Port, connector: TlsConnector) -> String {
    let name = ServerName::try_from("mesh.example").unwrap();
    match connector.connect(name, port.connect().await).await {
        Ok(stream) => status(ask(stream, WORLD, None).await),
        Err(error) => format!("no handshake: {error}"),
    }
}

#[tokio::test]
async fn callers_are_served_over_tls_and_plain_ones_are_not() {
    let papers = Papers::issue();
    let port = Port::open(papers.settings(false)).await.unwrap();
    assert_eq!(ask_over_tls(&port, papers.connector(false)).await, "0");
    assert_eq!(status(ask(port.connect().await, WORLD, None).await), "none");
    port.end().await;
}

#[tokio::test]
async fn callers_without_a_certificate_are_turned_away_where_one_is_asked_for() {
    let papers = Papers::issue();
    let port = Port::open(papers.settings(true)).await.unwrap();
    assert_eq!(ask_over_tls(&port, papers.connector(true)).await, "0");
    assert_eq!(ask_over_tls(&port, papers.connector(false)).await, "none");
    assert_eq!(
        ask_over_tls(&port, Papers::issue().connector(true)).await.split(':').next(),
        Some("no handshake")
    );
    port.end().await;
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let papers = Papers::issue();
    let with = |change: &dyn Fn(&mut TlsFiles, &Path)| {
        let mut settings = papers.settings(true);
        change(settings.tls.as_mut().unwrap(), papers.folder.path());
        settings
    };
    fs::write(papers.path("empty.pem"), "").unwrap();
    let refused = async |settings| Port::open(settings).await.err().expect("it is refused").to_string();
    let missing = refused(with(&|files, folder| files.key = folder.join("missing.pem"))).await;
    assert!(missing.contains("private key") && missing.contains("missing.pem"), "{missing}");
    let empty = refused(with(&|files, folder| files.certificate = folder.join("empty.pem"))).await;
    assert!(empty.contains("no certificate") && empty.contains("empty.pem"), "{empty}");
    let other = with(&|files, folder| files.key = folder.join("client.key"));
    assert!(matches!(Port::open(other).await, Err(ListenError::Tls(TlsError::Unusable(_)))));
}

/// (!) istiod pings every 30 s, also when nothing is to be said; libraries that police pings close after the fourth.
#[tokio::test]
async fn pings_of_an_idle_peer_are_answered_however_many_come() {
    const PING: Duration = Duration::from_millis(10);
    let port = Port::open(MeshSettings::default()).await.unwrap();
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).keep_alive_interval(PING).keep_alive_while_idle(true);
    let (mut sender, connection) = builder.handshake(TokioIo::new(port.connect().await)).await.unwrap();
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    for _ in 0..2 {
        assert_eq!(status(call(&mut sender, WORLD, None).await), "0");
        // However slow the machine is, there is time for more than four.
        tokio::time::sleep(50 * PING).await;
        assert!(driver.try_join_next().is_none(), "the connection has ended");
    }
    port.end().await;
}

#[tokio::test(start_paused = true)]
async fn connection_that_calls_nothing_is_closed() {
    let port = Port::open(MeshSettings::default()).await.unwrap();
    let mut silent = port.connect().await;
    // The clock of the test stands still until nothing else is to be done.
    let mut sent = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut silent, &mut sent).await.unwrap();
    port.end().await;
}
