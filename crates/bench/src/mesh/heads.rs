//! Messages of gRPC of which only the beginning is kept, whatever their length.

/// Bytes kept of a message: more than what stands in front of its resources.
const HEAD_MAX: usize = 512;
/// Of a message's prefix: not compressed, and the length.
const PREFIX: usize = 5;

/// Takes the bytes of a stream as they come.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// The prefix, and the begin of the message.
    kept: Vec<u8>,
    /// Bytes of the message that are still to come; none before its prefix is whole.
    left: Option<usize>,
    length: usize,
}

impl Heads {
    /// Calls `done` with begin and length of each message that these bytes complete.
    pub(super) fn take(&mut self, mut data: &[u8], mut done: impl FnMut(&[u8], usize)) {
        while !data.is_empty() {
            let Some(left) = self.left else {
                data = self.take_prefix(data);
                self.complete(&mut done);
                continue;
            };
            let (mine, rest) = data.split_at(left.min(data.len()));
            let room = (PREFIX + HEAD_MAX).saturating_sub(self.kept.len());
            self.kept.extend_from_slice(&mine[..mine.len().min(room)]);
            self.left = Some(left - mine.len());
            self.complete(&mut done);
            data = rest;
        }
    }

    fn take_prefix<'a>(&mut self, data: &'a [u8]) -> &'a [u8] {
        let (mine, rest) = data.split_at((PREFIX - self.kept.len()).min(data.len()));
        self.kept.extend_from_slice(mine);
        if let [_, a, b, c, d] = self.kept[..] {
            self.length = u32::from_be_bytes([a, b, c, d]) as usize;
            self.left = Some(self.length);
        }
        rest
    }

    fn complete(&mut self, done: &mut impl FnMut(&[u8], usize)) {
        if self.left == Some(0) {
            done(&self.kept[PREFIX..], self.length);
            self.kept.clear();
            self.left = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart_however_they_are_cut() {
        let mut stream = Vec::new();
        for (length, byte) in [(3_u32, 1_u8), (0, 2), (2_000, 3)] {
            stream.push(0);
            stream.extend(length.to_be_bytes());
            stream.extend(std::iter::repeat_n(byte, length as usize));
        }
        for size in [1, 2, 7, 4_096] {
            let (mut heads, mut seen) = (Heads::default(), Vec::new());
            for piece in stream.chunks(size) {
                heads.take(piece, |head, length| seen.push((head.len(), head.first().copied(), length)));
            }
            assert_eq!(seen, [(3, Some(1), 3), (0, None, 0), (HEAD_MAX, Some(3), 2_000)], "{size}");
        }
    }
}
