//! Contexts that go nowhere: nothing is written, and nothing is read.

use crate::context::Context;
use std::collections::HashMap;
use std::hash::BuildHasher;

/// Something to write headers into; in builds that record, OpenTelemetry's trait of this name.
pub trait Injector {
    /// Adds a header.
    fn set(&mut self, key: &str, value: String);

    /// Says that so many are to come.
    fn reserve(&mut self, _additional: usize) {}
}

/// Something to read headers from; in builds that record, OpenTelemetry's trait of this name.
pub trait Extractor {
    /// The value of a header.
    fn get(&self, key: &str) -> Option<&str>;

    /// The names of all headers.
    fn keys(&self) -> Vec<&str>;

    /// All values of a header.
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

/// A context without a span and without baggage.
#[inline(always)]
pub fn extract(_carrier: &dyn Extractor) -> Context {
    Context::default()
}

/// The headers of the formats in force: there are none.
pub(crate) fn fields() -> Vec<&'static str> {
    Vec::new()
}
