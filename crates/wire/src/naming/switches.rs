//! The switches of discovery as operators read and set them (`spec/http-naming-core` §8.3; recorded: `ns1-switches-*`
//! on 2.5.1, `ns3-admin-ops` on 3.1).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use navaid_core::{
    Lifetime, ServerStatus, SwitchChange, Switches,
    switches::{DatagramFamily, ProbePace},
};
use serde::Serialize;

use crate::{
    http::{error_text::no_number, flag},
    json::{self, object::wire_object},
};

/// The switch domain's own name in answers.
const NAME: &str = "00-00---000-NACOS_SWITCH_DOMAIN-000---00-00";

/// A value that a switch refuses; displays as the reference's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SwitchError(String);

impl SwitchError {
    fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The change that a value of an entry asks for; none for an entry that nobody knows, and for a value that changes
/// nothing. (!) Both are accepted, as in the reference, and so is `batch`, which only 1.x understood.
///
/// # Errors
/// The entry refuses the value.
pub fn parse(entry: &str, value: &str) -> Result<Option<SwitchChange>, SwitchError> {
    let on = || flag::lenient(value);
    Ok(Some(match entry {
        "check" => SwitchChange::HealthCheck(on()),
        "pushEnabled" => SwitchChange::Push(on()),
        "clientBeatInterval" => SwitchChange::ClientBeatInterval(millis(value)?),
        "lightBeatEnabled" => SwitchChange::LightBeat(on()),
        "pushCacheMillis" => SwitchChange::PushCache(millis_from(
            value,
            10_000,
            "min cache time for http or tcp is too small(<10000)",
        )?),
        "defaultInstanceEphemeral" => SwitchChange::DefaultLifetime(Lifetime::from_ephemeral(on())),
        "healthCheckTimes" => SwitchChange::ProbeTimes(number(value)?),
        "httpHealthParams" => SwitchChange::HttpProbes(checked_pace(value)?),
        "tcpHealthParams" => SwitchChange::TcpProbes(checked_pace(value)?),
        "mysqlHealthParams" => SwitchChange::MysqlProbes(pace(value)?),
        "distro" => SwitchChange::Distro(on()),
        "overriddenServerStatus" => SwitchChange::ServerStatus(status(value)?),
        // (!) An empty text changes nothing, as in the reference.
        "limitedUrlMap" if value.trim().is_empty() => return Ok(None),
        "limitedUrlMap" => SwitchChange::LimitedUrls(limited_urls(value)?),
        "pushVersion" => datagram_version(value)?,
        _ => return parse_idle(entry, value),
    }))
}

/// As [`parse`], for switches that nothing goes by.
fn parse_idle(entry: &str, value: &str) -> Result<Option<SwitchChange>, SwitchError> {
    let on = || flag::lenient(value);
    Ok(Some(match entry {
        "masters" => SwitchChange::Masters(value.split(',').map(Arc::from).collect()),
        "defaultCacheMillis" => SwitchChange::DefaultCache(millis_from(
            value,
            1000,
            "min default cache time  is too small(<1000)",
        )?),
        "distroThreshold" => SwitchChange::DistroThreshold(distro_threshold(value)?),
        "autoChangeHealthCheckEnabled" => SwitchChange::AutoChangeHealthCheck(on()),
        // (!) Only an empty value has an effect, as in the reference.
        "enableStandalone" if value.is_empty() => SwitchChange::EnableStandalone(false),
        "serverStatusSynchronizationPeriodMillis" => {
            let text = "serverStatusSynchronizationPeriodMillis is too small(<15000)";
            SwitchChange::ServerStatusPeriod(millis_from(value, 1000, text)?)
        }
        "serviceStatusSynchronizationPeriodMillis" => {
            let text = "serviceStatusSynchronizationPeriodMillis is too small(<5000)";
            SwitchChange::ServiceStatusPeriod(millis_from(value, 5000, text)?)
        }
        "disableAddIP" => SwitchChange::DisableAddIp(on()),
        "sendBeatOnly" => SwitchChange::SendBeatOnly(on()),
        "distroServerExpiredMillis" => SwitchChange::DistroServerExpired(millis(value)?),
        _ => return Ok(None),
    }))
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, SwitchError> {
    text.trim().parse().map_err(|_| SwitchError::of(no_number(text)))
}

fn millis(text: &str) -> Result<Duration, SwitchError> {
    number(text).map(Duration::from_millis)
}

fn millis_from(text: &str, min: u64, too_small: &str) -> Result<Duration, SwitchError> {
    let value = millis(text)?;
    if value < Duration::from_millis(min) { Err(SwitchError::of(too_small)) } else { Ok(value) }
}

fn distro_threshold(text: &str) -> Result<f32, SwitchError> {
    let threshold: f32 = number(text)?;
    if threshold > 0.0 && threshold.is_finite() {
        return Ok(threshold);
    }
    Err(SwitchError::of(format!("distroThreshold can not be zero or negative: {threshold:?}")))
}

/// `null`, or nothing, lets the server find out by itself.
fn status(text: &str) -> Result<Option<ServerStatus>, SwitchError> {
    match text.trim() {
        "" | "null" => Ok(None),
        word => ServerStatus::from_word(word).map(Some).ok_or_else(|| {
            let words = ServerStatus::ALL.map(ServerStatus::as_word).join(", ");
            SwitchError::of(format!("overriddenServerStatus must be null or one of {words}"))
        }),
    }
}

/// `prefix:status,prefix:status`.
fn limited_urls(text: &str) -> Result<BTreeMap<Arc<str>, u16>, SwitchError> {
    let pair = |pair: &str| {
        let illegal = || SwitchError::of(format!("limitedUrlMap must be url:status,url:status: {pair}"));
        let (url, status) = pair.rsplit_once(':').ok_or_else(illegal)?;
        let status: u16 = number(status)?;
        if !url.is_empty() && (100..1000).contains(&status) {
            Ok((Arc::from(url), status))
        } else {
            Err(illegal())
        }
    };
    text.split(',').map(pair).collect()
}

/// `family:x.y.z`.
fn datagram_version(text: &str) -> Result<SwitchChange, SwitchError> {
    let (family, version) = text.split_once(':').unwrap_or((text, ""));
    let parts: Vec<&str> = version.split('.').collect();
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.len() != 3 || !parts.iter().all(is_number) {
        return Err(SwitchError::of(r"illegal version, must match: [0-9]+\.[0-9]+\.[0-9]+"));
    }
    let family = match family {
        "go" => DatagramFamily::Go,
        "java" => DatagramFamily::Java,
        "python" => DatagramFamily::Python,
        "c" => DatagramFamily::C,
        "csharp" => DatagramFamily::Csharp,
        _ => return Err(SwitchError::of(format!("unsupported client type: {family}"))),
    };
    Ok(SwitchChange::DatagramVersion(family, version.into()))
}

wire_object! {
    PaceJson {
        max: i64 = "max" or 5000,
        min: i64 = "min" or 500,
        factor: f64 = "factor" or 0.85,
    }
}

/// Longest interval between probes, in milliseconds: more would be no probing. The reference has no limit.
const PACE_MAX_MS: i64 = 60_000;

fn pace(text: &str) -> Result<ProbePace, SwitchError> {
    let illegal = || SwitchError::of("json param invalid.");
    let pace: PaceJson = json::read(text.as_bytes()).map_err(|_| illegal())?;
    let millis = |number: i64| u64::try_from(number).map(Duration::from_millis).map_err(|_| illegal());
    #[expect(clippy::cast_possible_truncation, reason = "the reference keeps this precision")]
    let factor = pace.factor as f32;
    if !factor.is_finite() {
        return Err(SwitchError::of("malformed factor"));
    }
    if pace.max > PACE_MAX_MS {
        return Err(SwitchError::of("max check time is too large(>60000)"));
    }
    Ok(ProbePace { max: millis(pace.max)?, min: millis(pace.min)?, factor })
}

fn checked_pace(text: &str) -> Result<ProbePace, SwitchError> {
    let pace = pace(text)?;
    if pace.min < Duration::from_millis(500) {
        return Err(SwitchError::of("min check time for http or tcp is too small(<500)"));
    }
    if pace.max < Duration::from_millis(3000) {
        return Err(SwitchError::of("max check time for http or tcp is too small(<3000)"));
    }
    if !(0.0..=1.0).contains(&pace.factor) {
        return Err(SwitchError::of("malformed factor"));
    }
    Ok(pace)
}

/// The switches in answers. Keys that nothing sets are shown as the reference shows them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownSwitches<'a> {
    masters: Option<&'a [Arc<str>]>,
    ad_weight_map: BTreeMap<&'a str, u32>,
    default_push_cache_millis: u64,
    client_beat_interval: u64,
    default_cache_millis: u64,
    distro_threshold: f32,
    health_check_enabled: bool,
    auto_change_health_check_enabled: bool,
    distro_enabled: bool,
    enable_standalone: bool,
    push_enabled: bool,
    check_times: u32,
    http_health_params: ShownPace,
    tcp_health_params: ShownPace,
    mysql_health_params: ShownPace,
    incremental_list: [&'a str; 0],
    server_status_synchronization_period_millis: u64,
    service_status_synchronization_period_millis: u64,
    #[serde(rename = "disableAddIP")]
    disable_add_ip: bool,
    send_beat_only: bool,
    light_beat_enabled: bool,
    limited_url_map: &'a BTreeMap<Arc<str>, u16>,
    distro_server_expired_millis: u64,
    #[serde(flatten)]
    versions: ShownVersions<'a>,
    enable_authentication: bool,
    overridden_server_status: Option<&'static str>,
    default_instance_ephemeral: bool,
    health_check_white_list: [&'a str; 0],
    name: &'static str,
    checksum: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct ShownPace {
    max: u64,
    min: u64,
    factor: f32,
}

/// The same five values under the keys of 1.x and 2.x, or of 3.x.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
enum ShownVersions<'a> {
    #[serde(rename_all = "camelCase")]
    V2 {
        push_go_version: &'a str,
        push_java_version: &'a str,
        push_python_version: &'a str,
        #[serde(rename = "pushCVersion")]
        push_c_version: &'a str,
        #[serde(rename = "pushCSharpVersion")]
        push_csharp_version: &'a str,
    },
    #[serde(rename_all = "camelCase")]
    V3 {
        push_version_of_go: &'a str,
        push_version_of_java: &'a str,
        push_version_of_python: &'a str,
        push_version_of_c: &'a str,
        push_version_of_csharp: &'a str,
    },
}

impl<'a> ShownSwitches<'a> {
    /// The switches as 1.x and 2.x show them.
    pub fn v2(switches: &'a Switches) -> Self {
        let versions = &switches.datagram_versions;
        let versions = ShownVersions::V2 {
            push_go_version: &versions.go,
            push_java_version: &versions.java,
            push_python_version: &versions.python,
            push_c_version: &versions.c,
            push_csharp_version: &versions.csharp,
        };
        Self::of(switches, versions)
    }

    /// The switches as 3.x shows them.
    pub fn v3(switches: &'a Switches) -> Self {
        let versions = &switches.datagram_versions;
        let versions = ShownVersions::V3 {
            push_version_of_go: &versions.go,
            push_version_of_java: &versions.java,
            push_version_of_python: &versions.python,
            push_version_of_c: &versions.c,
            push_version_of_csharp: &versions.csharp,
        };
        Self::of(switches, versions)
    }

    fn of(switches: &'a Switches, versions: ShownVersions<'a>) -> Self {
        let idle = &switches.idle;
        Self {
            masters: idle.masters.as_deref(),
            ad_weight_map: BTreeMap::new(),
            default_push_cache_millis: whole_millis(switches.push_cache),
            client_beat_interval: whole_millis(switches.client_beat_interval),
            default_cache_millis: whole_millis(idle.default_cache),
            distro_threshold: idle.distro_threshold,
            health_check_enabled: switches.health_check_enabled,
            auto_change_health_check_enabled: idle.auto_change_health_check,
            distro_enabled: switches.distro_enabled,
            enable_standalone: idle.enable_standalone,
            push_enabled: switches.push_enabled,
            check_times: switches.probe_times,
            http_health_params: ShownPace::of(switches.http_probes),
            tcp_health_params: ShownPace::of(switches.tcp_probes),
            mysql_health_params: ShownPace::of(switches.mysql_probes),
            incremental_list: [],
            server_status_synchronization_period_millis: whole_millis(idle.server_status_period),
            service_status_synchronization_period_millis: whole_millis(idle.service_status_period),
            disable_add_ip: idle.disable_add_ip,
            send_beat_only: idle.send_beat_only,
            light_beat_enabled: switches.light_beat_enabled,
            limited_url_map: &switches.limited_urls,
            distro_server_expired_millis: whole_millis(idle.distro_server_expired),
            versions,
            enable_authentication: false,
            overridden_server_status: switches.server_status.map(ServerStatus::as_word),
            default_instance_ephemeral: switches.default_lifetime.is_ephemeral(),
            health_check_white_list: [],
            name: NAME,
            checksum: None,
        }
    }
}

impl ShownPace {
    fn of(pace: ProbePace) -> Self {
        Self { max: whole_millis(pace.max), min: whole_millis(pace.min), factor: pace.factor }
    }
}

fn whole_millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(entry: &str, value: &str) -> String {
        parse(entry, value).unwrap_err().to_string()
    }

    fn set(switches: &mut Switches, entry: &str, value: &str) {
        if let Some(change) = parse(entry, value).unwrap() {
            switches.change(change);
        }
    }

    #[test]
    fn refused_values_read_as_recorded() {
        for (entry, value, text) in [
            ("distroThreshold", "0", "distroThreshold can not be zero or negative: 0.0"),
            ("distroThreshold", "abc", "For input string: \"abc\""),
            ("pushCacheMillis", "9999", "min cache time for http or tcp is too small(<10000)"),
            ("defaultCacheMillis", "999", "min default cache time  is too small(<1000)"),
            ("pushVersion", "rust:1.0.0", "unsupported client type: rust"),
            ("pushVersion", "java:new", r"illegal version, must match: [0-9]+\.[0-9]+\.[0-9]+"),
            ("healthCheckTimes", "x", "For input string: \"x\""),
            ("httpHealthParams", "soon", "json param invalid."),
            ("tcpHealthParams", r#"{"min":499}"#, "min check time for http or tcp is too small(<500)"),
            ("httpHealthParams", r#"{"factor":1.5}"#, "malformed factor"),
        ] {
            assert_eq!(refused(entry, value), text);
        }
        assert!(refused("overriddenServerStatus", "up").contains("one of UP, DOWN"));
        for urls in ["/x", ":403", "/x:99", "/x:403,", "/x:1000"] {
            assert!(parse("limitedUrlMap", urls).is_err(), "{urls}");
        }
    }

    /// Nothing that is stored may be shown as `null`.
    #[test]
    fn numbers_that_are_none_are_refused() {
        for value in ["NaN", "inf", "-inf", "1e39"] {
            assert!(parse("distroThreshold", value).is_err(), "{value}");
            let pace = format!(r#"{{"max":6000,"min":600,"factor":{value}}}"#);
            for entry in ["httpHealthParams", "tcpHealthParams", "mysqlHealthParams"] {
                assert!(parse(entry, &pace).is_err(), "{entry} {value}");
            }
        }
        for entry in ["clientBeatInterval", "distroServerExpiredMillis", "healthCheckTimes"] {
            assert!(parse(entry, "-1").is_err() && parse(entry, "1.5").is_err(), "{entry}");
        }
    }

    #[test]
    fn what_nobody_knows_and_what_changes_nothing_is_accepted() {
        for (entry, value) in [
            ("nobody-knows", "1"),
            ("batch", r#"{"checkTimes":9}"#),
            ("doubleWriteEnabled", "false"),
            ("limitedUrlMap", ""),
            ("enableStandalone", "true"),
        ] {
            assert_eq!(parse(entry, value), Ok(None), "{entry}");
        }
        assert_eq!(parse("enableStandalone", ""), Ok(Some(SwitchChange::EnableStandalone(false))));
    }

    #[test]
    fn accepted_values_are_shown() {
        let mut switches = Switches::default();
        for (entry, value) in [
            ("nobody-knows", "1"),
            ("distroThreshold", "0.8"),
            ("pushVersion", "java:0.2.0"),
            ("healthCheckTimes", "5"),
            ("httpHealthParams", r#"{"max":6000,"min":600,"factor":0.5}"#),
            ("overriddenServerStatus", "WRITE_ONLY"),
            ("limitedUrlMap", "/nacos/v1/ns/x:502"),
            ("masters", "a,b"),
        ] {
            set(&mut switches, entry, value);
        }
        // As text, because a `Value` would widen the 32-bit number to 0.800000011920929.
        let text = serde_json::to_string(&ShownSwitches::v2(&switches)).unwrap();
        assert!(text.contains(r#""distroThreshold":0.8,"#), "{text}");
        let shown = serde_json::to_value(ShownSwitches::v2(&switches)).unwrap();
        assert_eq!(shown["pushJavaVersion"], "0.2.0");
        assert_eq!(shown["checkTimes"], 5);
        assert_eq!(shown["httpHealthParams"].to_string(), r#"{"factor":0.5,"max":6000,"min":600}"#);
        assert_eq!(shown["overriddenServerStatus"], "WRITE_ONLY");
        assert_eq!(shown["limitedUrlMap"].to_string(), r#"{"/nacos/v1/ns/x":502}"#);
        assert_eq!(shown["masters"].to_string(), r#"["a","b"]"#);
        set(&mut switches, "overriddenServerStatus", "null");
        assert_eq!(switches.server_status, None);
    }

    #[test]
    fn generations_name_the_versions_differently() {
        let switches = Switches::default();
        let v2 = serde_json::to_value(ShownSwitches::v2(&switches)).unwrap();
        let v3 = serde_json::to_value(ShownSwitches::v3(&switches)).unwrap();
        assert_eq!(
            (&v2["pushCSharpVersion"], &v3["pushVersionOfCsharp"]),
            (&"0.9.0".into(), &"0.9.0".into())
        );
        assert_eq!((&v2["pushCVersion"], &v3["pushVersionOfC"]), (&"1.0.12".into(), &"1.0.12".into()));
    }
}
