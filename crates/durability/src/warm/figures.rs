//! What a run came to.

use std::fmt;
use std::time::Duration;

use super::board::Board;

/// See the module.
#[derive(Debug)]
pub struct Figures {
    kills: u64,
    answers: usize,
    pushes: usize,
    lists: usize,
    beats: usize,
    connections: usize,
    gone_after: Duration,
}

impl Figures {
    pub(super) fn of(board: &Board, kills: u64, gone_after: Duration) -> Self {
        Self {
            kills,
            answers: board.answers.get(),
            pushes: board.pushes.get(),
            lists: board.lists.get(),
            beats: board.beats.get(),
            connections: board.connections.get(),
            gone_after,
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, answers, pushes, lists, beats, connections, gone_after } = self;
        write!(
            f,
            "{kills} restarts: {answers} answers, {pushes} pushes and {lists} lists show every instance once; {beats} \
             beats known, {connections} connections; dead clients gone {:.1} s after the last start",
            gone_after.as_secs_f64()
        )
    }
}
