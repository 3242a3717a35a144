//! Holds what a request can carry for its span, among its extensions.

use std::borrow::Cow;

/// What the path of a request was made from, such as `/users/{id}`: among its extensions, it is
/// `url.template` and part of the span's name. It has to have few values.
///
/// ```
/// use trace_tower::UrlTemplate;
///
/// let mut request = http::Request::get("http://localhost/users/7").body(()).unwrap();
/// request.extensions_mut().insert(UrlTemplate::new("/users/{id}"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(Cow<'static, str>);

impl UrlTemplate {
    /// The template.
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self(template.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How often a request has been sent before: among its extensions, it is
/// `http.request.resend_count` where it is not zero.
///
/// Whoever sends a request again with tower sets it; the middleware for reqwest counts by itself.
///
/// ```
/// use trace_tower::ResendCount;
///
/// let mut request = http::Request::get("http://localhost/").body(()).unwrap();
/// request.extensions_mut().insert(ResendCount::new(1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResendCount(u32);

impl ResendCount {
    /// So many times.
    pub const fn new(count: u32) -> Self {
        Self(count)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}
