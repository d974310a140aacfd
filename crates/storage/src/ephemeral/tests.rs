//! What the file gives back, and what it makes of damage.

use std::sync::Arc;

use navaid_core::{
    ClusterName, ConnectionId, Endpoint, EphemeralInstance, GroupName, Instance, InstanceId, Metadata,
    NamespaceId, ServiceName, Voucher,
};
use proptest::prelude::*;

use super::*;

const MAX: u64 = 1 << 20;

fn key(name: &str) -> ServiceKey {
    ServiceKey::new(&NamespaceId::default(), &GroupName::default(), &ServiceName::parse(name).unwrap())
}

fn instance(port: u16, voucher: Voucher) -> EphemeralInstance {
    let instance = Instance {
        endpoint: Endpoint { ip: "10.0.0.1".into(), port },
        cluster: ClusterName::parse("c").unwrap(),
        weight: 0.5,
        enabled: port.is_multiple_of(2),
        healthy: !port.is_multiple_of(3),
        metadata: [("a", "1"), ("b", "")].into_iter().collect::<Metadata>(),
        id: if port == 3 { InstanceId::Given("own".into()) } else { InstanceId::Simple },
    };
    EphemeralInstance { instance: Arc::new(instance), voucher }
}

fn connection(name: &str) -> Voucher {
    Voucher::Connection(ConnectionId::new(name))
}

fn service(name: &str, ports: std::ops::Range<u16>) -> EphemeralService {
    let vouchers = [Voucher::Beats, connection("1_10.0.0.1_5"), Voucher::Several, connection("2_10.0.0.2_6")];
    let instances = ports.map(|port| instance(port, vouchers[usize::from(port) % 4].clone()));
    EphemeralService { key: key(name), created: Timestamp(42), instances: instances.collect() }
}

/// A file with services `a` and `b`, of which `b` changed and `a` went, and `c` that came.
fn written(dir: &Path) -> EphemeralFile {
    let mut file = EphemeralFile::new(dir, MAX);
    let base = [vec![service("a", 0..5)], vec![service("b", 0..2)]];
    file.rewrite(base.into_iter(), Timestamp(100)).unwrap();
    let changes = vec![EphemeralChange::Is(service("b", 1..4)), EphemeralChange::Gone(key("a"))];
    file.append(changes, Timestamp(200)).unwrap();
    file.append(vec![EphemeralChange::Is(service("c", 0..0))], Timestamp(300)).unwrap();
    file
}

fn last() -> EphemeralState {
    EphemeralState {
        services: vec![service("b", 1..4), service("c", 0..0)],
        reached: Some(Timestamp(300)),
        cut_off: 0,
    }
}

#[test]
fn file_gives_back_the_last_of_each_service() {
    let dir = tempfile::tempdir().unwrap();
    let file = written(dir.path());
    assert_eq!(file.read().unwrap(), last());
    assert!(!dir.path().join("ephemeral.new").exists());
}

#[test]
fn file_that_is_not_there_holds_nothing_and_can_be_removed() {
    let dir = tempfile::tempdir().unwrap();
    let file = EphemeralFile::new(dir.path(), MAX);
    assert_eq!(file.read().unwrap(), EphemeralState::default());
    assert!(file.wants_rewrite());
    file.remove().unwrap();
    written(dir.path()).remove().unwrap();
    assert_eq!(file.read().unwrap(), EphemeralState::default());
}

#[test]
fn file_that_was_cut_off_counts_up_to_its_last_whole_record_once_its_base_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = written(dir.path());
    let whole = fs::read(file.path()).unwrap();
    let states = [
        EphemeralState {
            services: vec![service("a", 0..5), service("b", 0..2)],
            ..EphemeralState::default()
        },
        EphemeralState {
            services: vec![service("a", 0..5), service("b", 1..4)],
            ..EphemeralState::default()
        },
        EphemeralState { services: vec![service("b", 1..4)], ..EphemeralState::default() },
        last(),
    ];
    let mut seen = [false; 4];
    let mut unusable = 0;
    for length in 0..whole.len() {
        fs::write(file.path(), &whole[..length]).unwrap();
        match file.read() {
            Ok(state) => {
                let at = states.iter().position(|known| known.services == state.services);
                seen[at.unwrap_or_else(|| panic!("cut at {length}: {state:?}"))] = true;
            }
            Err(EphemeralUnusable::Foreign | EphemeralUnusable::Unfinished) => unusable += 1,
            Err(error) => panic!("cut at {length}: {error}"),
        }
    }
    assert_eq!(seen, [true; 4]);
    assert!(unusable > 100, "a base that is not whole is of no use");
}

