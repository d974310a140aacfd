//! Probes of servers that follow a script, most of them no good ones.

use std::{future::Future, time::Instant};

use rsa::{
    Generate, Oaep, PrivateKey,
    pkcs8::{EncodePublicKey, LineEnding},
};
use sha1::{Digest, Sha1};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinSet,
};

use super::{greeting::tests::greeting, *};

const PATIENT: Duration = Duration::from_secs(20);
const HASTY: Duration = Duration::from_millis(100);
const NATIVE: &str = "mysql_native_password";
const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];
const END: &[u8] = &[0xfe, 0, 0, 2, 0];

/// The side of a server on one connection.
struct Session {
    stream: TcpStream,
    number: u8,
}

impl Session {
    async fn send(&mut self, body: &[u8]) {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        let mut packet = vec![length[0], length[1], length[2], self.number];
        packet.extend_from_slice(body);
        self.number = self.number.wrapping_add(1);
        self.stream.write_all(&packet).await.unwrap();
    }

    async fn receive(&mut self) -> Vec<u8> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).await.unwrap();
        self.number = head[3].wrapping_add(1);
        let mut body = vec![0; usize::from(head[0]) | usize::from(head[1]) << 8];
        self.stream.read_exact(&mut body).await.unwrap();
        body
    }

    /// Takes whoever comes; gives the statement that is asked.
    async fn admit(&mut self) -> Vec<u8> {
        self.send(&greeting(NATIVE)).await;
        self.receive().await;
        self.send(OK).await;
        let command = self.receive().await;
        assert_eq!(command[0], 3);
        command[1..].to_vec()
    }

    /// An answer of one row.
    async fn answer(&mut self, row: &[&[u8]]) {
        self.send(&[u8::try_from(row.len()).unwrap()]).await;
        for _ in row {
            self.send(b"a column").await;
        }
        self.send(END).await;
        let mut values = Vec::new();
        for value in row {
            values.push(u8::try_from(value.len()).unwrap());
            values.extend_from_slice(value);
        }
        self.send(&values).await;
        self.send(END).await;
    }
}

/// Probes a server of one connection, which must end its script.
async fn probe<S, F>(command: &str, wait: Duration, serve: S) -> Finding
where
    S: FnOnce(Session) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(Session { stream: server, number: 0 }));
    let finding = MysqlCheck { user: "u", password: "secret", command }.run(stream, wait).await;
    tasks.join_next().await.unwrap().unwrap();
    finding
}

/// Until the other side has left.
async fn see_off(mut session: Session) {
    let mut rest = Vec::new();
    // A probe that leaves what it was sent unread resets the connection.
    let _ = session.stream.read_to_end(&mut rest).await;
}

fn failed(reason: &str) -> Finding {
    Finding::SqlFailed { reason: reason.into() }
}

#[tokio::test]
async fn statement_that_succeeds_passes_and_the_session_is_ended() {
    let serve = async |mut session: Session| {
        assert_eq!(session.admit().await, b"select 1");
        session.answer(&[b"1"]).await;
        assert_eq!(session.receive().await, [1], "quits");
    };
    assert_eq!(probe("select 1", PATIENT, serve).await, Finding::Passed);
    let serve = async |mut session: Session| {
        session.admit().await;
        session.send(OK).await;
        see_off(session).await;
    };
    assert_eq!(probe("do 1", PATIENT, serve).await, Finding::Passed);
}

#[tokio::test]
async fn server_that_is_read_only_is_told_from_one_that_writes() {
    let ask = async |value: &'static [u8]| {
        let serve = async move |mut session: Session| {
            session.admit().await;
            session.answer(&[b"read_only", value]).await;
            see_off(session).await;
        };
        probe(READ_ONLY, PATIENT, serve).await
    };
    assert_eq!(ask(b"ON").await, Finding::ReadOnly);
    assert_eq!(ask(b"OFF").await, Finding::Passed);
    let serve = async |mut session: Session| {
        session.admit().await;
        session.answer(&[b"read_only", b"ON"]).await;
        see_off(session).await;
    };
    let other = "show global variables like 'read_only'";
    assert_eq!(
        probe(other, PATIENT, serve).await,
        Finding::Passed,
        "only the reference's statement is judged"
    );
}

#[tokio::test]
async fn error_of_the_server_is_told_in_its_words() {
    let serve = async |mut session: Session| {
        session.admit().await;
        session.send(b"\xff\x7a\x04#42S02Table 'x.y' doesn't exist").await;
        see_off(session).await;
    };
    let finding = probe("select 1 from x.y", PATIENT, serve).await;
    assert_eq!(finding, failed("error 1146: Table 'x.y' doesn't exist"));
    let serve = async |mut session: Session| {
        session.send(b"\xff\x10\x04Too many connections").await;
        see_off(session).await;
    };
    assert_eq!(probe("select 1", PATIENT, serve).await, failed("error 1040: Too many connections"));
}

#[tokio::test]
async fn silent_server_times_out_at_whatever_it_falls_silent() {
    let silent = async |session: Session| see_off(session).await;
    assert_eq!(probe("select 1", HASTY, silent).await, Finding::TimedOut);
    let after_login = async |mut session: Session| {
        session.admit().await;
        see_off(session).await;
    };
    assert_eq!(probe("select sleep(9)", HASTY, after_login).await, Finding::TimedOut);
}

