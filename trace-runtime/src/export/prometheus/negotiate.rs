//! Chooses the format that a client asks for
//! ([proactive negotiation](https://www.rfc-editor.org/rfc/rfc9110#name-accept)).

use crate::export::exposition::TextFormat;

/// Returns OpenMetrics for clients that rank it at least as high as plain text; text for all others.
pub(super) fn format(accept: Option<&str>) -> TextFormat {
    let (mut openmetrics, mut text) = (0, 0);
    for range in accept.unwrap_or_default().split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let (mut weight, mut is_known) = (1_000, true);
        for (name, value) in parts.filter_map(|parameter| parameter.split_once('=')) {
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => weight = thousandths(value),
                "version" => is_known = matches!(value, "1.0.0" | "0.0.1"),
                _ => {}
            }
        }
        if kind.eq_ignore_ascii_case("application/openmetrics-text") && is_known {
            openmetrics = weight.max(openmetrics);
        } else if ["text/plain", "text/*"].iter().any(|text| kind.eq_ignore_ascii_case(text)) {
            text = weight.max(text);
        }
    }
    if openmetrics > 0 && openmetrics >= text { TextFormat::OpenMetrics } else { TextFormat::Text }
}

/// Returns the `Content-Type` of a format.
pub(super) fn content_type(format: TextFormat) -> &'static str {
    match format {
        TextFormat::Text => "text/plain; version=0.0.4; charset=utf-8",
        TextFormat::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
    }
}

/// Returns whether a client accepts gzip.
#[cfg(feature = "gzip")]
pub(super) fn takes_gzip(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(1_000, thousandths);
        name.trim().eq_ignore_ascii_case("gzip") && weight > 0
    })
}

/// Parses a weight from 0 to 1 in thousandths; an invalid one counts as 1.
fn thousandths(weight: &str) -> u32 {
    let weight: f32 = weight.trim().parse().unwrap_or(1.0);
    (weight.clamp(0.0, 1.0) * 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_what_they_like_best() {
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
            application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let classic = "text/plain;version=0.0.4;q=1,*/*;q=0.1";
        assert_eq!(format(Some(prometheus)), TextFormat::OpenMetrics);
        assert_eq!(format(Some(classic)), TextFormat::Text);
        assert_eq!(format(None), TextFormat::Text);
        assert_eq!(
            format(Some("application/openmetrics-text; version=\"1.0.0\"")),
            TextFormat::OpenMetrics
        );
        assert_eq!(format(Some("application/openmetrics-text; version=9.0.0")), TextFormat::Text);
        assert_eq!(format(Some("application/openmetrics-text;q=0")), TextFormat::Text);
        assert_eq!(
            format(Some("application/openmetrics-text;q=0.2, text/plain;q=0.9")),
            TextFormat::Text
        );
        assert_eq!(format(Some(";;q=,,=;q=NaN")), TextFormat::Text);
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn gzip_is_for_those_who_ask() {
        assert!(takes_gzip("gzip") && takes_gzip("br, GZip;q=0.5"));
        assert!(!takes_gzip("") && !takes_gzip("identity") && !takes_gzip("gzip;q=0"));
    }
}
