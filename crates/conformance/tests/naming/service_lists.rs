//! Lists of services, in pages and by a part of the name.

use std::collections::BTreeSet;

use anyhow::Result;
use libtest_mimic::Trial;
use serde_json::Value;

use crate::rig::{Pairs, Rig, SERVICE};

const PAGES: &str = "/nacos/v1/ns/service/list";
const CATALOG: &str = "/nacos/v1/ns/catalog/services";

pub(crate) fn trials() -> Vec<Trial> {
    trials![
        pages_count_all_and_show_their_part,
        two_passes_over_all_pages_show_each_service_once,
        catalog_is_searched_by_a_part_of_the_name,
    ]
}

async fn register_many(rig: &Rig, count: usize) -> Result<Vec<String>> {
    let names: Vec<String> = (1..=count).map(|number| format!("s{number}")).collect();
    for name in &names {
        rig.register(name, "1.1.1.1:80", &[]).await?;
    }
    Ok(names)
}

/// The names on a page, and the count.
async fn page(rig: &Rig, number: usize, size: usize) -> Result<(Vec<String>, Value)> {
    let query = [("pageNo", &*number.to_string()), ("pageSize", &*size.to_string())];
    let mut page = rig.get(PAGES, &query).await?;
    Ok((serde_json::from_value(page["doms"].take())?, page["count"].take()))
}

async fn pages_count_all_and_show_their_part(rig: &Rig) -> Result<()> {
    register_many(rig, 25).await?;
    let first = page(rig, 1, 20).await?;
    assert_eq!((first.0.len(), &first.1), (20, &25.into()));
    let (names, count) = page(rig, 2, 20).await?;
    assert_eq!((names.len(), count), (5, 25.into()));
    assert!(names.iter().all(|name| name.starts_with('s')), "no group: {names:?}");
    assert_eq!(page(rig, 0, 20).await?, first);
    assert_eq!(page(rig, 9, 20).await?, (vec![], 25.into()));
    Ok(())
}

async fn two_passes_over_all_pages_show_each_service_once(rig: &Rig) -> Result<()> {
    let names: BTreeSet<String> = register_many(rig, 25).await?.into_iter().collect();
    let mut passes = Vec::new();
    for _ in 0..2 {
        let mut seen = Vec::new();
        for number in 1..=9 {
            seen.extend(page(rig, number, 3).await?.0);
        }
        assert_eq!(seen.len(), 25);
        assert_eq!(seen.iter().cloned().collect::<BTreeSet<_>>(), names);
        passes.push(seen);
    }
    assert_eq!(passes[0], passes[1]);
    Ok(())
}

async fn catalog_is_searched_by_a_part_of_the_name(rig: &Rig) -> Result<()> {
    rig.register("order", "1.1.1.1:80", &[("healthy", "false")]).await?;
    rig.register("stock", "1.1.1.1:80", &[]).await?;
    rig.done("POST", SERVICE, &[("serviceName", "border")]).await?;
    let found = async |more: &Pairs<'_>| {
        let page = [("withInstances", "false"), ("pageNo", "1"), ("pageSize", "10")];
        let answer = rig.get(CATALOG, &[&page, more].concat()).await?;
        let rows = answer["serviceList"].as_array().cloned().unwrap_or_default();
        let mut rows: Vec<_> =
            rows.iter().map(|row| format!("{} {}", row["name"], row["triggerFlag"])).collect();
        rows.sort();
        anyhow::Ok(rows)
    };
    let part = ("serviceNameParam", "ord");
    assert_eq!(found(&[part]).await?, [r#""border" "false""#, r#""order" "true""#]);
    assert_eq!(found(&[part, ("hasIpCount", "true")]).await?, [r#""order" "true""#]);
    assert_eq!(found(&[]).await?.len(), 3);
    Ok(())
}
