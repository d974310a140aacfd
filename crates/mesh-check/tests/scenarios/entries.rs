//! What an entry is made of.

use mesh_check::wire::networking::{Resolution, ServiceEntry};
use mesh_check::{Instance, run};

use crate::crowd::Crowd;

/// The numbers that this crate wrote down again must be those of the wire.
#[test]
fn entry_of_a_service_has_the_parts_that_the_mesh_needs() {
    run(async {
        let demo = Instance::new("demo", "10.5.0.1", 8080).metadata("protocol", "grpc");
        let mut crowd = Crowd::start(&[], std::slice::from_ref(&demo)).await?;
        crowd.until("an entry", |view| view.entries.len() == 1).await?;
        for (name, sink) in &crowd.sinks {
            let view = sink.view();
            let (named, stored) = view.entries.iter().next().expect("an entry");
            assert_eq!(named, "public/demo.DEFAULT-GROUP.public", "{name}");
            let ServiceEntry { hosts, ports, location, resolution, .. } = &stored.entry;
            assert_eq!(hosts, &[demo.host()]);
            let port = ports.first().expect("a port");
            assert_eq!((port.number, &*port.name, &*port.protocol), (8080, "grpc", "GRPC"));
            assert_eq!((*location, *resolution), (1, Resolution::Static.into()), "{name}");
            assert!(stored.created.is_some_and(|time| time.seconds > 1_600_000_000), "{name}");
        }
        crowd.end()
    });
}
