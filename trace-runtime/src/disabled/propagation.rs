//! Propagation in a build that records nothing: it writes no headers and reads none.

use crate::context::Context;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// A writer of headers; in builds that record, OpenTelemetry's trait of this name.
pub trait Injector {
    /// Adds a header.
    fn set(&mut self, key: &str, value: String);

    /// Announces the number of headers to come.
    fn reserve(&mut self, _additional: usize) {}
}

/// A reader of headers; in builds that record, OpenTelemetry's trait of this name.
pub trait Extractor {
    /// Returns the value of a header.
    fn get(&self, key: &str) -> Option<&str>;

    /// Returns the names of all headers.
    fn keys(&self) -> Vec<&str>;

    /// Returns all values of a header.
    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        self.get(key).map(|value| vec![value])
    }
}

impl<S: BuildHasher> Injector for HashMap<String, String, S> {
    fn set(&mut self, key: &str, value: String) {
        self.insert(key.to_lowercase(), value);
    }
}

impl<S: BuildHasher> Extractor for HashMap<String, String, S> {
    fn get(&self, key: &str) -> Option<&str> {
        HashMap::get(self, &key.to_lowercase()).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        HashMap::keys(self).map(String::as_str).collect()
    }
}

/// Writes nothing.
#[inline(always)]
pub fn inject(_carrier: &mut dyn Injector) {}

/// Writes nothing.
#[inline(always)]
pub fn inject_context(_context: &Context, _carrier: &mut dyn Injector) {}

/// Returns a context without a span and without baggage.
#[inline(always)]
pub fn extract(_carrier: &dyn Extractor) -> Context {
    Context::default()
}

/// Returns the headers of the formats in force: none.
pub(crate) fn fields() -> Vec<&'static str> {
    Vec::new()
}
