//! Callers that go before they are answered.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use durability::{HttpClient, Pairs};
use hyper::Method;
use tokio::time::{sleep, timeout};

use crate::archive::pack;
use crate::bed::{BOTH, Bed, run};

/// So many that some are written while others are not.
const ITEMS: usize = 5_000;
const INTERVAL: Duration = Duration::from_millis(5);
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until the first item can be read.
async fn begun(http: &mut HttpClient, namespace: &str) -> Result<()> {
    let first: &Pairs<'_> = &[("tenant", namespace), ("group", "G"), ("dataId", "i0")];
    while http.call(Method::GET, "/nacos/v1/cs/configs", first).await?.status == 404 {
        sleep(INTERVAL).await;
    }
    Ok(())
}

#[test]
fn import_goes_on_to_its_end_when_its_caller_has_gone() {
    run(async {
        let mut bed = Bed::start().await?;
        let names = (0..ITEMS).map(|at| (format!("G/i{at}"), "a content"));
        let archive = pack(names.collect::<Vec<_>>())?;
        for (generation, namespace) in BOTH.into_iter().zip(["first", "third"]) {
            bed.create_namespace(namespace).await?;
            let mut watcher = HttpClient::connect(bed.port()).await?;
            tokio::select! {
                answer = bed.upload(generation, namespace, "OVERWRITE", &archive) => {
                    bail!("{ITEMS} items were written before one could be read: {:?}", answer?.status)
                }
                seen = begun(&mut watcher, namespace) => seen?,
            }
            bed.http = HttpClient::connect(bed.port()).await?; // closes the connection of the upload
            let whole = async {
                while bed.count(namespace).await? < ITEMS as u64 {
                    sleep(INTERVAL).await;
                }
                anyhow::Ok(())
            };
            timeout(DEADLINE, whole).await.context("some items were not written")??;
        }
        Ok(())
    });
}
