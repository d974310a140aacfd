//! MySQL probes of a real server: MariaDB, started on a port and in a folder of its own.

use std::{
    fs,
    io::ErrorKind,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use navaid_core::{Switches, service::HealthChecker};
use navaid_probe::{Mark, Subject};
use tempfile::TempDir;

use crate::rig::{Rig, subject};

/// With this variable at 1, a missing server is a failure.
const FORBID_SKIP: &str = "NAVAID_TEST_FORBID_SKIP";
/// The statement by which a server that takes writes is told from one that does not.
const READ_ONLY: &str = "show global variables where variable_name='read_only'";
/// For a start on a busy machine.
const START_MAX: Duration = Duration::from_secs(120);

/// A server, killed when the test is over.
struct MariaDb {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl MariaDb {
    /// None where it is not installed.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let data = format!("--datadir={}", folder.path().join("data").display());
        // It does not run as root unless it is told to.
        let user = rustix::process::geteuid().is_root().then_some("--user=root");
        let install = command("mariadb-install-db", folder.path())
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", &data])
            .args(user)
            .stdout(Stdio::null())
            .status();
        match install {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            install => assert!(install.unwrap().success(), "the folder is made"),
        }
        let init = folder.path().join("init.sql");
        let accounts = "create user probe@'%' identified by 'probe-secret';\n\
                        create user nobody@'%';\n\
                        create user admin@'%' identified by 'admin-secret';\n\
                        grant all on *.* to admin@'%';\n";
        fs::write(&init, accounts).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = command("mariadbd", folder.path())
            .args(["--no-defaults", &data, &format!("--init-file={}", init.display())])
            .args(["--bind-address=127.0.0.1", &format!("--port={port}"), "--skip-name-resolve"])
            .args(["--socket=s", "--pid-file=p", "--log-error=log", "--innodb-buffer-pool-size=16M"])
            .args(user)
            .spawn();
        let child = match child {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            child => child.unwrap(),
        };
        let server = Self { child, port, folder };
        let begun = Instant::now();
        while !server.sql("select 1") {
            assert!(begun.elapsed() < START_MAX, "MariaDB does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    /// Runs a statement as an administrator.
    fn sql(&self, statement: &str) -> bool {
        let port = format!("--port={}", self.port);
        let client = command("mariadb", self.folder.path())
            .args(["--no-defaults", "--host=127.0.0.1", &port, "--user=admin", "--password=admin-secret"])
            .args(["--execute", statement])
            .output();
        client.unwrap().status.success()
    }

    fn probed(&self, user: &str, password: &str, command: &str) -> Subject {
        let [user, password, command] = [user, password, command].map(Into::into);
        subject(self.port, HealthChecker::Mysql { user, password, command })
    }

    async fn rig(&self, user: &str, password: &str, command: &str) -> Rig {
        let rig = Rig::start(self.probed(user, password, command), Switches::default());
        rig.wait_for("probe", |rig| rig.probed(self.port) > 0).await;
        rig
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
    }
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    // Where Debian has the server, which the paths of ordinary users leave out.
    let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
    command.current_dir(folder).env("PATH", path).stderr(Stdio::null());
    command
}

#[tokio::test]
async fn mariadb_is_healthy_as_its_accounts_and_statements_say() {
    let Some(mut server) = MariaDb::start() else {
        let forbidden = std::env::var_os(FORBID_SKIP).is_some_and(|forbid| forbid == "1");
        assert!(!forbidden, "mariadb-install-db is not installed, and {FORBID_SKIP}=1 forbids skipping");
        eprintln!("skipped: mariadb-install-db is not installed (Debian: mariadb-server)");
        return;
    };
    writer_and_replica_are_told_apart(&server).await;
    accounts_and_statements_are_told_apart(&server).await;
    let rig = server.rig("nobody", "", "select 1").await;
    assert_eq!(rig.newest(server.port), "passed", "an account without a password");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    rig.wait_for("mark of a server that is gone", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    rig.stop().await;
}

async fn writer_and_replica_are_told_apart(server: &MariaDb) {
    let rig = server.rig("probe", "probe-secret", READ_ONLY).await;
    rig.wait_for("row of probes", |rig| rig.probed(server.port) > 3).await;
    assert_eq!((rig.newest(server.port).as_str(), rig.table.marks()), ("passed", vec![]));
    assert!(server.sql("set global read_only=on"));
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy]).await;
    let records = rig.report(server.port).unwrap().records;
    let replica = records.iter().filter(|record| &*record.text == "current node is slave!").count();
    assert!(replica >= 3, "{records:?}");
    assert!(server.sql("set global read_only=off"));
    rig.wait_for("mark", |rig| rig.table.marks() == [Mark::Unhealthy, Mark::Healthy]).await;
    rig.stop().await;
}

async fn accounts_and_statements_are_told_apart(server: &MariaDb) {
    let (wrong, absent, slow) = tokio::join!(
        server.rig("probe", "another-secret", "select 1"),
        server.rig("probe", "probe-secret", "select 1 from absent.absent"),
        server.rig("probe", "probe-secret", "select sleep(30)"),
    );
    let marked = |rig: &Rig| rig.table.marks() == [Mark::Unhealthy];
    for rig in [&wrong, &absent, &slow] {
        rig.wait_for("mark", marked).await;
    }
    assert!(wrong.newest(server.port).starts_with("MySQL: error 1045: Access denied"));
    assert!(absent.newest(server.port).starts_with("MySQL: error 1142: SELECT command denied"));
    let records = slow.report(server.port).unwrap().records;
    assert!(records.len() >= 3 && records.iter().all(|record| &*record.text == "timed out"), "{records:?}");
    for rig in [wrong, absent, slow] {
        rig.stop().await;
    }
}
