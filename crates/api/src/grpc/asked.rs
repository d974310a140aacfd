//! The one question that a connection's client may be asked at a time, and who waits for the answer.

use bytes::Bytes;
use tokio::sync::oneshot;

/// Who waits for an answer, if somebody does. A question that nobody waits for any longer makes room for the next one,
/// but not before it was sent: questions must not pile up before a client that does not read.
#[derive(Debug, Default)]
pub(crate) struct Asked(Option<Waiting>);

#[derive(Debug)]
struct Waiting {
    /// Number of the message; none until it is sent.
    id: Option<u64>,
    answer: oneshot::Sender<Bytes>,
}

impl Asked {
    /// Begins to wait; none while another question is under way.
    pub(crate) fn begin(&mut self) -> Option<oneshot::Receiver<Bytes>> {
        let busy = |waiting: &Waiting| waiting.id.is_none() || !waiting.answer.is_closed();
        if self.0.as_ref().is_some_and(busy) {
            return None;
        }
        let (answer, answered) = oneshot::channel();
        self.0 = Some(Waiting { id: None, answer });
        Some(answered)
    }

    /// The question went out as message `id`.
    pub(crate) fn sent(&mut self, id: u64) {
        if let Some(waiting) = &mut self.0 {
            waiting.id = Some(id);
        }
    }

    /// An answer to message `id` came; anything else than what is asked is passed over.
    pub(crate) fn answered(&mut self, id: u64, body: &Bytes) {
        if let Some(waiting) = self.0.take_if(|waiting| waiting.id == Some(id)) {
            // The asker has given up: nobody is left to tell.
            let _ = waiting.answer.send(body.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_the_question_reaches_who_asked() {
        let mut asked = Asked::default();
        let mut answered = asked.begin().unwrap();
        asked.sent(7);
        asked.answered(6, &Bytes::from_static(b"another"));
        assert!(answered.try_recv().is_err());
        asked.answered(7, &Bytes::from_static(b"it"));
        assert_eq!(answered.try_recv().unwrap(), "it");
        assert!(asked.begin().is_some());
    }

    #[test]
    fn one_question_is_under_way_at_a_time() {
        let mut asked = Asked::default();
        let first = asked.begin().unwrap();
        assert!(asked.begin().is_none(), "somebody waits");
        drop(first);
        assert!(asked.begin().is_none(), "it is not sent yet");
        asked.sent(1);
        assert!(asked.begin().is_some());
    }
}
