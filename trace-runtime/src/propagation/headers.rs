//! Carries contexts in HTTP headers.

use super::{Extractor, Injector};
use http::{HeaderMap, HeaderName, HeaderValue};

/// Writes into the headers of a request.
///
/// ```
/// use trace_runtime::propagation::{self, HeaderInjector};
///
/// let mut request = http::Request::new(());
/// propagation::inject(&mut HeaderInjector(request.headers_mut()));
/// ```
#[derive(Debug)]
pub struct HeaderInjector<'a>(
    /// The headers to write into.
    pub &'a mut HeaderMap,
);

impl Injector for HeaderInjector<'_> {
    fn set(&mut self, key: &str, value: String) {
        let name = HeaderName::from_bytes(key.as_bytes());
        // Text that cannot be a header is skipped; the formats never write any.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// Reads from the headers of a request.
///
/// ```
/// use trace_runtime::propagation::{self, HeaderExtractor};
///
/// let request = http::Request::new(());
/// let context = propagation::extract(&HeaderExtractor(request.headers()));
/// assert!(!context.span_context().is_valid());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HeaderExtractor<'a>(
    /// The headers to read.
    pub &'a HeaderMap,
);

/// Returns the text of a value. One that is not text still counts, so that a duplicate header is noticed.
pub(super) fn text(value: &HeaderValue) -> &str {
    std::str::from_utf8(value.as_bytes()).unwrap_or_default()
}

impl Extractor for HeaderExtractor<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(text)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let values: Vec<_> = self.0.get_all(key).iter().map(text).collect();
        (!values.is_empty()).then_some(values)
    }
}
