//! Login while access control is off: any name and password get a token that opens nothing
//! (`spec/auth` §3).

use navaid_wire::console::LoginAnswer;

use super::{
    call::Call,
    failure::{Failure, Missing},
    reply::Reply,
};

/// The token that Nacos gives when access control is off and no key is configured.
const TOKEN: &str = "AUTH_DISABLED";
/// Seconds that it says it is good for; renewing it costs nothing.
const TOKEN_TTL: u64 = 18_000;

/// The two parameters come in the query, in the form, or one in each (Java).
pub(crate) async fn login(call: Call) -> Result<Reply, Failure> {
    let username = call.params.present("username", Missing::Request("String"))?;
    call.params.present("password", Missing::Request("String"))?;
    let answer = LoginAnswer { access_token: TOKEN, token_ttl: TOKEN_TTL, global_admin: false, username };
    Ok(Reply::json(&answer).with_header("authorization", &format!("Bearer {TOKEN}")))
}
