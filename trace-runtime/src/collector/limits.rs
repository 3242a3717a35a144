//! Limits the spans that may be open at a time.

/// A number of open spans, and the bytes that they take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenLimits {
    pub(crate) spans: usize,
    pub(crate) bytes: usize,
}

impl OpenLimits {
    /// Returns the default limits with this number of bytes.
    pub(crate) fn within(bytes: usize) -> Self {
        Self { spans: 1 << 18, bytes }
    }
}
