//! A connection's outbox behind the face that engines and the stream see.
//!
//! Engines offer from any thread and never wait; the stream takes when the transport can take; the sweeper looks
//! for what is overdue. The lock is held for map operations only.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use navaid_config::ConfigOutbox;
use navaid_core::{ConfigKey, Moment, PatternOutbox, ServiceKey, seam::Clock};
use navaid_naming::{Selection, SubscriberOutbox};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{
    asked::Asked,
    outbox::{Acknowledged, Control, NoticeKey, NoticeState, Outbox, Outgoing, Overdue, PushTiming},
};

/// Numbers every message that the server sends; a client's acknowledgement carries the number back
/// (`spec/grpc` §3.1).
#[derive(Debug, Default)]
pub(crate) struct RequestIds(AtomicU64);

impl RequestIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Where messages for one connection wait.
pub(crate) struct Mailbox {
    outbox: Mutex<Outbox<Arc<Selection>>>,
    asked: Mutex<Asked>,
    waker: AtomicWaker,
    closed: AtomicBool,
    clock: Arc<dyn Clock>,
    timing: PushTiming,
    ids: Arc<RequestIds>,
}

impl Mailbox {
    pub(crate) fn new(clock: Arc<dyn Clock>, timing: PushTiming, ids: Arc<RequestIds>) -> Self {
        Self {
            outbox: Mutex::default(),
            asked: Mutex::default(),
            waker: AtomicWaker::new(),
            closed: AtomicBool::new(false),
            clock,
            timing,
            ids,
        }
    }

    /// The next message, when there is one; `None` once the mailbox is closed.
    pub(crate) fn poll_next(&self, cx: &Context<'_>) -> Poll<Option<Outgoing<Arc<Selection>>>> {
        self.waker.register(cx.waker());
        if self.closed.load(Ordering::Acquire) {
            return Poll::Ready(None);
        }
        let now = self.now();
        let Some(message) = self.outbox.lock().next(now, &self.timing, || self.ids.next()) else {
            return Poll::Pending;
        };
        if let Outgoing::Control(Control::AskHolding(_), id) = message {
            self.asked.lock().sent(id);
        }
        Poll::Ready(Some(message))
    }

    pub(crate) fn control(&self, message: Control) {
        self.outbox.lock().control(message, self.now());
        self.waker.wake();
    }

    /// Asks the client a question; its answer comes as the body of its message, or not at all: the caller must bound
    /// its wait. None while another question is under way.
    pub(crate) fn ask(&self, question: Control) -> Option<oneshot::Receiver<Bytes>> {
        let answer = self.asked.lock().begin()?;
        self.control(question);
        Some(answer)
    }

    /// Takes a client's answer to message `id`, if that is what is being asked.
    pub(crate) fn answer(&self, id: u64, body: &Bytes) {
        self.asked.lock().answered(id, body);
    }

    /// Asks the peer whether it is there; see [`Outbox::detect`].
    pub(crate) fn detect(&self, deadline: Moment) {
        self.outbox.lock().detect(deadline, self.now());
        self.waker.wake();
    }

    /// See [`Outbox::acknowledge`].
    pub(crate) fn acknowledge(&self, id: u64, success: bool) -> Option<Acknowledged<Arc<Selection>>> {
        self.outbox.lock().acknowledge(id, success, self.now(), &self.timing)
    }

    pub(crate) fn forget_service(&self, key: &ServiceKey) {
        self.outbox.lock().forget_service(key);
    }

    pub(crate) fn forget_notice(&self, key: &NoticeKey) {
        self.outbox.lock().forget_notice(key);
    }

    /// Notes that there is something to tell.
    pub(crate) fn notice(&self, key: NoticeKey) {
        self.outbox.lock().offer_notice(key, self.now());
        self.waker.wake();
    }

    /// The same after the pause that precedes what is sent again.
    pub(crate) fn notice_later(&self, key: NoticeKey) {
        self.outbox.lock().offer_notice_at(key, self.now() + self.timing.naming_retry);
    }

