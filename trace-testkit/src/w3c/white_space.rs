//! Strips the white space around a header's value.

/// Without the optional white space that HTTP allows around a value.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
