//! Reads headers from requests, maps and metadata.

use http::{HeaderMap, Request, Response, request, response};
use std::collections::{BTreeMap, HashMap};

/// A collection of headers, for any protocol: requests and their header maps, maps and lists of
/// strings (of messages, for example), and gRPC metadata with the feature `receiver`.
///
/// ```
/// use trace_testkit::assert::Headers;
///
/// struct Message {
///     tag: String,
/// }
///
/// impl Headers for Message {
///     fn values(&self, name: &str) -> Vec<String> {
///         if name == "traceparent" { vec![self.tag.clone()] } else { Vec::new() }
///     }
/// }
/// ```
pub trait Headers {
    /// Returns all values of the header `name`, which is in lower case, in order. Names of HTTP headers
    /// are compared without case; other implementations decide for themselves.
    fn values(&self, name: &str) -> Vec<String>;
}

impl<H: Headers + ?Sized> Headers for &H {
    fn values(&self, name: &str) -> Vec<String> {
        (**self).values(name)
    }
}

impl Headers for HeaderMap {
    fn values(&self, name: &str) -> Vec<String> {
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.get_all(name).iter().map(text).collect()
    }
}

macro_rules! headers_of {
    ($([$($generics:tt)*] $ty:ty, $headers:expr;)*) => {$(
        impl<$($generics)*> Headers for $ty {
            fn values(&self, name: &str) -> Vec<String> {
                let headers: fn(&Self) -> &HeaderMap = $headers;
                Headers::values(headers(self), name)
            }
        }
    )*};
}

headers_of! {
    [T] Request<T>, |request| request.headers();
    [T] Response<T>, |response| response.headers();
    [] request::Parts, |parts| &parts.headers;
    [] response::Parts, |parts| &parts.headers;
}

#[cfg(feature = "receiver")]
headers_of! {
    [] crate::receiver::Request, |request| &request.headers;
    [] tonic::metadata::MetadataMap, |metadata| metadata.as_ref();
    [T] tonic::Request<T>, |request| request.metadata().as_ref();
    [T] tonic::Response<T>, |response| response.metadata().as_ref();
}

impl<K: AsRef<str>, V: AsRef<str>> Headers for [(K, V)] {
    fn values(&self, name: &str) -> Vec<String> {
        of_pairs(self.iter().map(|(key, value)| (key, value)), name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> Headers for [(K, V); N] {
    fn values(&self, name: &str) -> Vec<String> {
        self.as_slice().values(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> Headers for Vec<(K, V)> {
    fn values(&self, name: &str) -> Vec<String> {
        self.as_slice().values(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, S> Headers for HashMap<K, V, S> {
    fn values(&self, name: &str) -> Vec<String> {
        of_pairs(self.iter(), name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> Headers for BTreeMap<K, V> {
    fn values(&self, name: &str) -> Vec<String> {
        of_pairs(self.iter(), name)
    }
}

fn of_pairs<'a, K: AsRef<str> + 'a, V: AsRef<str> + 'a>(
    pairs: impl Iterator<Item = (&'a K, &'a V)>,
    name: &str,
) -> Vec<String> {
    pairs
        .filter(|(key, _)| key.as_ref().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_ref().to_owned())
        .collect()
}
