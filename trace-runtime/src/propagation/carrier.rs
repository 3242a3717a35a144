//! Reads headers from carriers.

use super::Extractor;

/// Strips the optional white space that HTTP allows around a value.
pub(super) fn trimmed(text: &str) -> &str {
    let is_space = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    // HOT: most values have none.
    match is_space(text.as_bytes().first()) || is_space(text.as_bytes().last()) {
        true => text.trim_matches([' ', '\t']),
        false => text,
    }
}

/// Returns all values of a header, whatever the case of its name.
pub(super) fn all<'a>(carrier: &'a dyn Extractor, name: &str) -> Vec<&'a str> {
    if let Some(values) = carrier.get_all(name) {
        return values;
    }
    // Some carriers distinguish upper and lower case; HTTP headers do not.
    let keys = carrier.keys().into_iter().filter(|key| key.eq_ignore_ascii_case(name));
    keys.filter_map(|key| carrier.get(key)).collect()
}

/// Returns the value of a header that occurs exactly once.
pub(super) fn single<'a>(carrier: &'a dyn Extractor, name: &str) -> Option<&'a str> {
    match all(carrier, name)[..] {
        [value] => Some(value),
        _ => None,
    }
}
