//! The client script of tests/clients/README.md with the official Rust SDK.

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::sync::Arc;

use nacos_sdk::api::config::{ConfigChangeListener, ConfigResponse, ConfigService, ConfigServiceBuilder};
use nacos_sdk::api::naming::{
    NamingChangeEvent, NamingEventListener, NamingService, NamingServiceBuilder, ServiceInstance,
};
use nacos_sdk::api::props::ClientProps;
use tokio::sync::{Mutex, mpsc, watch};

const GROUP: &str = "clients";
const SERVICE: &str = "orders";
const DATA_ID: &str = "greeting";
const SELF: &str = "10.1.0.1:7001";
const NEIGHBOUR: &str = "10.1.0.2:7002";

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Keeps the newest view of the subscribed service.
struct ViewListener(watch::Sender<BTreeSet<String>>);

impl NamingEventListener for ViewListener {
    fn event(&self, event: Arc<NamingChangeEvent>) {
        let view = addresses(event.instances.as_deref().unwrap_or_default());
        println!("view is now {view:?}");
        self.0.send_replace(view);
    }
}

/// Keeps the newest text of the listened config item.
struct TextListener(watch::Sender<String>);

impl ConfigChangeListener for TextListener {
    fn notify(&self, item: ConfigResponse) {
        println!("config is now {:?}", item.content());
        self.0.send_replace(item.content().clone());
    }
}

struct Client {
    naming: NamingService,
    config: ConfigService,
    view: watch::Sender<BTreeSet<String>>,
    text: watch::Sender<String>,
    words: Mutex<mpsc::Receiver<String>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let client = Client::connect(std::env::var("NAVAID_SERVER")?).await?;
    client.run_through().await?;
    client.survive_restart().await
}

impl Client {
    async fn connect(server: String) -> Outcome<Self> {
        let props = ClientProps::new().server_addr(server).app_name("sdk-client");
        Ok(Client {
            naming: NamingServiceBuilder::new(props.clone()).build().await?,
            config: ConfigServiceBuilder::new(props).build().await?,
            view: watch::Sender::default(),
            text: watch::Sender::default(),
            words: Mutex::new(words_from_runner()),
        })
    }

    async fn run_through(&self) -> Outcome {
        self.register().await?;
        self.step("registered").await?;
        self.discover().await?;
        self.step("discovered").await?;
        let listener = Arc::new(ViewListener(self.view.clone()));
        self.naming.subscribe(SERVICE.into(), Some(GROUP.into()), vec![], listener).await?;
        self.step("subscribed").await?;
        self.view_is(&[SELF, NEIGHBOUR]).await?;
        self.step("neighbour-seen").await?;
        self.view_is(&[SELF]).await?;
        self.step("neighbour-gone").await?;

        self.publish("first é 一").await?;
        self.step("published").await?;
        let item = self.config.get_config(DATA_ID.into(), GROUP.into()).await?;
        check(item.content() == "first é 一", &item)?;
        self.step("read").await?;
        let listener = Arc::new(TextListener(self.text.clone()));
        self.config.add_listener(DATA_ID.into(), GROUP.into(), listener).await?;
        self.step("listening").await?;
        self.text_is("second é 一").await?;
        self.step("change-seen").await?;
        // The SDK tells a listener nothing of a removal, and answers a get of a listened item from its copy.
        self.remove().await?;
        self.step("removed").await?;
        self.deregister().await
    }

    async fn survive_restart(&self) -> Outcome {
        self.register().await?;
        self.publish("third é 一").await?;
        self.text_is("third é 一").await?;
        self.step("ready-for-restart").await?;

        self.text_is("fourth é 一").await?;
        self.view_is(&[SELF, NEIGHBOUR]).await?;
        self.step("recovered").await?;
        self.publish("fifth é 一").await?;
        self.text_is("fifth é 一").await?;
        self.step("republished").await?;
        self.remove().await?;
        self.step("removed").await?;
        self.deregister().await
    }

    async fn register(&self) -> Outcome {
        Ok(self.naming.register_instance(SERVICE.into(), Some(GROUP.into()), own_instance()).await?)
    }

    async fn deregister(&self) -> Outcome {
        self.naming.deregister_instance(SERVICE.into(), Some(GROUP.into()), own_instance()).await?;
        self.step("deregistered").await
    }

    async fn discover(&self) -> Outcome {
        let found = self.naming.get_all_instances(SERVICE.into(), Some(GROUP.into()), vec![], false).await?;
        check(addresses(&found) == BTreeSet::from([SELF.to_owned()]), &found)?;
        let own = &found[0];
        let zone = own.metadata.get("zone").map(String::as_str);
        check(own.weight == 2.0 && own.healthy && zone == Some("west"), own)
    }

    async fn publish(&self, content: &str) -> Outcome {
        let published =
            self.config.publish_config(DATA_ID.into(), GROUP.into(), content.into(), None).await?;
        check(published, content)
    }

    async fn remove(&self) -> Outcome {
        let removed = self.config.remove_config(DATA_ID.into(), GROUP.into()).await?;
        check(removed, DATA_ID)
    }

    /// Claims a step and waits for the runner to have checked it and done its own part.
    async fn step(&self, name: &str) -> Outcome {
        println!("STEP {name}");
        self.words.lock().await.recv().await.ok_or("the runner is gone")?;
        Ok(())
    }

    /// Waits without a limit: the runner keeps the time.
    async fn view_is(&self, wanted: &[&str]) -> Outcome {
        let wanted: BTreeSet<String> = wanted.iter().copied().map(str::to_owned).collect();
        self.view.subscribe().wait_for(|view| *view == wanted).await?;
        Ok(())
    }

    /// Waits without a limit: the runner keeps the time.
    async fn text_is(&self, wanted: &str) -> Outcome {
        self.text.subscribe().wait_for(|text| text == wanted).await?;
        Ok(())
    }
}

fn own_instance() -> ServiceInstance {
    ServiceInstance {
        ip: "10.1.0.1".into(),
        port: 7001,
        weight: 2.0,
        metadata: HashMap::from([("zone".into(), "west".into())]),
        ..Default::default()
    }
}

fn addresses(instances: &[ServiceInstance]) -> BTreeSet<String> {
    instances.iter().map(ServiceInstance::ip_and_port).collect()
}

fn check(holds: bool, what: impl std::fmt::Debug) -> Outcome {
    if holds { Ok(()) } else { Err(format!("not as expected: {what:?}").into()) }
}

/// The lines from the runner; the end of the input is the end of the runner, and so of this program.
fn words_from_runner() -> mpsc::Receiver<String> {
    let (heard, words) = mpsc::channel(1);
    std::thread::spawn(move || {
        for word in std::io::stdin().lines().map_while(Result::ok) {
            if heard.blocking_send(word).is_err() {
                break;
            }
        }
        std::process::exit(1);
    });
    words
}
