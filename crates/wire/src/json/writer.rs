//! Writing JSON by hand: escapes and numbers, appended to a byte buffer.

/// Appends `text` as a JSON string, quotes included. Non-ASCII stays as it is, as the reference leaves it.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    string_part(out, text);
    out.push(b'"');
}

/// Appends `text` escaped, without quotes: a part of a longer string.
pub fn string_part(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        escape(out, byte);
        copied = at + 1;
    }
    out.extend_from_slice(&bytes[copied..]);
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' => b'"',
        b'\\' => b'\\',
        0x08 => b'b',
        0x09 => b't',
        0x0A => b'n',
        0x0C => b'f',
        0x0D => b'r',
        _ => {
            const HEX: &[u8; 16] = b"0123456789ABCDEF";
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends `number` in decimal digits.
pub fn whole(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + u8::try_from(number % 10).expect("a digit is below ten");
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// Appends `true` or `false`.
pub fn flag(out: &mut Vec<u8>, flag: bool) {
    out.extend_from_slice(if flag { b"true" } else { b"false" });
}

/// Appends `number` as Java prints a double. A number that is not finite, which JSON cannot say, is written as 0.0.
pub fn double(out: &mut Vec<u8>, number: f64) {
    if number == 1.0 {
        out.extend_from_slice(b"1.0");
    } else {
        let number = if number.is_finite() { number } else { 0.0 };
        out.extend_from_slice(double_text(number).as_bytes());
    }
}

/// `number` as Java prints a double: a fraction always (`1.0`), and an exponent below 10^-3 and from 10^7 on
/// (`1.0E16`).
pub fn double_text(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) || !number.is_finite() {
        return format!("{number:?}");
    }
    let scientific = format!("{number:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn doubles_print_as_java_prints_them() {
        for (number, text) in [
            (1.0, "1.0"),
            (0.0, "0.0"),
            (2.5, "2.5"),
            (-1.0, "-1.0"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (1.25e16, "1.25E16"),
            (f64::NAN, "0.0"),
        ] {
            assert_eq!(written(|out| double(out, number)), text);
        }
    }

    #[test]
    fn whole_numbers_print_their_digits() {
        for number in [0, 7, 10, 1_730_000_000_000, u64::MAX] {
            assert_eq!(written(|out| whole(out, number)), number.to_string());
        }
    }

    proptest::proptest! {
        #[test]
        fn strings_read_back_as_they_were(text in "\\PC*|[\\x00-\\x7F]*") {
            let json = written(|out| string(out, &text));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
