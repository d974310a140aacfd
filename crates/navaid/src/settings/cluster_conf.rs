//! Reader of `cluster.conf`, of `nacos.member.list` and of `NACOS_SERVERS`: the members of a cluster.
//!
//! Forms that a Java server takes give the same members. Forms on which it drops the whole file without a word
//! (blank lines, `?…` tails, bare IPv6 addresses) are read as they were meant, with a warning where that is not
//! obvious; what has no meaning is refused with its line. The file is never written.

use std::fmt;
use std::net::Ipv6Addr;

/// One server of a cluster, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberAddress {
    /// Address or name, an IPv6 address in brackets; case counts, as in Nacos.
    pub(crate) host: String,
    /// Main port.
    pub(crate) port: u16,
}

impl fmt::Display for MemberAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// A remark about one line (counted from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) line: u32,
    pub(crate) text: String,
}

/// What a list of members says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct MemberList {
    /// In the order of the file, each once.
    pub(crate) members: Vec<MemberAddress>,
    /// Entries that were read as they were meant.
    pub(crate) warnings: Vec<Remark>,
    /// Entries without a meaning. The list is unusable when there is one.
    pub(crate) errors: Vec<Remark>,
}

/// Reads the bytes of a `cluster.conf`; entries without a port get `default_port`.
pub(crate) fn read_file(bytes: &[u8], default_port: u16) -> MemberList {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let mut list = MemberList::default();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').split(['\n', '\r'])) {
        let entries = line.split('#').next().unwrap_or_default();
        list.read_entries(number, entries.split(','), default_port);
    }
    list
}

/// Reads the value of `nacos.member.list`: entries with commas between, no comments.
pub(crate) fn read_list(text: &str, default_port: u16) -> MemberList {
    let mut list = MemberList::default();
    list.read_entries(1, text.split(','), default_port);
    list
}

/// Reads the value of `NACOS_SERVERS`: each word is a line of a `cluster.conf`.
pub(crate) fn read_servers(text: &str, default_port: u16) -> MemberList {
    let lines: Vec<&str> = text.split_whitespace().collect();
    read_file(lines.join("\n").as_bytes(), default_port)
}

impl MemberList {
    /// The list of a file that cannot be read.
    pub(crate) fn unreadable(problem: &str) -> Self {
        Self { errors: vec![Remark { line: 0, text: problem.to_owned() }], ..Self::default() }
    }

    fn read_entries<'t>(&mut self, line: u32, entries: impl Iterator<Item = &'t str>, default_port: u16) {
        for entry in entries.map(trim).filter(|entry| !entry.is_empty()) {
            match read_entry(entry, default_port) {
                Ok((member, remark)) => {
                    let text = remark.map(|remark| format!("{entry:?} is read as {member}: {remark}"));
                    self.warnings.extend(text.map(|text| Remark { line, text }));
                    if !self.members.contains(&member) {
                        self.members.push(member);
                    }
                }
                Err(problem) => self.errors.push(Remark { line, text: format!("{entry:?} {problem}") }),
            }
        }
    }
}

/// Drops blanks and control characters at both ends, as Java's `trim` does; other white space stays.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

type Remarked = (MemberAddress, Option<&'static str>);

const NOT_HOST_AND_PORT: &str = "is not a host with an optional port; write host, host:port or [IPv6]:port";

fn read_entry(entry: &str, default_port: u16) -> Result<Remarked, &'static str> {
    let (address, tail) = match entry.split_once('?') {
        Some((address, _)) => (trim(address), Some("what follows the question mark has no meaning")),
        None => (entry, None),
    };
    let (member, remark) = read_address(address, default_port)?;
    if member.host.is_empty() || member.host.contains(|c: char| c.is_whitespace() || c == '/' || c == ';') {
        return Err(NOT_HOST_AND_PORT);
    }
    let foreign = (!member.host.is_ascii()).then_some("the host has characters outside ASCII");
    Ok((member, remark.or(tail).or(foreign)))
}

fn read_address(address: &str, default_port: u16) -> Result<Remarked, &'static str> {
    if address.starts_with('[') {
        let end = address.find(']').ok_or(NOT_HOST_AND_PORT)?;
        let (host, rest) = address.split_at(end + 1);
        return match rest.strip_prefix(':') {
            Some(port) => with_port(host, port, default_port),
            None if rest.is_empty() => Ok((member(host, default_port), None)),
            None => Err(NOT_HOST_AND_PORT),
        };
    }
    if address.parse::<Ipv6Addr>().is_ok() {
        let host = format!("[{address}]");
        return Ok((
            member(&host, default_port),
            Some("a bare IPv6 address has no port; write [address]:port"),
        ));
    }
    match address.split_once(':') {
        Some(_) if address.contains("::") => Err(NOT_HOST_AND_PORT),
        Some((host, port)) => with_port(host, port, default_port),
        None => Ok((member(address, default_port), None)),
    }
}

/// A host and what stands behind its colon: a port, perhaps with blanks or a second colon after it.
fn with_port(host: &str, rest: &str, default_port: u16) -> Result<Remarked, &'static str> {
    let (port, tail) = match rest.split_once(':') {
        Some((port, _)) => (port, Some("what follows the second colon has no meaning")),
        None => (rest, None),
    };
    let trimmed = trim(port);
    if trimmed.is_empty() {
        return Ok((member(trim(host), default_port), Some("the port is missing")));
    }
    let blanks = (trimmed.len() < port.len() || trim(host).len() < host.len())
        .then_some("blanks around the colon are dropped");
    let number = port_number(trimmed).ok_or("has no port from 1 to 65535 behind its colon")?;
    Ok((member(trim(host), number), tail.or(blanks)))
}

/// A port as Java reads it: a plus sign, leading zeros and full-width digits mean nothing.
fn port_number(text: &str) -> Option<u16> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let mut number: u32 = 0;
    for c in digits.chars() {
        let ascii = match c {
            '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0'))?,
            c => c,
        };
        number = number.checked_mul(10)?.checked_add(ascii.to_digit(10)?)?;
    }
    u16::try_from(number).ok().filter(|port| *port > 0)
}

fn member(host: &str, port: u16) -> MemberAddress {
    MemberAddress { host: host.to_owned(), port }
}

#[cfg(test)]
mod tests;
