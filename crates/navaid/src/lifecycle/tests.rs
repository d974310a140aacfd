use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::*;

const GRACE: Duration = Duration::from_secs(20);

/// What happened, in order.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<String>>>);

impl Journal {
    fn note(&self, what: &str) {
        self.0.lock().push(what.to_owned());
    }

    fn step(&self, what: &'static str, takes: Duration) -> impl Future<Output = anyhow::Result<()>> + use<> {
        let journal = self.clone();
        async move {
            tokio::time::sleep(takes).await;
            journal.note(what);
            Ok(())
        }
    }

    fn read(&self) -> Vec<String> {
        self.0.lock().clone()
    }
}

/// A source of signals in the hands of the test; without a signal it waits for ever.
fn signals(queue: &[Signal]) -> mpsc::Receiver<Signal> {
    let (sender, receiver) = mpsc::channel(4);
    for signal in queue {
        sender.try_send(*signal).expect("the queue is long enough");
    }
    receiver
}

async fn run(lifecycle: Lifecycle, queue: &[Signal]) -> End {
    let mut receiver = signals(queue);
    lifecycle
        .run(async || match receiver.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        })
        .await
}

#[tokio::test(start_paused = true)]
async fn phases_run_in_order_and_tasks_end_before_the_flush() {
    let journal = Journal::default();
    let mut lifecycle = Lifecycle::new(GRACE);
    let second = Duration::from_secs(1);
    lifecycle.on_stop(Phase::Flush, "store", journal.step("flush", second));
    lifecycle.on_stop(Phase::Drain, "requests", journal.step("drain", second));
    lifecycle.on_stop(Phase::Unready, "health", journal.step("unready", second));
    lifecycle.on_stop(Phase::MoveClients, "connections", journal.step("move", second));
    lifecycle.on_stop(Phase::Refuse, "ports", journal.step("refuse", second));
    let (stopping, noted) = (lifecycle.tasks().stopping().clone(), journal.clone());
    lifecycle.tasks().spawn("worker", async move {
        stopping.cancelled().await;
        noted.note("worker");
    });
    let end = run(lifecycle, &[Signal::Terminate]).await;
    assert_eq!(end, End { stop: Stop::Signal(Signal::Terminate), outcome: Outcome::Clean });
    assert_eq!(journal.read(), ["unready", "refuse", "move", "drain", "worker", "flush"]);
}

#[tokio::test(start_paused = true)]
async fn steps_of_one_phase_run_together() {
    let journal = Journal::default();
    let mut lifecycle = Lifecycle::new(GRACE);
    for name in ["a", "b", "c"] {
        lifecycle.on_stop(Phase::Drain, name, journal.step(name, Duration::from_secs(10)));
    }
    let start = Instant::now();
    assert_eq!(run(lifecycle, &[Signal::Interrupt]).await.outcome, Outcome::Clean);
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn slow_drain_leaves_time_for_the_flush() {
    let journal = Journal::default();
    let mut lifecycle = Lifecycle::new(GRACE);
    lifecycle.on_stop(Phase::Drain, "stuck", std::future::pending());
    lifecycle.on_stop(Phase::Flush, "store", journal.step("flush", Duration::from_secs(4)));
    lifecycle.tasks().spawn("deaf", std::future::pending());
    let start = Instant::now();
    assert_eq!(run(lifecycle, &[Signal::Terminate]).await.outcome, Outcome::Incomplete);
    assert_eq!(journal.read(), ["flush"]);
    assert_eq!(start.elapsed().as_secs(), 19);
}

#[tokio::test(start_paused = true)]
async fn stuck_flush_ends_with_the_grace_period() {
    let mut lifecycle = Lifecycle::new(GRACE);
    lifecycle.on_stop(Phase::Flush, "stuck", std::future::pending());
    let start = Instant::now();
    assert_eq!(run(lifecycle, &[Signal::Terminate]).await.outcome, Outcome::Incomplete);
    assert_eq!(start.elapsed(), GRACE);
}

#[tokio::test(start_paused = true)]
async fn failed_step_does_not_stop_the_others() {
    let journal = Journal::default();
    let mut lifecycle = Lifecycle::new(GRACE);
    lifecycle.on_stop(Phase::Drain, "broken", async { Err(anyhow::anyhow!("no")) });
    lifecycle.on_stop(Phase::Flush, "store", journal.step("flush", Duration::ZERO));
    assert_eq!(run(lifecycle, &[Signal::Terminate]).await.outcome, Outcome::Incomplete);
    assert_eq!(journal.read(), ["flush"]);
}

#[tokio::test(start_paused = true)]
async fn second_signal_cuts_the_shutdown() {
    let mut lifecycle = Lifecycle::new(GRACE);
    lifecycle.on_stop(Phase::Drain, "stuck", std::future::pending());
    let start = Instant::now();
    let end = run(lifecycle, &[Signal::Interrupt, Signal::Interrupt]).await;
    assert_eq!(end, End { stop: Stop::Signal(Signal::Interrupt), outcome: Outcome::Cut });
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn task_that_ends_or_panics_stops_the_server() {
    let lifecycle = Lifecycle::new(GRACE);
    lifecycle.tasks().spawn("short", async {});
    let stop = run(lifecycle, &[]).await.stop;
    assert_eq!(stop, Stop::Task(TaskEnd { name: "short", panicked: false }));

    let lifecycle = Lifecycle::new(GRACE);
    lifecycle.tasks().spawn("broken", async { panic!("as the test wants it") });
    let stop = run(lifecycle, &[]).await.stop;
    assert_eq!(stop, Stop::Task(TaskEnd { name: "broken", panicked: true }));
}

#[tokio::test(start_paused = true)]
async fn task_that_ends_after_the_stop_is_no_failure() {
    let lifecycle = Lifecycle::new(GRACE);
    let stopping = lifecycle.tasks().stopping().clone();
    lifecycle.tasks().spawn("obedient", async move { stopping.cancelled().await });
    let end = run(lifecycle, &[Signal::Terminate]).await;
    assert_eq!(end.outcome, Outcome::Clean);
}
