//! Logs in to a MySQL server.

use super::{
    broken::Broken,
    fields::Fields,
    greeting::{self, Greeting},
    packets::Packets,
    proof::{NONCE, Plugin, sealed},
};

/// Steps of a login that a server may ask for; none needs more than four.
const STEPS_MAX: usize = 8;
const OK: u8 = 0x00;
const MORE: u8 = 0x01;
const SWITCH: u8 = 0xfe;
/// With [`MORE`]: the proof was enough; the password itself is wanted.
const ENOUGH: u8 = 0x03;
const PASSWORD: u8 = 0x04;
/// Asks for the server's public key.
const ASK_KEY: &[u8] = &[0x02];

/// Logs in; returns once the server takes commands.
pub(super) async fn log_in(packets: &mut Packets, user: &str, password: &str) -> Result<(), Broken> {
    let greeting = Greeting::parse(&packets.read().await?)?;
    let mut nonce = greeting.nonce;
    // A server that likes something unknown still has accounts of the oldest kind.
    let plugin = greeting.plugin.unwrap_or(Plugin::Native);
    packets.write(&greeting::login(user, plugin, &plugin.proof(password, &nonce))).await?;
    for _ in 0..STEPS_MAX {
        let body = packets.read().await?;
        match &body[..] {
            [OK, ..] => return Ok(()),
            [SWITCH, request @ ..] => {
                let plugin = switched(request, &mut nonce)?;
                packets.write(&plugin.proof(password, &nonce)).await?;
            }
            [MORE, ENOUGH] => {}
            [MORE, PASSWORD] => packets.write(ASK_KEY).await?,
            [MORE, key @ ..] => packets.write(&sealed(password, &nonce, key)?).await?,
            _ => break,
        }
    }
    Err(Broken::Garbled("no MySQL server: the login does not end"))
}

/// The plugin that an account wants, and the nonce of its proof.
fn switched(request: &[u8], nonce: &mut [u8; NONCE]) -> Result<Plugin, Broken> {
    let mut fields = Fields(request);
    let name = fields.text();
    let plugin = Plugin::of(name);
    let plugin = plugin.ok_or_else(|| Broken::UnknownLogin(String::from_utf8_lossy(name).into_owned()))?;
    let new = fields.bytes(NONCE).ok_or(Broken::Garbled("no MySQL server: a login without a nonce"))?;
    nonce.copy_from_slice(new);
    Ok(plugin)
}
