//! The layer for clients, what can be said of it, and what requests can say of themselves.

mod describe;
mod hints;
mod service;
mod settings;

#[cfg(feature = "reqwest")]
pub(crate) use describe::{Target, begin};
pub use hints::{ResendCount, UrlTemplate};
pub use service::ClientService;
use settings::ClientSettings;
#[cfg(feature = "reqwest")]
pub(crate) use settings::CommonSettings;

use http::HeaderName;
use http::request::Parts;
use std::sync::Arc;
use tower_layer::Layer;

/// A span and metrics for each request that is sent, and the context in its headers.
///
/// It goes around any `Service<http::Request<B>>` that answers with `http::Response<R>`: the client
/// of hyper-util, a `Channel` of tonic. Under a layer that retries or follows redirects it records
/// each attempt, as the conventions want it; around that, the whole.
///
/// ```
/// use http_body_util::Empty;
/// use hyper_util::client::legacy::Client;
/// use hyper_util::rt::TokioExecutor;
/// use tower::{Layer, ServiceExt};
/// use trace_tower::{ClientLayer, UrlTemplate};
///
/// async fn user(id: u64) -> Result<(), Box<dyn std::error::Error>> {
///     let client = Client::builder(TokioExecutor::new()).build_http::<Empty<hyper::body::Bytes>>();
///     let client = ClientLayer::new().layer(client);
///     let mut request = http::Request::get(format!("http://localhost:3000/users/{id}")).body(Empty::new())?;
///     request.extensions_mut().insert(UrlTemplate::new("/users/{id}"));
///     let response = client.oneshot(request).await?; // The span is called `GET /users/{id}`.
///     # let _ = response;
///     Ok(())
/// }
/// # drop(user(1));
/// ```
///
/// A span of HTTP ends when the head of the answer is there, and so does what is measured of its
/// duration, because nobody may ever read the body; a body that fails later is seen in
/// `http.client.response.body.size` only. A span of gRPC ends with the status of the call, which
/// comes after the body.
#[derive(Clone, Debug, Default)]
pub struct ClientLayer {
    settings: Arc<ClientSettings>,
}

impl ClientLayer {
    /// The layer with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut ClientSettings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Leaves out requests for which `filter` says `false`: they have neither a span nor metrics,
    /// and nothing is put into their headers.
    #[must_use]
    pub fn with_filter(self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.filter = Some(Arc::new(filter)))
    }

    /// Whether the context is put into the headers of requests; it is by default. For requests to
    /// others, whom trace ids and baggage do not concern.
    #[must_use]
    pub fn with_propagation(self, propagates: bool) -> Self {
        self.with(|settings| settings.common.propagates = propagates)
    }

    /// Says where requests go that do not say it themselves, as `host` or `host:port`: those of
    /// tonic's clients, whose `Channel` knows it alone. What is no host is ignored.
    ///
    /// ```
    /// use trace_tower::ClientLayer;
    ///
    /// let layer = ClientLayer::new().with_server("cart.shop.svc:50051");
    /// ```
    #[must_use]
    pub fn with_server(self, authority: impl Into<String>) -> Self {
        self.with(|settings| settings.server = Some(authority.into()))
    }

    /// Records these headers of requests as `http.request.header.<name>` (of gRPC as
    /// `rpc.request.metadata.<name>`).
    #[must_use]
    pub fn with_request_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.common.headers.add_request(names))
    }

    /// Records these headers of answers as `http.response.header.<name>` (of gRPC as
    /// `rpc.response.metadata.<name>`).
    #[must_use]
    pub fn with_response_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.common.headers.add_response(names))
    }

    /// Redacts the values of these keys in queries too, in whatever case.
    #[must_use]
    pub fn with_redacted<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.with(|settings| settings.common.redact(keys))
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        ClientService { inner, settings: self.settings.clone() }
    }
}
