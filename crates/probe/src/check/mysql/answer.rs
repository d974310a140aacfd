//! Runs a statement, and reads its answer as far as somebody looks at it.

use super::{
    broken::Broken,
    fields::{Counted, Fields},
    packets::{Arrival, Packets},
};

/// Command that runs the text that follows.
const QUERY: u8 = 0x03;
const OK: u8 = 0x00;
/// The server wants a file of ours.
const SEND_FILE: u8 = 0xfb;
/// Ends a list of columns or rows, in a packet shorter than any row that begins so.
const END: u8 = 0xfe;
const END_MAX: usize = 8;
/// Columns that a table or an answer of MySQL may have.
const COLUMNS_MAX: u64 = 4096;

/// Runs a statement; gives its first row, if it has any. An answer longer than is taken from a server is one as well.
pub(super) async fn ask(packets: &mut Packets, statement: &str) -> Result<Option<Vec<u8>>, Broken> {
    let mut command = vec![QUERY];
    command.extend_from_slice(statement.as_bytes());
    packets.begin(&command).await?;
    let head = packets.read().await?;
    let columns = match head.first() {
        Some(&OK) => return Ok(None),
        Some(&SEND_FILE) => return Err(Broken::Garbled("asks for a file of this server")),
        _ => Fields(&head).number().filter(|columns| *columns <= COLUMNS_MAX),
    };
    for _ in 0..columns.ok_or(Broken::Garbled("no MySQL server: no columns"))? {
        packets.read().await?;
    }
    if !is_end(&packets.read().await?) {
        return Err(Broken::Garbled("no MySQL server: more columns than announced"));
    }
    let mut first = None;
    loop {
        match packets.arrival().await? {
            Arrival::Body(row) if is_end(&row) => return Ok(first),
            Arrival::Body(row) => first = first.or(Some(row)),
            Arrival::TooMuch => return Ok(first),
        }
    }
}

/// The second value of a row; none if it has none, or SQL's null.
pub(super) fn second_column(row: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields(row);
    fields.counted()?;
    match fields.counted()? {
        Counted::Bytes(value) => Some(value),
        Counted::Null => None,
    }
}

fn is_end(body: &[u8]) -> bool {
    body.first() == Some(&END) && body.len() <= END_MAX
}
