//! What the catalogue costs with many items: memory per item, and CPU per page of a search.
//!
//! `cargo bench -p navaid-config` runs with 100 000 items of 5 KB on average in one namespace; `-- 10000` with fewer. Time is
//! processor time of the whole process, memory is the growth of the resident set. Every search goes through the face
//! that edges call; what edges and store cost beside it, `navaid-bench` measures.
#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::{
    future::ready,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use navaid_config::{Catalog, ConfigSettings, Configs, Matching, PageRequest, PublishRequest, SearchQuery};
use navaid_core::{
    command::{Command, Operator, Outcome, PublishCondition, PublishTarget},
    config_item::{ConfigKey, ConfigType, Description},
    history::{HistoryEntry, HistoryId},
    name::{DataId, GroupName, NamespaceId},
    seam::{Commit, CommitError, HistoryReader, Pending, ReadError},
    time::Timestamp,
};
use rustix::time::{ClockId, clock_gettime};

/// The server's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Least bytes of a content. Lengths vary, because an allocator has sizes that it likes.
const CONTENT_BYTES_MIN: usize = 4_000;
/// How many lengths there are: 5 000 bytes on average.
const CONTENT_LENGTHS: usize = 2_001;
const GROUPS: usize = 50;
/// Rows of a page, as the console asks for them.
const PAGE_SIZE: i64 = 10;

fn main() {
    let count = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let configs = filled(count).await;
        for (what, query, number) in searches(i64::try_from(count).expect("a small number")) {
            page(&configs, what, &query, PageRequest::new(number, PAGE_SIZE).expect("is positive")).await;
        }
    });
}

/// Applies at once; nothing is stored.
struct Direct(Arc<Catalog>);

impl Commit for Direct {
    fn commit(&self, command: Command) -> Pending<Result<Outcome, CommitError>> {
        let Command::Config(command) = command else { unreachable!("all is about configuration") };
        let outcome = self.0.apply(Timestamp(1_700_000_000_000), &command).outcome;
        Box::pin(ready(Ok(outcome)))
    }
}

struct NoHistory;

impl HistoryReader for NoHistory {
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

/// An engine with that many items; reports what they cost.
async fn filled(count: usize) -> Configs {
    let catalog = Arc::<Catalog>::default();
    let (commit, changes) = (Arc::new(Direct(Arc::clone(&catalog))), catalog.changes());
    let configs = Configs::new(catalog, commit, Arc::new(NoHistory), ConfigSettings::default());
    let (before, begun) = (resident_bytes(), cpu());
    for number in 0..count {
        configs.publish(request(number)).await.expect("is published");
        // As the server's notifier does, which here finds nobody to tell.
        if number % 1_000 == 0 {
            black_box(changes.take().await);
        }
    }
    let spent = cpu() - begun;
    println!("{:<52} {:>9.1} µs", "publish, digest included", micros(spent) / count as f64);
    let per_item = (resident_bytes() - before) / count;
    println!("{:<52} {per_item:>9} bytes", "memory per item, 5000 bytes of content included");
    configs
}

fn request(number: usize) -> PublishRequest {
    let group = GroupName::parse(&format!("GROUP_{}", number % GROUPS)).expect("a legal name");
    let data_id = DataId::parse(&format!("com.example.shop.service-{number}.yaml")).expect("a legal name");
    PublishRequest {
        key: ConfigKey::new(&NamespaceId::default(), &group, &data_id),
        target: PublishTarget::Formal,
        content: content(number).into(),
        encrypted_data_key: "".into(),
        description: Description { kind: Some(ConfigType::Yaml), ..Description::default() },
        condition: PublishCondition::Always,
        operator: Operator { user: None, ip: "127.0.0.1".into() },
    }
}

/// Looks like the settings of a service, and differs from every other.
fn content(number: usize) -> String {
    const WORDS: [&str; 16] = [
        "server",
        "database",
        "pool",
        "timeout",
        "retry",
        "enabled",
        "host",
        "redis",
        "kafka",
        "topic",
        "group",
        "region",
        "replica",
        "interval",
        "threshold",
        "logging",
    ];
    let mut text = format!("# settings of service {number}\n");
    let length = CONTENT_BYTES_MIN + number * 1_237 % CONTENT_LENGTHS;
    let mut dice = number as u64;
    while text.len() < length {
        // Knuth's linear congruential generator: the same contents in every run.
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let word = |shift: u32| WORDS[(dice >> shift) as usize % WORDS.len()];
        text += &format!("{}-{}:\n  {}: {}\n", word(60), word(56), word(52), dice >> 44);
    }
    text.truncate(length);
    text
}

/// What is looked for, and on which page.
fn searches(count: i64) -> Vec<(&'static str, SearchQuery, i64)> {
    let accurate = || SearchQuery::all(NamespaceId::default());
    let blur = |data_id: &str, group: &str| SearchQuery {
        matching: Matching::Blur,
        data_id: data_id.to_owned(),
        group: group.to_owned(),
        ..accurate()
    };
    let content = |text: &str| SearchQuery { content: text.to_owned(), ..blur("", "") };
    let last = count / PAGE_SIZE;
    vec![
        ("all, last page", accurate(), last),
        ("both names as they are", SearchQuery { group: "GROUP_7".into(), ..accurate_data_id(7) }, 1),
        ("data id as it is", accurate_data_id(7), 1),
        ("data id *e*, first page", blur("*e*", ""), 1),
        ("data id *e*, last page", blur("*e*", ""), last),
        ("data id *-77*", blur("*-77*", ""), 1),
        ("data id com.*service-7*.yaml, group GROUP_*", blur("com.*service-7*.yaml", "GROUP_*"), 1),
        ("group *_7", blur("", "*_7"), 1),
        ("content *service 77*", content("*service 77*"), 1),
        ("content *nowhere*", content("*nowhere*"), 1),
        (
            "content *nowhere*, group GROUP_7",
            SearchQuery { group: "GROUP_7".into(), ..content("*nowhere*") },
            1,
        ),
    ]
}

fn accurate_data_id(number: usize) -> SearchQuery {
    SearchQuery {
        data_id: format!("com.example.shop.service-{number}.yaml"),
        ..SearchQuery::all(NamespaceId::default())
    }
}

/// The same page again and again for half a second.
async fn page(configs: &Configs, what: &str, query: &SearchQuery, page: PageRequest) {
    let (before, begun) = (cpu(), Instant::now());
    let (mut times, mut total) = (0, 0);
    while begun.elapsed() < Duration::from_millis(500) {
        total = black_box(configs.search(query.clone(), page).await).expect("nobody else searches").total;
        times += 1;
    }
    let each = micros(cpu() - before) / f64::from(times) / 1e3;
    println!("{what:<52} {each:>9.3} ms, {total} found");
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Processor time of all threads.
fn cpu() -> Duration {
    clock_gettime(ClockId::ProcessCPUTime).try_into().expect("no clock runs backwards")
}

fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells it");
    line.trim().trim_end_matches("kB").trim().parse::<usize>().expect("a number") * 1024
}
