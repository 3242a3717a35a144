//! Holds what a request can carry for its span, among its extensions.

use std::borrow::Cow;

/// The template of a request's path, such as `/users/{id}`: as an extension of the request, it becomes
/// `url.template` and a part of the span's name. It must have few values.
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
    /// Creates a template.
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self(template.into())
    }

    /// Returns its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number of earlier attempts of a request: as an extension of the request, it becomes
/// `http.request.resend_count`, unless it is zero.
///
/// Set it when you resend a request with tower; the middleware for reqwest counts itself.
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
    /// Creates a count.
    pub const fn new(count: u32) -> Self {
        Self(count)
    }

    /// Returns the number.
    pub const fn get(self) -> u32 {
        self.0
    }
}
