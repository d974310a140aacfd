use super::*;

fn entry(change: impl FnOnce(&mut ServiceEntry)) -> ServiceEntry {
    let port =
        ServicePort { number: 80, protocol: "HTTP".to_owned(), name: "http".to_owned(), target_port: 0 };
    let endpoint = WorkloadEntry {
        address: "10.0.0.1".to_owned(),
        ports: [("http".to_owned(), 8080)].into(),
        labels: [("cluster".to_owned(), "DEFAULT".to_owned())].into(),
        ..WorkloadEntry::default()
    };
    let mut entry = ServiceEntry {
        hosts: vec!["demo.DEFAULT-GROUP.public.nacos".to_owned()],
        ports: vec![port],
        location: 1,
        resolution: Resolution::Static.into(),
        endpoints: vec![endpoint],
        ..ServiceEntry::default()
    };
    change(&mut entry);
    entry
}

fn label(entry: &mut ServiceEntry, key: &str, value: &str) {
    entry.endpoints[0].labels.insert(key.to_owned(), value.to_owned());
}

/// What istiod was seen to keep (`spec/istiod-as-seen.md` §4).
#[test]
fn entries_that_istiod_kept_pass() {
    let kept = [
        entry(|_| {}),
        entry(|e| e.endpoints.clear()),
        entry(|e| {
            e.ports.clear();
            e.endpoints[0].ports.clear();
        }),
        entry(|e| e.endpoints[0].weight = u32::MAX),
        entry(|e| e.hosts[0] = "CapHost.DEFAULT-GROUP.public.nacos".to_owned()),
        entry(|e| label(e, "empty", "")),
        entry(|e| label(e, "example.com/key", "v_1.x")),
        entry(|e| e.endpoints[0].address = "fd00::1".to_owned()),
        entry(|e| e.endpoints.push(e.endpoints[0].clone())),
        entry(|e| e.hosts.push("other.nacos".to_owned())),
        entry(|e| e.ports[0].protocol = "http_proxy".to_owned()),
        entry(|e| {
            e.endpoints[0].address = "host.example".to_owned();
            e.resolution = Resolution::Dns.into();
        }),
    ];
    for entry in kept {
        assert_eq!(Rules::Istiod.check(&entry), Ok(()), "{entry:?}");
    }
}

/// What istiod was seen to refuse.
#[test]
fn entries_that_istiod_refused_fail() {
    let long = "a".repeat(64);
    let refused = [
        entry(|e| e.hosts.clear()),
        entry(|e| e.hosts[0] = "*".to_owned()),
        entry(|e| e.ports[0].number = 0),
        entry(|e| e.ports[0].protocol = "DUBBO".to_owned()),
        entry(|e| e.ports.push(ServicePort { name: "other".to_owned(), ..e.ports[0].clone() })),
        entry(|e| e.ports.push(ServicePort { number: 81, ..e.ports[0].clone() })),
        entry(|e| e.endpoints[0].ports = [("grpc".to_owned(), 1)].into()),
        entry(|e| e.endpoints[0].ports = [("http".to_owned(), 70_000)].into()),
        entry(|e| e.hosts[0] = "demo.DEFAULT_GROUP.nacos".to_owned()),
        entry(|e| e.hosts[0] = "a:b.nacos".to_owned()),
        entry(|e| e.hosts[0] = format!("{long}.nacos")),
        entry(|e| label(e, &long, "v")),
        entry(|e| label(e, "key", "a b")),
        entry(|e| e.endpoints[0].address = "host.example".to_owned()),
        entry(|e| {
            e.hosts.push("other.nacos".to_owned());
            e.ports[0].protocol = "TCP".to_owned();
        }),
    ];
    for entry in refused {
        assert!(Rules::Istiod.check(&entry).is_err(), "{entry:?}");
    }
}

#[test]
fn pilot_is_stricter_than_istiod() {
    let refused = [
        entry(|e| e.endpoints.clear()),
        entry(|e| e.endpoints[0].address = "fd00::1".to_owned()),
        entry(|e| e.ports[0].protocol = "HTTP_PROXY".to_owned()),
    ];
    assert_eq!(Rules::Pilot14.check(&entry(|_| {})), Ok(()));
    for entry in refused {
        assert_eq!(Rules::Istiod.check(&entry), Ok(()), "{entry:?}");
        assert!(Rules::Pilot14.check(&entry).is_err(), "{entry:?}");
    }
}
