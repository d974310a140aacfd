//! What the registry costs: memory per instance, and CPU per register, beat, query, tick, push and page.
//!
//! `cargo bench -p navaid-naming` runs with 1 000 000 instances, ten a service; `-- 100000` with fewer. Every figure is
//! processor time of one thread, so that a busy machine blurs it little; memory is the growth of the resident set of
//! a fresh process. Nothing here is an assertion: a run prints, `docs/performance.md` keeps what was printed.

mod audience;
mod crowd;
mod fixture;
mod journal;
mod meter;

/// The server's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let instances = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000);
    crowd::measure(instances);
    journal::measure(instances / 10);
    for (subscribers, size) in [(500, 10), (1000, 100)] {
        audience::measure(subscribers, size);
    }
}
