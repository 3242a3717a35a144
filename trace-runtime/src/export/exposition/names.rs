//! Translates OpenTelemetry's names for Prometheus
//! ([rules](https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/)).

/// The kind of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    /// Always 1; its labels carry the data.
    Info,
}

/// Prometheus's names for units in UCUM's notation.
const UNITS: [(&str, &str); 28] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tibibytes"),
    ("kBy", "kilobytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("m", "meters"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
    ("%", "percent"),
    ("bit", "bits"),
    ("1", ""),
];
/// The names of units behind a `/`.
const PER: [(&str, &str); 7] = [
    ("s", "second"),
    ("min", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("wk", "week"),
    ("mo", "month"),
    ("a", "year"),
];

/// The name of a family.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FamilyName {
    /// Without a counter's `_total`.
    pub(super) name: String,
    /// The unit, if the name ends with it.
    pub(super) unit: Option<String>,
    /// Whether the names of its series end with `_total`.
    pub(super) is_total: bool,
}

/// Returns the name of a family, with its unit or without suffixes.
pub(super) fn family(name: &str, unit: &str, kind: Kind, has_suffixes: bool) -> FamilyName {
    let mut name = sanitized(name, true);
    let mut is_total = false;
    if kind == Kind::Counter {
        let stem = name.strip_suffix("_total").map(str::len);
        is_total = has_suffixes || stem.is_some();
        name.truncate(stem.unwrap_or(name.len()));
    }
    let unit = if unit == "1" && kind == Kind::Gauge { "ratio".to_owned() } else { words(unit) };
    let is_named = unit.is_empty() || format!("_{name}_").contains(&format!("_{unit}_"));
    if has_suffixes && !is_named {
        if !name.ends_with('_') {
            name.push('_');
        }
        name.push_str(&unit);
    }
    if name.is_empty() {
        name.push('_');
    }
    let ends_with_unit = name.strip_suffix(&*unit).is_some_and(|stem| stem.ends_with('_'));
    let unit = Some(unit).filter(|unit| !unit.is_empty() && ends_with_unit);
    FamilyName { name, unit, is_total }
}

/// Returns the name of a label.
pub(super) fn label(key: &str) -> String {
    let label = sanitized(key, false);
    match label.as_bytes() {
        [] => "_".to_owned(),
        [b'0'..=b'9', ..] => format!("key_{label}"),
        _ => label,
    }
}

/// Returns whether a key can be a label unchanged.
pub(super) fn is_label(key: &str) -> bool {
    let starts = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !key.contains("__")
}

/// Spells out a unit: `By/s` is `bytes_per_second`, and text in braces is a remark.
fn words(unit: &str) -> String {
    let mut plain = String::with_capacity(unit.len());
    let mut depth = 0_u32;
    for letter in unit.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            letter if depth == 0 => plain.push(letter),
            _ => {}
        }
    }
    let called = |table: &[(&str, &str)], part: &str| {
        let found = table.iter().find(|(known, _)| *known == part);
        found.map_or_else(|| part.to_owned(), |(_, word)| (*word).to_owned())
    };
    let words = match plain.split_once('/') {
        Some((unit, per)) if !per.trim().is_empty() => {
            format!("{}_per_{}", called(&UNITS, unit.trim()), called(&PER, per.trim()))
        }
        _ => called(&UNITS, plain.trim_end_matches('/').trim()),
    };
    sanitized(&words, false).trim_matches('_').to_owned()
}

/// Keeps letters, digits and underscores, never two underscores in a row: names that begin with two are
/// reserved for Prometheus.
fn sanitized(name: &str, is_metric: bool) -> String {
    let mut clean = String::with_capacity(name.len() + 1);
    if is_metric && name.starts_with(|first: char| first.is_ascii_digit()) {
        clean.push('_');
    }
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() || (is_metric && letter == ':') {
            clean.push(letter);
        } else if !clean.ends_with('_') {
            clean.push('_');
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_their_unit_once() {
        let cases = [
            (
                "http.server.request.duration",
                "s",
                Kind::Histogram,
                "http_server_request_duration_seconds",
            ),
            ("request.duration.seconds", "s", Kind::Histogram, "request_duration_seconds"),
            ("seconds.left", "s", Kind::Gauge, "seconds_left"),
            ("orders", "{order}", Kind::Counter, "orders"),
            ("orders.total", "", Kind::Counter, "orders"),
            ("orders_total", "By", Kind::Counter, "orders_bytes"),
            ("usage", "1", Kind::Gauge, "usage_ratio"),
            ("usage", "1", Kind::Counter, "usage"),
            ("load", "%", Kind::Gauge, "load_percent"),
            ("io", "By/s", Kind::Gauge, "io_bytes_per_second"),
            ("rate", "{request}/s", Kind::Gauge, "rate_per_second"),
            ("revenue", "EUR", Kind::Counter, "revenue_EUR"),
            ("4xx..errors__", "", Kind::Counter, "_4xx_errors_"),
            ("a__", "s", Kind::Gauge, "a_seconds"),
            ("größe", "", Kind::Gauge, "gr_e"),
            ("", "", Kind::Gauge, "_"),
            ("total", "", Kind::Counter, "total"),
            ("_total", "", Kind::Counter, "_"),
        ];
        for (name, unit, kind, expected) in cases {
            assert_eq!(family(name, unit, kind, true).name, expected, "{name} in {unit}");
        }
        let unit = |name, unit| family(name, unit, Kind::Gauge, true).unit;
        assert_eq!(unit("a", "s").as_deref(), Some("seconds"));
        assert_eq!(unit("seconds.left", "s"), None);
        assert_eq!(unit("a", ""), None);
    }

    #[test]
    fn names_without_suffixes_are_only_escaped() {
        let cases = [
            ("http.duration", "s", Kind::Histogram, "http_duration", None, false),
            ("http.seconds", "s", Kind::Histogram, "http_seconds", Some("seconds"), false),
            ("orders", "{order}", Kind::Counter, "orders", None, false),
            ("orders.total", "", Kind::Counter, "orders", None, true),
            ("usage", "1", Kind::Gauge, "usage", None, false),
        ];
        for (name, unit, kind, expected, named, is_total) in cases {
            let unit_of = named.map(str::to_owned);
            let expected = FamilyName { name: expected.to_owned(), unit: unit_of, is_total };
            assert_eq!(family(name, unit, kind, false), expected, "{name} in {unit}");
        }
    }

    #[test]
    fn labels_are_labels() {
        for (key, expected) in
            [("http.route", "http_route"), ("__name__", "_name_"), ("2nd", "key_2nd"), ("", "_")]
        {
            assert_eq!(label(key), expected);
            assert!(is_label(expected) && !is_label(key), "{key}");
        }
        assert!(is_label("tier"));
    }
}
