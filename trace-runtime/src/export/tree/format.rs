//! Formats durations and values as text.

use crate::escape;
use crate::recorder::RecordedValue;

/// The length at which values are cut, in characters.
const MAX_VALUE: usize = 80;
/// The length at which names are cut, in characters.
const MAX_NAME: usize = 256;
/// The number of items of a list that are shown.
const MAX_ITEMS: usize = 8;

/// Formats a duration with three significant digits and a unit.
pub(super) fn duration(nanos: u64) -> String {
    const UNITS: [(f64, &str); 4] = [(1e3, "ns"), (1e6, "µs"), (1e9, "ms"), (60e9, "s")];
    let value = nanos as f64;
    for (index, (end, unit)) in UNITS.into_iter().enumerate() {
        let scaled = if index == 0 { value } else { value / UNITS[index - 1].0.min(1e9) };
        // A value that rounds up to the next unit uses that unit.
        let rounded_up = index < 3 && scaled >= 999.5;
        if value >= end || rounded_up {
            continue;
        }
        return match scaled {
            _ if index == 0 => format!("{nanos} ns"),
            ..9.995 => format!("{scaled:.2} {unit}"),
            ..99.95 => format!("{scaled:.1} {unit}"),
            _ => format!("{scaled:.0} {unit}"),
        };
    }
    let seconds = nanos / 1_000_000_000;
    match seconds / 3_600 {
        0 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        hours => format!("{hours} h {:02} min", seconds / 60 % 60),
    }
}

/// Formats a name or a key: cut, without anything that could move the cursor.
pub(crate) fn name(text: &str) -> String {
    escape::line(text).cut(MAX_NAME).to_string()
}

/// Formats a message: cut, without anything that could move the cursor.
pub(crate) fn one_line(text: &str) -> String {
    escape::line(text).to_string()
}

pub(super) fn value(value: &RecordedValue<'_>) -> String {
    fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
        let shown: Vec<String> = items.iter().take(MAX_ITEMS).map(show).collect();
        let more = if items.len() > MAX_ITEMS {
            format!(", … {} in all", items.len())
        } else {
            String::new()
        };
        format!("[{}{more}]", shown.join(", "))
    }
    match value {
        RecordedValue::Bool(value) => value.to_string(),
        RecordedValue::I64(value) => value.to_string(),
        RecordedValue::U64(value) => value.to_string(),
        RecordedValue::F64(value) => float(*value),
        RecordedValue::Static(value) => text(value),
        RecordedValue::Str(value) => text(value),
        RecordedValue::Bools(values) => list(values, bool::to_string),
        RecordedValue::I64s(values) => list(values, i64::to_string),
        RecordedValue::F64s(values) => list(values, |value| float(*value)),
        RecordedValue::Strs(values) => list(values, |value| text(value)),
        other => text(&format!("{other:?}")),
    }
}

/// Formats a number with six significant digits.
pub(crate) fn float(value: f64) -> String {
    let rounded = format!("{value:.5e}").parse().unwrap_or(value);
    match value.abs() {
        0.0 | 1e-4..1e15 => rounded.to_string(),
        size if size.is_finite() => format!("{rounded:e}"),
        _ => value.to_string(),
    }
}

/// Formats a string unchanged where that is clear, quoted where it is not.
pub(crate) fn text(value: &str) -> String {
    let is_plain =
        |c: char| !c.is_whitespace() && !escape::is_unsafe(c) && !matches!(c, '"' | '\\');
    let is_cut = value.char_indices().nth(MAX_VALUE).map(|(end, _)| end);
    let shown = &value[..is_cut.unwrap_or(value.len())];
    let mut text = if !shown.is_empty() && shown.chars().all(is_plain) {
        shown.to_owned()
    } else {
        format!("\"{}\"", escape::line(shown.replace('"', "\\\"")))
    };
    if is_cut.is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (19_440, "19.4 µs"),
            (999_400, "999 µs"),
            (999_600, "1.00 ms"),
            (1_234_567, "1.23 ms"),
            (120_000_000, "120 ms"),
            (999_700_000, "1.00 s"),
            (59_900_000_000, "59.9 s"),
            (60_000_000_000, "1 min 00 s"),
            (125_000_000_000, "2 min 05 s"),
            (7_500_000_000_000, "2 h 05 min"),
        ];
        for (nanos, expected) in cases {
            assert_eq!(duration(nanos), expected, "{nanos}");
        }
    }

    #[test]
    fn values_are_clear_and_short() {
        let shown = |text: &str| value(&RecordedValue::Str(text));
        assert_eq!(shown("plain/value"), "plain/value");
        assert_eq!(shown(""), "\"\"");
        assert_eq!(shown("two words"), "\"two words\"");
        assert_eq!(shown("a\"b\n\u{1b}[31m"), r#""a\"b\n\u{1b}[31m""#);
        assert_eq!(shown("\u{202e}cod.exe\u{9b}1m"), r#""\u{202e}cod.exe\u{9b}1m""#);
        assert_eq!(shown("👩\u{200d}👧"), "👩\u{200d}👧");
        assert_eq!(shown(&"x".repeat(200)).chars().count(), 81);
        let items: Vec<i64> = (0..20).collect();
        assert_eq!(value(&RecordedValue::I64s(items)), "[0, 1, 2, 3, 4, 5, 6, 7, … 20 in all]");
        let shown = |number| value(&RecordedValue::F64(number));
        assert_eq!(shown(-7.0 / 6.0), "-1.16667");
        assert_eq!([shown(0.0), shown(2.0), shown(0.1 + 0.2)], ["0", "2", "0.3"]);
        assert_eq!([shown(1.5e300), shown(-2.5e-9)], ["1.5e300", "-2.5e-9"]);
        assert_eq!([shown(f64::NAN), shown(f64::NEG_INFINITY)], ["NaN", "-inf"]);
        assert_eq!(one_line("a\u{1b}[2J"), r"a\u{1b}[2J");
        assert_eq!(name(&"x".repeat(300)).chars().count(), 257);
    }
}