#[test]
fn every_flipped_bit_is_noticed_or_cuts_off_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let file = written(dir.path());
    let whole = fs::read(file.path()).unwrap();
    for at in 0..whole.len() {
        for bit in [0, 7] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << bit;
            fs::write(file.path(), &bytes).unwrap();
            // A length may be made to reach beyond the end, as that of a record that was cut off does.
            if let Ok(state) = file.read() {
                assert!(state.cut_off > 0, "byte {at} bit {bit}: {state:?}");
            }
        }
    }
}

#[test]
fn file_of_another_version_is_told_from_a_foreign_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = written(dir.path());
    let mut bytes = fs::read(file.path()).unwrap();
    bytes[8] = 2;
    let check = crc32fast::hash(&bytes[..12]).to_le_bytes();
    bytes[12..16].copy_from_slice(&check);
    fs::write(file.path(), &bytes).unwrap();
    let error = file.read().unwrap_err();
    assert_eq!(error.to_string(), "it has version 2, this release reads 1");
    fs::write(file.path(), b"some text that somebody left here").unwrap();
    assert!(matches!(file.read(), Err(EphemeralUnusable::Foreign)));
}

#[test]
fn pipe_or_directory_in_its_place_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = EphemeralFile::new(dir.path(), MAX);
    assert!(std::process::Command::new("mkfifo").arg(file.path()).status().unwrap().success());
    assert!(matches!(file.read(), Err(EphemeralUnusable::NoFile)));
    file.remove().unwrap();
    fs::create_dir(file.path()).unwrap();
    assert!(matches!(file.read(), Err(EphemeralUnusable::NoFile)));
}

#[test]
fn file_is_written_anew_when_more_was_appended_than_there_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = EphemeralFile::new(dir.path(), 64 << 20);
    file.rewrite(std::iter::empty(), Timestamp(0)).unwrap();
    let mut appends = 0;
    while !file.wants_rewrite() {
        file.append(vec![EphemeralChange::Is(service("a", 0..200))], Timestamp(1)).unwrap();
        appends += 1;
    }
    assert!(appends > 10, "{appends}");
    let grown = fs::metadata(file.path()).unwrap().len();
    file.rewrite(std::iter::once(vec![service("a", 0..200)]), Timestamp(2)).unwrap();
    assert!(fs::metadata(file.path()).unwrap().len() < grown / 10 && !file.wants_rewrite());
    file.append(vec![EphemeralChange::Gone(key("a"))], Timestamp(3)).unwrap();
    assert_eq!(file.read().unwrap().reached, Some(Timestamp(3)));
}

#[test]
fn file_beyond_its_limit_is_neither_written_nor_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut file = EphemeralFile::new(dir.path(), 4_000);
    file.rewrite(std::iter::once(vec![service("a", 0..5)]), Timestamp(1)).unwrap();
    let error = file.rewrite(std::iter::once(vec![service("a", 0..900)]), Timestamp(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    assert_eq!(file.read().unwrap().services, [service("a", 0..5)], "the old one stays");
    file.rewrite(std::iter::once(vec![service("a", 0..5)]), Timestamp(1)).unwrap();
    let change = vec![EphemeralChange::Is(service("b", 0..900))];
    assert_eq!(file.append(change, Timestamp(2)).unwrap_err().kind(), ErrorKind::FileTooLarge);
    assert!(file.wants_rewrite());
    fs::write(file.path(), vec![0; 5_000]).unwrap();
    assert!(matches!(file.read(), Err(EphemeralUnusable::TooBig { bytes: 5_000, max: 4_000 })));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>, has_header: bool) {
        let dir = tempfile::tempdir().unwrap();
        let file = EphemeralFile::new(dir.path(), MAX);
        let mut content = Vec::new();
        if has_header {
            record::write_header(&mut content).unwrap();
        }
        content.extend(bytes);
        fs::write(file.path(), content).unwrap();
        let _ = file.read();
    }
}