    /// What is overdue; nothing, without more than a look, on an idle connection.
    pub(crate) fn sweep(&self, now: Moment) -> Overdue {
        let mut outbox = self.outbox.lock();
        if outbox.is_idle() {
            return Overdue::default();
        }
        let overdue = outbox.sweep(now, &self.timing);
        let wakes = outbox.has_waiting();
        drop(outbox);
        if wakes {
            self.waker.wake();
        }
        overdue
    }

    /// See [`Outbox::reads`].
    pub(crate) fn reads(&self, key: &ConfigKey) {
        self.outbox.lock().reads(key);
    }

    /// See [`Outbox::settle`].
    pub(crate) fn settle(&self, key: ConfigKey, is_in_step: bool) -> bool {
        let is_told = self.outbox.lock().settle(key, is_in_step, self.now());
        if is_told {
            self.waker.wake();
        }
        is_told
    }

    /// See [`Outbox::notice_state`].
    pub(crate) fn notice_state(&self, key: &ConfigKey) -> Option<NoticeState> {
        self.outbox.lock().notice_state(key, &self.timing)
    }

    /// Ends the stream that takes from here, and the wait for an answer.
    pub(crate) fn close(&self) {
        *self.asked.lock() = Asked::default();
        self.closed.store(true, Ordering::Release);
        self.waker.wake();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    fn now(&self) -> Moment {
        self.clock.now().mono
    }
}

impl ConfigOutbox for Mailbox {
    fn changed(&self, key: &ConfigKey) {
        self.outbox.lock().offer_change(key.clone(), self.now());
        self.waker.wake();
    }
}

impl PatternOutbox<ServiceKey> for Mailbox {
    fn changed(&self, key: &ServiceKey) {
        self.notice(NoticeKey::Service(key.clone()));
    }
}

impl PatternOutbox<ConfigKey> for Mailbox {
    fn changed(&self, key: &ConfigKey) {
        self.notice(NoticeKey::Item(key.clone()));
    }
}

impl SubscriberOutbox for Mailbox {
    fn offer(&self, key: &ServiceKey, selection: Arc<Selection>, since: Moment) {
        self.outbox.lock().offer_service(key.clone(), selection, since, self.now());
        self.waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use navaid_core::{DataId, GroupName, NamespaceId, Now};

    use super::*;

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Now {
            Now::default()
        }
    }

    fn question() -> Control {
        Control::AskHolding(ConfigKey::new(
            &NamespaceId::default(),
            &GroupName::default(),
            &DataId::parse("a").unwrap(),
        ))
    }

    /// Number of the message that is sent next.
    fn send(mailbox: &Mailbox) -> u64 {
        let waker = futures_util::task::noop_waker();
        match mailbox.poll_next(&Context::from_waker(&waker)) {
            Poll::Ready(Some(Outgoing::Control(control, id))) if control == question() => id,
            other => panic!("no question is sent, but {other:?}"),
        }
    }

    #[test]
    fn an_answer_comes_to_who_asked_and_makes_room_for_the_next_question() {
        let mailbox = Mailbox::new(Arc::new(Still), PushTiming::default(), Arc::default());
        let mut answered = mailbox.ask(question()).unwrap();
        assert!(mailbox.ask(question()).is_none(), "one at a time");
        let id = send(&mailbox);
        mailbox.answer(id + 1, &Bytes::from_static(b"another"));
        assert!(answered.try_recv().is_err());
        mailbox.answer(id, &Bytes::from_static(b"held"));
        assert_eq!(answered.try_recv().unwrap(), "held");
        assert!(mailbox.ask(question()).is_some());
    }

    #[test]
    fn a_closed_mailbox_ends_the_wait_for_an_answer() {
        let mailbox = Mailbox::new(Arc::new(Still), PushTiming::default(), Arc::default());
        let mut answered = mailbox.ask(question()).unwrap();
        mailbox.close();
        assert_eq!(answered.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}
