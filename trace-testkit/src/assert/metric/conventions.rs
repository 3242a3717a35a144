//! Checks OpenTelemetry's rules on
//! [names](https://opentelemetry.io/docs/specs/semconv/general/naming/) and
//! [metrics](https://opentelemetry.io/docs/specs/semconv/general/metrics/), as far as a program can
//! check them. Each rule is a function.

use crate::model::{InstrumentKind, Metric};
use crate::report::Report;
use std::collections::BTreeSet;

const RULES: &[fn(&Metric) -> Option<String>] = &[
    name_is_well_formed,
    name_omits_total,
    name_omits_unit,
    unit_is_spelled_as_in_ucum,
    unit_has_no_prefix,
    annotation_is_singular,
    duration_is_in_seconds,
    utilization_is_a_ratio,
    up_down_counter_is_singular,
    keys_are_well_formed,
];

pub(super) fn check(metrics: &[Metric]) -> Result<(), Report> {
    let breaches = metrics.iter().flat_map(|metric| {
        let breaches = RULES.iter().filter_map(|rule| rule(metric));
        breaches.map(|breach| format!("`{}`: {breach}", metric.name))
    });
    let breaches: BTreeSet<String> = breaches.chain(shared_names(metrics)).collect();
    if breaches.is_empty() {
        return Ok(());
    }
    Err(Report::new("metrics do not follow the conventions of OpenTelemetry")
        .with_mismatches(breaches)
        .with_note("https://opentelemetry.io/docs/specs/semconv/general/naming/"))
}

/// Two metrics must not share a name: stores would mix them up.
fn shared_names(metrics: &[Metric]) -> impl Iterator<Item = String> {
    metrics.windows(2).filter_map(|pair| {
        let [one, other] = pair else { return None };
        let differs = (one.kind, &one.unit) != (other.kind, &other.unit);
        let of = |metric: &Metric| match metric.unit.as_str() {
            "" => metric.kind.as_str().to_owned(),
            unit => format!("{} in {unit}", metric.kind.as_str()),
        };
        (one.name == other.name && differs)
            .then(|| format!("`{}` is recorded as {} and as {}", one.name, of(one), of(other)))
    })
}

fn name_is_well_formed(metric: &Metric) -> Option<String> {
    well_formed(&metric.name)
}

fn keys_are_well_formed(metric: &Metric) -> Option<String> {
    let keys = metric.points.iter().flat_map(|point| &point.attributes).map(|(key, _)| key);
    let broken: BTreeSet<String> = keys
        .filter_map(|key| Some(format!("its attribute `{key}`: {}", well_formed(key)?)))
        .collect();
    (!broken.is_empty()).then(|| broken.into_iter().collect::<Vec<_>>().join("; "))
}

/// Lower case, words joined by `_`, namespaces by `.`.
fn well_formed(name: &str) -> Option<String> {
    let is_word = |word: &str| !word.is_empty() && word.split('_').all(|part| !part.is_empty());
    let letters = name.chars();
    let allowed = letters.clone().all(|l| matches!(l, 'a'..='z' | '0'..='9' | '_' | '.'));
    let begins = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if allowed && begins && name.split('.').all(is_word) {
        return None;
    }
    Some(match snake_case(name) {
        better if better != name && well_formed(&better).is_none() => {
            format!("write `{better}`")
        }
        _ => {
            "names begin with a letter and have lower-case letters, digits, `_` and `.`".to_owned()
        }
    })
}

/// Joins the words of a name, separated by case, dashes or spaces, by `_`.
fn snake_case(name: &str) -> String {
    let mut text = String::new();
    let mut after_small = false;
    for letter in name.chars() {
        match letter {
            '-' | ' ' | '_' if !text.is_empty() && !text.ends_with(['_', '.']) => text.push('_'),
            '-' | ' ' | '_' => {}
            '/' | ':' | '.' => text.push('.'),
            _ => {
                if letter.is_uppercase() && after_small {
                    text.push('_');
                }
                text.extend(letter.to_lowercase());
            }
        }
        after_small = letter.is_lowercase() || letter.is_ascii_digit();
    }
    text.trim_end_matches(['_', '.']).to_owned()
}

fn name_omits_total(metric: &Metric) -> Option<String> {
    let sum = matches!(metric.kind, InstrumentKind::Counter | InstrumentKind::UpDownCounter);
    let base = metric.name.strip_suffix("_total").or(metric.name.strip_suffix(".total"))?;
    sum.then(|| format!("write `{base}`: `total` is for the store to add"))
}

fn name_omits_unit(metric: &Metric) -> Option<String> {
    const UNITS: &[(&str, &str)] = &[
        ("seconds", "s"),
        ("secs", "s"),
        ("milliseconds", "s"),
        ("millis", "s"),
        ("ms", "s"),
        ("microseconds", "s"),
        ("micros", "s"),
        ("us", "s"),
        ("nanoseconds", "s"),
        ("nanos", "s"),
        ("ns", "s"),
        ("bytes", "By"),
        ("kilobytes", "By"),
        ("megabytes", "By"),
        ("kb", "By"),
        ("mb", "By"),
        ("percent", "1"),
        ("ratio", "1"),
    ];
    let (base, last) = metric.name.rsplit_once('_')?;
    let (_, unit) = UNITS.iter().find(|(word, _)| *word == last)?;
    Some(format!("write `{base}` with the unit `{unit}`: the unit is not part of the name"))
}

