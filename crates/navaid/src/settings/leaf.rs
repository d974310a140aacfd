//! One setting: its name, its kind and the words of the reference page.
//!
//! A [`Leaf`] is the single place that knows a setting. The typed [`Settings`](super::Settings) tree reads
//! through it, `--effective` lists it, and the reference page is printed from it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::context_path::ContextPath;
use super::conversion::{self, Reading};

/// What a leaf accepts, for error messages and the reference page.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Accepts {
    /// `true` or `false` in any of Spring's spellings.
    Switch,
    /// A whole number of `unit` between the bounds, both included.
    Integer { min: i64, max: i64, unit: &'static str },
    /// A span of time between the bounds, in milliseconds.
    Period { min_ms: u64, max_ms: u64 },
    /// One of these words, any case.
    Word(&'static [&'static str]),
    /// Described in words.
    Text(&'static str),
}

impl Accepts {
    /// For people: `a whole number from 1 to 64534`.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Integer { min, max, unit: "" } => format!("a whole number from {min} to {max}"),
            Self::Integer { min, max, unit } => format!("a whole number of {unit} from {min} to {max}"),
            Self::Period { min_ms, max_ms } => {
                format!("a time such as 500ms, 30s or 2m, from {} to {}", spell(min_ms), spell(max_ms))
            }
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Text(words) => words.to_owned(),
        }
    }
}

/// A span of time as a settings file may hold it: in the largest unit that fits.
fn spell(ms: u64) -> String {
    match ms {
        0 => "0".to_owned(),
        ms if ms % 3_600_000 == 0 => format!("{}h", ms / 3_600_000),
        ms if ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

/// What is known of a leaf apart from its type.
#[derive(Debug)]
pub(crate) struct About {
    /// The name the server asks for, in Nacos's spelling where Nacos has the key.
    pub(crate) name: &'static str,
    /// Older names of the same setting.
    pub(crate) also: &'static [&'static str],
    /// The value when nobody wrote one, as text; empty when it is derived.
    pub(crate) default: &'static str,
    /// How a derived default comes about; empty when `default` says it.
    pub(crate) derived: &'static str,
    pub(crate) accepts: Accepts,
    /// What it does.
    pub(crate) meaning: &'static str,
    /// Why the default is what it is.
    pub(crate) why: &'static str,
    /// Whether the newer name counts even where an older one is in a higher layer.
    pub(crate) newer_counts: bool,
    /// Whether it keeps somebody out: written without a value it stops the start.
    pub(crate) guards: bool,
}

/// One setting with the type of its value.
pub(crate) struct Leaf<T> {
    pub(crate) about: About,
    /// What a text means here.
    pub(crate) parse: fn(&About, &str) -> Reading<T>,
    /// The value as a settings file would hold it.
    pub(crate) show: fn(&T) -> String,
    /// The value that stands for a derived default; `None` for a leaf whose default is a text.
    pub(crate) unset: fn() -> Option<T>,
}

impl<T> Leaf<T> {
    const fn new(
        name: &'static str,
        default: &'static str,
        accepts: Accepts,
        parse: fn(&About, &str) -> Reading<T>,
        show: fn(&T) -> String,
    ) -> Self {
        let about = About {
            name,
            also: &[],
            default,
            derived: "",
            accepts,
            meaning: "",
            why: "",
            newer_counts: false,
            guards: false,
        };
        Self { about, parse, show, unset: || None }
    }

    /// Adds what it does and why the default is what it is.
    pub(crate) const fn doc(mut self, meaning: &'static str, why: &'static str) -> Self {
        self.about.meaning = meaning;
        self.about.why = why;
        self
    }

    /// Adds older names.
    pub(crate) const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.about.also = names;
        self
    }

    /// The newer name counts wherever it is written.
    pub(crate) const fn newer_counts(mut self) -> Self {
        self.about.newer_counts = true;
        self
    }

    /// It keeps somebody out.
    pub(crate) const fn guards(mut self) -> Self {
        self.about.guards = true;
        self
    }

    /// Reads the text differently.
    pub(crate) const fn read_by(mut self, parse: fn(&About, &str) -> Reading<T>) -> Self {
        self.parse = parse;
        self
    }
}

