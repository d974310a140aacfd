//! Packets of MySQL's protocol on a connection: a length in three bytes, a number that counts up, a body.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use super::{broken::Broken, fields::Fields};

/// Bytes taken from a server in one probe, whatever it sends: more than the answer to any check, and with all probes
/// that may be under way no danger to this process.
const TAKEN_MAX: usize = 256 * 1024;
/// Bytes that are read ahead: a login is a handful of small packets.
const READ_AHEAD: usize = 2 * 1024;

/// See the module. Memory follows what has arrived, never what was announced.
pub(super) struct Packets {
    stream: BufReader<TcpStream>,
    /// Of the next packet, of either side.
    number: u8,
    taken: usize,
    /// How long the other side may take for one packet.
    wait: Duration,
}

/// What came.
pub(super) enum Arrival {
    /// The body of a packet that is no error.
    Body(Vec<u8>),
    /// More than is taken from one server.
    TooMuch,
}

impl Packets {
    pub(super) fn new(stream: TcpStream, wait: Duration) -> Self {
        Self { stream: BufReader::with_capacity(READ_AHEAD, stream), number: 0, taken: 0, wait }
    }

    /// The next packet, which must not be an error.
    pub(super) async fn read(&mut self) -> Result<Vec<u8>, Broken> {
        match self.arrival().await? {
            Arrival::Body(body) => Ok(body),
            Arrival::TooMuch => Err(Broken::Garbled("answers too much")),
        }
    }

    /// The next packet of an answer that may be long.
    pub(super) async fn arrival(&mut self) -> Result<Arrival, Broken> {
        let arrival = timeout(self.wait, self.take()).await.map_err(|_| Broken::Silent)??;
        if let Arrival::Body(body) = &arrival
            && let Some((0xff, refusal)) = body.split_first().map(|(first, rest)| (*first, rest))
        {
            return Err(refused(refusal));
        }
        Ok(arrival)
    }

    async fn take(&mut self) -> Result<Arrival, Broken> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).await.map_err(Broken::Io)?;
        let [low, middle, high, number] = head;
        if number != self.number {
            return Err(Broken::Garbled("no MySQL server: a packet out of order"));
        }
        self.number = number.wrapping_add(1);
        let length = u32::from_le_bytes([low, middle, high, 0]);
        self.taken += head.len() + length as usize;
        if self.taken > TAKEN_MAX {
            return Ok(Arrival::TooMuch);
        }
        let mut body = Vec::new();
        (&mut self.stream).take(length.into()).read_to_end(&mut body).await.map_err(Broken::Io)?;
        if body.len() < length as usize {
            return Err(Broken::Io(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(Arrival::Body(body))
    }

    /// Begins a command.
    pub(super) async fn begin(&mut self, body: &[u8]) -> Result<(), Broken> {
        self.number = 0;
        self.write(body).await
    }

    /// Goes on with what is under way.
    pub(super) async fn write(&mut self, body: &[u8]) -> Result<(), Broken> {
        let length = u32::try_from(body.len()).ok().filter(|length| *length < 0xff_ffff);
        let [low, middle, high, _] =
            length.ok_or(Broken::Garbled("the statement is too long"))?.to_le_bytes();
        let mut packet = vec![low, middle, high, self.number];
        packet.extend_from_slice(body);
        self.number = self.number.wrapping_add(1);
        let written = timeout(self.wait, self.stream.get_mut().write_all(&packet)).await;
        written.map_err(|_| Broken::Silent)?.map_err(Broken::Io)
    }
}

/// Reads an error: its number, which the words follow, after `#` and five characters of the SQL state if the login
/// has begun.
fn refused(body: &[u8]) -> Broken {
    let mut fields = Fields(body);
    let Some(code) = fields.u16() else {
        return Broken::Garbled("no MySQL server: an error without a number");
    };
    let words = match fields.0 {
        [b'#', _, _, _, _, _, words @ ..] => words,
        words => words,
    };
    Broken::Refused(format!("error {code}: {}", String::from_utf8_lossy(words)))
}
