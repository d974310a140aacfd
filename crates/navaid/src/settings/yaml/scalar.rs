//! What a scalar of YAML 1.1 is, turned to text as Java prints it.

/// A scalar as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Whether it was a text before, no number, switch or nothing.
    pub(crate) is_text: bool,
}

/// A scalar in quotes, or one that is a text by its tag.
pub(crate) fn text(text: &str) -> Scalar {
    Scalar { text: text.to_owned(), is_text: true }
}

/// A scalar without quotes: it is typed by how it looks.
pub(crate) fn plain(written: &str) -> Scalar {
    let typed = |text: String| Scalar { text, is_text: false };
    match written {
        "" | "~" | "null" | "Null" | "NULL" => return typed(String::new()),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return typed("true".into()),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return typed("false".into());
        }
        _ => {}
    }
    whole(written).or_else(|| real(written)).map_or_else(|| text(written), typed)
}

/// Sign and the rest.
fn signed(written: &str) -> (bool, &str) {
    match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.strip_prefix('+').unwrap_or(written)),
    }
}

/// A whole number: decimal, `0b`, `0x`, octal with a zero in front, or of base 60 with colons between.
fn whole(written: &str) -> Option<String> {
    let (is_negative, body) = signed(written);
    let digits = body.replace('_', "");
    let based = |text: &str, base| u128::from_str_radix(text, base).ok().map(|number| number.to_string());
    let only = |text: &str, is_digit: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|b| is_digit(&b));
    let number = if let Some(bits) = digits.strip_prefix("0b") {
        only(bits, |b| matches!(b, b'0' | b'1')).then(|| based(bits, 2))??
    } else if let Some(hex) = digits.strip_prefix("0x") {
        only(hex, u8::is_ascii_hexdigit).then(|| based(hex, 16))??
    } else if digits.len() > 1 && digits.starts_with('0') {
        only(&digits, |b| matches!(b, b'0'..=b'7')).then(|| based(&digits, 8))??
    } else if only(&digits, u8::is_ascii_digit) && body.starts_with(|c: char| c.is_ascii_digit()) {
        digits
    } else {
        if !body.starts_with(|c: char| matches!(c, '1'..='9')) {
            return None;
        }
        sixties(&digits)?.to_string()
    };
    let sign = if is_negative && number != "0" { "-" } else { "" };
    Some(format!("{sign}{number}"))
}

/// `12:30:45`: each part but the first below 60.
fn sixties(digits: &str) -> Option<u64> {
    let (first, rest) = digits.split_once(':')?;
    let mut total: u64 = first.parse().ok()?;
    for part in rest.split(':') {
        let is_part = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        let part: u64 = part.parse().ok().filter(|part| is_part && *part < 60)?;
        total = total.checked_mul(60)?.checked_add(part)?;
    }
    Some(total)
}

/// A number with a point or an exponent, or of base 60 with a point at its end.
fn real(written: &str) -> Option<String> {
    let (is_negative, body) = signed(written);
    let number = match body {
        ".inf" | ".Inf" | ".INF" => f64::INFINITY,
        ".nan" | ".NaN" | ".NAN" if body.len() == written.len() => f64::NAN,
        _ => match body.rsplit_once(':') {
            Some(_) => sixties_with_fraction(body)?,
            None => decimal(body)?,
        },
    };
    Some(java_double(if is_negative { -number } else { number }))
}

fn decimal(body: &str) -> Option<f64> {
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let (before, after) = mantissa.split_once('.').map_or((mantissa, None), |(b, a)| (b, Some(a)));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let starts = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let is_number = (starts(before) || (before.is_empty() && after.is_some_and(starts)))
        && is_digits(before)
        && after.is_none_or(is_digits)
        && (after.is_some() || exponent.is_some())
        && exponent.is_none_or(|exponent| {
            let digits = signed(exponent).1;
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        });
    is_number.then(|| body.replace('_', "").parse().ok())?
}

fn sixties_with_fraction(body: &str) -> Option<f64> {
    let (whole, fraction) = body.split_once('.')?;
    let is_fraction = fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let fraction: f64 = is_fraction.then(|| format!("0.{}0", fraction.replace('_', "")).parse().ok())??;
    #[expect(clippy::cast_precision_loss, reason = "a Java server computes with the same numbers")]
    let total = sixties(&whole.replace('_', ""))? as f64;
    Some(total + fraction)
}

/// A number as Java prints it: with a point at least, and with an exponent below 0.001 and from ten million on.
fn java_double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 || (1e-3..1e7).contains(&number.abs()) {
        return format!("{number:?}");
    }
    let scientific = format!("{number:E}");
    match scientific.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => scientific,
    }
}