impl<T> Leaf<Option<T>> {
    /// Says how the default is derived.
    pub(crate) const fn derived(mut self, how: &'static str) -> Self {
        self.about.derived = how;
        self.unset = || Some(None);
        self
    }
}

impl<T> Leaf<Vec<T>> {
    /// Says what an empty list stands for.
    pub(crate) const fn derived_list(mut self, how: &'static str) -> Self {
        self.about.derived = how;
        self.unset = || Some(Vec::new());
        self
    }
}

// === kinds ===

impl Leaf<bool> {
    /// A switch.
    pub(crate) const fn switch(name: &'static str, default: &'static str) -> Self {
        Self::new(name, default, Accepts::Switch, |_, text| conversion::switch(text), bool::to_string)
    }

    /// As [`switch`](Self::switch), read by Java's bare parser: no other word than `true` turns it on.
    pub(crate) const fn bare_switch(name: &'static str, default: &'static str) -> Self {
        Self::switch(name, default).read_by(|_, text| conversion::bare_switch(text))
    }
}

impl<N: TryFrom<i64> + ToString> Leaf<N> {
    /// A whole number of `unit` (may be empty) between the bounds, both included.
    pub(crate) const fn integer(
        name: &'static str,
        default: &'static str,
        (min, max): (i64, i64),
        unit: &'static str,
    ) -> Self {
        Self::new(name, default, Accepts::Integer { min, max, unit }, number::<N>, N::to_string)
    }

    /// As [`integer`](Self::integer), read by Java's bare parser: an empty text is refused.
    pub(crate) const fn bare_integer(
        name: &'static str,
        default: &'static str,
        bounds: (i64, i64),
        unit: &'static str,
    ) -> Self {
        Self::integer(name, default, bounds, unit)
            .read_by(|about, text| within(about, conversion::bare_integer(text)))
    }
}

impl<N: TryFrom<i64> + ToString> Leaf<Option<N>> {
    /// A whole number whose default is derived; `unset` also stands for the derived value.
    pub(crate) const fn optional_integer(
        name: &'static str,
        (min, max): (i64, i64),
        parse: fn(&About, &str) -> Reading<Option<N>>,
    ) -> Self {
        let show = |value: &Option<N>| value.as_ref().map(N::to_string).unwrap_or_default();
        Self::new(name, "", Accepts::Integer { min, max, unit: "" }, parse, show)
    }
}

impl Leaf<Duration> {
    /// As [`millis`](Self::millis), read by Java's bare parser.
    pub(crate) const fn bare_millis(name: &'static str, default: &'static str, bounds: (i64, i64)) -> Self {
        Self::millis(name, default, bounds).read_by(|about, text| {
            within::<u64>(about, conversion::bare_integer(text))
                .and_then(|ms| Some(Duration::from_millis(ms)))
        })
    }

    /// A number of milliseconds, as Nacos writes times.
    pub(crate) const fn millis(name: &'static str, default: &'static str, bounds: (i64, i64)) -> Self {
        let (min, max) = bounds;
        Self::new(
            name,
            default,
            Accepts::Integer { min, max, unit: "milliseconds" },
            |about, text| number::<u64>(about, text).and_then(|ms| Some(Duration::from_millis(ms))),
            |value| value.as_millis().to_string(),
        )
    }

    /// A span of time with a unit, as Navaid's own settings write times.
    pub(crate) const fn period(name: &'static str, default: &'static str, bounds_ms: (u64, u64)) -> Self {
        let (min_ms, max_ms) = bounds_ms;
        Self::new(name, default, Accepts::Period { min_ms, max_ms }, bounded_period, |value| {
            u64::try_from(value.as_millis()).map_or_else(|_| format!("{}s", value.as_secs()), spell)
        })
    }
}

impl Leaf<Option<IpAddr>> {
    /// An address to listen on; empty means all.
    pub(crate) const fn address(name: &'static str) -> Self {
        Self::new(name, "", Accepts::Text("an IP address, or localhost"), address, |value| {
            value.map(|ip| ip.to_string()).unwrap_or_default()
        })
    }
}

impl Leaf<Option<PathBuf>> {
    /// A directory or a file, as `accepts` says; relative ones start from the working directory.
    pub(crate) const fn path(name: &'static str, accepts: &'static str) -> Self {
        let parse = |_: &About, text: &str| match text.trim() {
            "" => Reading::Absent,
            path => Reading::Plain(Some(PathBuf::from(path))),
        };
        Self::new(name, "", Accepts::Text(accepts), parse, |value| {
            value.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
        })
    }
}

