//! Limits of what may be open at a time.

/// How much may be open at a time, or is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenLimits {
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
}

impl OpenLimits {
    /// Returns the limits that apply unless others are set: this many bytes.
    pub(crate) fn within(bytes: usize) -> Self {
        Self { spans: 1 << 18, bytes }
    }
}
