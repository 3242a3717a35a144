//! The layer for clients and its options.

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

/// A layer that records a span and metrics for each request sent, and injects the context into its
/// headers.
///
/// It wraps any `Service<http::Request<B>>` that answers with `http::Response<R>`: the client of
/// hyper-util, a `Channel` of tonic. Inside a layer that retries or follows redirects it records each
/// attempt, as the conventions recommend; outside, the whole.
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
/// An HTTP span, and its measured duration, end when the response head arrives, because the body may
/// never be read; a body that fails later shows only in `http.client.response.body.size`. A gRPC span
/// ends with the status of the call, which follows the body.
#[derive(Clone, Debug, Default)]
pub struct ClientLayer {
    settings: Arc<ClientSettings>,
}

impl ClientLayer {
    /// Creates a layer with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut ClientSettings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Skips requests for which `filter` returns `false`: they get neither a span nor metrics, and their
    /// headers stay as they are.
    #[must_use]
    pub fn with_filter(self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.filter = Some(Arc::new(filter)))
    }

    /// Sets whether the context is injected into the headers of requests; by default it is. Disable it
    /// for requests to third parties, which should not see trace ids and baggage.
    #[must_use]
    pub fn with_propagation(self, propagates: bool) -> Self {
        self.with(|settings| settings.common.propagates = propagates)
    }

    /// Sets the server of requests that do not contain it, as `host` or `host:port`: requests of
    /// tonic's clients, whose address only the `Channel` has. Invalid hosts are ignored.
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

    /// Records these headers of responses as `http.response.header.<name>` (of gRPC as
    /// `rpc.response.metadata.<name>`).
    #[must_use]
    pub fn with_response_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.common.headers.add_response(names))
    }

    /// Also redacts the values of these keys in queries; case is ignored.
    #[must_use]
    pub fn with_redacted<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.with(|settings| settings.common.redaction.extend(keys))
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> ClientService<S> {
        ClientService { inner, settings: self.settings.clone() }
    }
}