impl Leaf<Option<String>> {
    /// A word without blanks, such as a host name.
    pub(crate) const fn host(name: &'static str) -> Self {
        let parse = |_: &About, text: &str| match text.trim() {
            "" => Reading::Absent,
            host if !is_host(host) => Reading::Refused,
            host => Reading::Plain(Some(host.to_owned())),
        };
        Self::new(name, "", Accepts::Text("an IP address or a host name"), parse, |value| {
            value.clone().unwrap_or_default()
        })
    }

    /// The address of this server, which a Java server takes in fewer forms.
    pub(crate) const fn own_address(name: &'static str) -> Self {
        Self::host(name).read_by(|_, text| match text.trim() {
            "" => Reading::Absent,
            host if !is_host(host) => Reading::Refused,
            host if host.len() < text.len() => {
                Reading::Odd(Some(host.to_owned()), "blanks are dropped; a Java server does not start")
            }
            host if is_host_for_java(host) => Reading::Plain(Some(host.to_owned())),
            host => {
                Reading::Odd(Some(host.to_owned()), "a Java server does not start with a name of this form")
            }
        })
    }
}

impl Leaf<ContextPath> {
    /// The first segments of every path of a listener.
    pub(crate) const fn context_path(name: &'static str, default: &'static str) -> Self {
        let parse = |_: &About, text: &str| ContextPath::parse(text).map_or(Reading::Refused, Reading::Plain);
        Self::new(
            name,
            default,
            Accepts::Text("empty, or a path that starts with / such as /nacos"),
            parse,
            ContextPath::to_string,
        )
    }
}

impl<T: 'static> Leaf<T> {
    /// One of a few words, any case.
    pub(crate) const fn word(
        name: &'static str,
        default: &'static str,
        words: &'static [&'static str],
        parse: fn(&About, &str) -> Reading<T>,
        show: fn(&T) -> String,
    ) -> Self {
        Self::new(name, default, Accepts::Word(words), parse, show)
    }

    /// A text with a grammar of its own.
    pub(crate) const fn text(
        name: &'static str,
        default: &'static str,
        accepts: &'static str,
        parse: fn(&About, &str) -> Reading<T>,
        show: fn(&T) -> String,
    ) -> Self {
        Self::new(name, default, Accepts::Text(accepts), parse, show)
    }
}

// === parsers shared by several kinds ===

fn number<N: TryFrom<i64>>(about: &About, text: &str) -> Reading<N> {
    within(about, conversion::integer(text))
}

/// Refuses a number outside the leaf's bounds.
pub(crate) fn within<N: TryFrom<i64>>(about: &About, reading: Reading<i64>) -> Reading<N> {
    let Accepts::Integer { min, max, .. } = about.accepts else { return Reading::Refused };
    reading.and_then(|number| (min..=max).contains(&number).then_some(number)?.try_into().ok())
}

fn bounded_period(about: &About, text: &str) -> Reading<Duration> {
    let Accepts::Period { min_ms, max_ms } = about.accepts else { return Reading::Refused };
    let bounds = Duration::from_millis(min_ms)..=Duration::from_millis(max_ms);
    conversion::period(text).and_then(|period| bounds.contains(&period).then_some(period))
}

/// Whether a text can be a host: no blanks, no port behind it.
fn is_host(text: &str) -> bool {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    bare.parse::<IpAddr>().is_ok()
        || !text.contains(|c: char| c.is_whitespace() || matches!(c, '/' | ':' | ','))
}

/// Whether a Java server takes a host as its own: an address, `localhost`, or letters, digits and hyphens with a dot.
fn is_host_for_java(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(host);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    bare.parse::<IpAddr>().is_ok() || host == "localhost" || (host.contains('.') && host.chars().all(is_name))
}

fn address(_: &About, text: &str) -> Reading<Option<IpAddr>> {
    match text.trim() {
        "" => Reading::Absent,
        "localhost" => Reading::Plain(Some(IpAddr::from([127, 0, 0, 1]))),
        text => {
            let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
            bare.parse().map_or(Reading::Refused, |ip| Reading::Plain(Some(ip)))
        }
    }
}