fn unit_is_spelled_as_in_ucum(metric: &Metric) -> Option<String> {
    let unit = match metric.unit.to_lowercase().as_str() {
        "sec" | "secs" | "second" | "seconds" => "s",
        "msec" | "millis" | "millisecond" | "milliseconds" => "ms",
        "usec" | "µs" | "micros" | "microsecond" | "microseconds" => "us",
        "nanos" | "nanosecond" | "nanoseconds" => "ns",
        "minute" | "minutes" | "mins" => "min",
        "hour" | "hours" => "h",
        "day" | "days" => "d",
        "b" | "byte" | "bytes" => "By",
        "bit" | "bits" => "bit",
        "percent" => "%",
        "celsius" | "°c" => "Cel",
        "hertz" | "hz" => "Hz",
        "count" | "counts" | "requests" | "items" | "errors" | "orders" | "messages" => {
            return is_word(&metric.unit).then(|| {
                format!(
                    "write the unit `{{{}}}`: what is counted goes in braces",
                    singular(&metric.unit)
                )
            });
        }
        _ => return None,
    };
    (metric.unit != unit).then(|| format!("write the unit `{unit}` instead of `{}`", metric.unit))
}

fn unit_has_no_prefix(metric: &Metric) -> Option<String> {
    let unit = match metric.unit.as_str() {
        "kBy" | "KBy" | "MBy" | "GBy" | "TBy" | "KiBy" | "MiBy" | "GiBy" | "TiBy" => "By",
        _ => return None,
    };
    Some(format!("write the unit `{unit}` instead of `{}`, and record in it", metric.unit))
}

fn annotation_is_singular(metric: &Metric) -> Option<String> {
    let annotation = metric.unit.strip_prefix('{')?.strip_suffix('}')?;
    let singular = singular(annotation);
    (singular != annotation).then(|| format!("write the unit `{{{singular}}}`"))
}

fn duration_is_in_seconds(metric: &Metric) -> Option<String> {
    let is_time = matches!(metric.unit.as_str(), "ns" | "us" | "ms" | "min" | "h" | "d");
    let is_duration = last_component(metric) == "duration";
    if is_time {
        return Some(format!(
            "write the unit `s` instead of `{}`, and record in seconds",
            metric.unit
        ));
    }
    (is_duration && metric.unit.is_empty()).then(|| "give it the unit `s`".to_owned())
}

fn utilization_is_a_ratio(metric: &Metric) -> Option<String> {
    (last_component(metric) == "utilization" && metric.unit != "1")
        .then(|| "give it the unit `1`, and record the used fraction".to_owned())
}

/// The conventions for HTTP are older than this rule.
const PLURALIZED: [&str; 3] =
    ["http.client.active_requests", "http.client.open_connections", "http.server.active_requests"];

fn up_down_counter_is_singular(metric: &Metric) -> Option<String> {
    let last = last_component(metric);
    let singular = singular(last);
    let applies =
        metric.kind == InstrumentKind::UpDownCounter && !PLURALIZED.contains(&&*metric.name);
    (applies && singular != last).then(|| {
        let base = metric.name.strip_suffix(last).unwrap_or_default();
        format!("write `{base}{singular}.count`: up-down counters are not pluralized")
    })
}

fn last_component(metric: &Metric) -> &str {
    metric.name.rsplit('.').next().unwrap_or_default()
}

fn is_word(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphabetic())
}

/// Returns the singular of regular English plurals; `status`, `access` and `analysis` are none.
fn singular(word: &str) -> String {
    let ends = |ending: &str| word.len() > ending.len() && word.ends_with(ending);
    if ends("ss") || ends("us") || ends("is") || !ends("s") {
        return word.to_owned();
    }
    match word {
        _ if ends("ies") => format!("{}y", &word[..word.len() - 3]),
        _ if ["ches", "shes", "xes", "sses"].iter().any(|ending| ends(ending)) => {
            word[..word.len() - 2].to_owned()
        }
        _ => word[..word.len() - 1].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_words_in_namespaces() {
        for good in ["orders", "http.server.request.duration", "jvm.gc_2.pause", "a"] {
            assert_eq!(well_formed(good), None, "{good}");
        }
        for (bad, better) in [
            ("OrderCount", "order_count"),
            ("http/server-requests", "http.server_requests"),
            ("userID", "user_id"),
            ("a__b", "a_b"),
            ("orders.", "orders"),
        ] {
            assert_eq!(well_formed(bad), Some(format!("write `{better}`")), "{bad}");
        }
        assert!(well_formed("2fast").is_some_and(|advice| advice.starts_with("names begin")));
        assert!(well_formed("").is_some());
    }

    #[test]
    fn words_that_end_like_plurals_are_kept() {
        for (word, one) in [
            ("requests", "request"),
            ("retries", "retry"),
            ("boxes", "box"),
            ("matches", "match"),
            ("status", "status"),
            ("access", "access"),
            ("analysis", "analysis"),
            ("order", "order"),
        ] {
            assert_eq!(singular(word), one, "{word}");
        }
    }
}