#[tokio::test]
async fn server_that_drips_is_given_up_after_twice_the_wait() {
    let drip = async |mut session: Session| {
        session.admit().await;
        session.send(&[1]).await;
        session.send(b"a column").await;
        session.send(END).await;
        let mut row = vec![1, 0, 0, session.number, 0];
        while session.stream.write_all(&row).await.is_ok() {
            row[3] = row[3].wrapping_add(1);
            tokio::time::sleep(HASTY / 10).await;
        }
    };
    let begun = Instant::now();
    assert_eq!(probe("select 1", HASTY, drip).await, Finding::TimedOut);
    assert!(begun.elapsed() < HASTY * 40, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn server_of_something_else_is_told() {
    let serve = async |mut session: Session| {
        session.stream.write_all(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n").await.unwrap();
        see_off(session).await;
    };
    let expected = failed("no MySQL server: a packet out of order");
    assert_eq!(probe("select 1", PATIENT, serve).await, expected);
}

#[tokio::test]
async fn more_columns_or_bytes_than_a_check_takes_are_refused_when_announced() {
    let columns = async |mut session: Session| {
        session.admit().await;
        // One more than is taken.
        session.send(&[0xfc, 0x01, 0x10]).await;
        see_off(session).await;
    };
    assert_eq!(probe("select 1", PATIENT, columns).await, failed("no MySQL server: no columns"));
    let packet = async |mut session: Session| {
        session.stream.write_all(&[0xff, 0xff, 0xff, 0, 10]).await.unwrap();
        see_off(session).await;
    };
    assert_eq!(probe("select 1", PATIENT, packet).await, failed("answers too much"));
}

#[tokio::test]
async fn endless_answer_is_left_and_passes() {
    let serve = async |mut session: Session| {
        session.admit().await;
        session.send(&[1]).await;
        session.send(b"a column").await;
        session.send(END).await;
        let row = [&[0xfc, 0x00, 0x10][..], &[b'x'; 0x1000]].concat();
        let mut sent = 0_usize;
        loop {
            let mut packet = vec![3, 0x10, 0, session.number];
            packet.extend_from_slice(&row);
            session.number = session.number.wrapping_add(1);
            if session.stream.write_all(&packet).await.is_err() {
                break;
            }
            sent += packet.len();
            assert!(sent < 64 << 20, "the probe reads on and on");
        }
    };
    assert_eq!(probe("select x from y", PATIENT, serve).await, Finding::Passed);
}

#[tokio::test]
async fn file_of_this_server_is_not_given() {
    let serve = async |mut session: Session| {
        session.admit().await;
        session.send(b"\xfba-file").await;
        assert_eq!(session.receive().await, [1], "only the end of the session");
    };
    let expected = failed("asks for a file of this server");
    assert_eq!(probe("load data local infile", PATIENT, serve).await, expected);
}

#[tokio::test]
async fn account_of_another_plugin_is_switched_to() {
    let serve = async |mut session: Session| {
        session.send(&greeting("caching_sha2_password")).await;
        session.receive().await;
        session.send(b"\xfemysql_native_password\0ABCDEFGHIJKLMNOPQRST\0").await;
        let stored = Sha1::digest(Sha1::digest("secret"));
        let mask = Sha1::new().chain_update(b"ABCDEFGHIJKLMNOPQRST").chain_update(stored).finalize();
        let proof = session.receive().await;
        let once: Vec<_> = proof.iter().zip(mask).map(|(one, other)| one ^ other).collect();
        assert_eq!(Sha1::digest(once), stored);
        session.send(OK).await;
        session.receive().await;
        session.send(OK).await;
        see_off(session).await;
    };
    assert_eq!(probe("select 1", PATIENT, serve).await, Finding::Passed);
}

#[tokio::test]
async fn password_is_never_given_in_clear() {
    let serve = async |mut session: Session| {
        session.send(&greeting(NATIVE)).await;
        session.receive().await;
        session.send(b"\xfemysql_clear_password\0").await;
        assert_eq!(session.receive().await, [1], "only the end of the session");
    };
    let finding = probe("select 1", PATIENT, serve).await;
    assert_eq!(finding, failed("login 'mysql_clear_password' is not available"));
}

/// As a server of MySQL 8 does once after its start, for each account.
#[tokio::test]
async fn password_that_a_server_wants_is_sealed_for_its_key() {
    let key = PrivateKey::generate();
    let serve = async move |mut session: Session| {
        session.send(&greeting("caching_sha2_password")).await;
        let login = session.receive().await;
        let stored = Sha256::digest(Sha256::digest("secret"));
        let mask = Sha256::new().chain_update(stored).chain_update(b"abcdefghijklmnopqrst").finalize();
        let at = login.windows(2).position(|window| window == b"u\0").unwrap() + 3;
        let once: Vec<_> = login[at..at + 32].iter().zip(mask).map(|(one, other)| one ^ other).collect();
        assert_eq!(Sha256::digest(once), stored);
        session.send(&[1, 4]).await;
        assert_eq!(session.receive().await, [2], "asks for the key");
        let public = key.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
        session.send(&[&[1], public.as_bytes()].concat()).await;
        let sealed = session.receive().await;
        let opened = key.decrypt(Oaep::<Sha1>::new(), &sealed).unwrap();
        let nonce = b"abcdefghijklmnopqrst".iter().cycle();
        let password: Vec<_> = opened.iter().zip(nonce).map(|(byte, nonce)| byte ^ nonce).collect();
        assert_eq!(password, b"secret\0");
        session.send(OK).await;
        session.receive().await;
        session.send(OK).await;
        see_off(session).await;
    };
    assert_eq!(probe("select 1", PATIENT, serve).await, Finding::Passed);
}

#[tokio::test]
async fn login_without_an_end_is_left() {
    let serve = async |mut session: Session| {
        session.send(&greeting(NATIVE)).await;
        session.receive().await;
        for _ in 0..8 {
            session.send(&[1, 3]).await;
        }
        see_off(session).await;
    };
    let expected = failed("no MySQL server: the login does not end");
    assert_eq!(probe("select 1", PATIENT, serve).await, expected);
}
