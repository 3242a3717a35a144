//! The layer for servers and its options.

mod describe;
mod service;
mod settings;

pub use service::ServerService;
use settings::ServerSettings;

use crate::conventions::forwarded;
use http::HeaderName;
use http::request::Parts;
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use tower_layer::Layer;

/// A layer that records a span and metrics for each request that a service answers, under the context
/// in its headers.
///
/// It wraps any `Service<http::Request<B>>` that answers with `http::Response<R>`: by `Router::layer`
/// of axum, where it finds the routes, around a service for hyper, and by `Server::layer` of tonic.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use axum::{Router, routing::get};
/// use trace_tower::ServerLayer;
///
/// let app: Router = Router::new()
///     .route("/users/{id}", get(|| async { "…" })) // The span is called `GET /users/{id}`.
///     .layer(ServerLayer::new().with_filter(|request| request.uri.path() != "/healthz"));
/// # }
/// ```
///
/// The order matters: outer layers, which in axum are those added later, run without the span, and
/// requests that they answer themselves are not recorded.
#[derive(Clone, Debug, Default)]
pub struct ServerLayer {
    settings: Arc<ServerSettings>,
}

impl ServerLayer {
    /// Creates a layer with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut ServerSettings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Skips requests for which `filter` returns `false`: they get neither a span nor metrics, and run
    /// in the current context.
    ///
    /// ```
    /// use trace_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new()
    ///     .with_filter(|request| !matches!(request.uri.path(), "/healthz" | "/metrics"));
    /// ```
    #[must_use]
    pub fn with_filter(self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.with(|settings| settings.filter = Some(Arc::new(filter)))
    }

    /// Sets a function that returns the template of the path, for services without axum's router. It
    /// must have few values: never the path itself. `None` stands for no template.
    ///
    /// ```
    /// use trace_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new().with_route(|request| {
    ///     let is_user = request.uri.path().starts_with("/users/");
    ///     is_user.then_some("/users/{id}")
    /// });
    /// ```
    #[must_use]
    pub fn with_route<R: Into<Cow<'static, str>>>(
        self,
        route: impl Fn(&Parts) -> Option<R> + Send + Sync + 'static,
    ) -> Self {
        let route = move |parts: &Parts| route(parts).map(Into::into);
        self.with(|settings| settings.route = Some(Arc::new(route)))
    }

    /// Sets a function that returns `client.address`. By default it is the address of the connection,
    /// if axum's `ConnectInfo<SocketAddr>` or a plain `std::net::SocketAddr` is among the extensions of
    /// the request.
    #[must_use]
    pub fn with_client_address(
        self,
        address: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.with(|settings| settings.client_address = Some(Arc::new(address)))
    }

    /// Sets whether `Forwarded`, or `X-Forwarded-For`, `-Host` and `-Proto`, are trusted for client,
    /// host and scheme; by default they are not. Trust them only behind a proxy that sets them:
    /// otherwise any client can.
    #[must_use]
    pub fn with_forwarded_headers(self, trusted: bool) -> Self {
        self.with(|settings| settings.trusts_forwarded = trusted)
    }

    /// Sets the `url.scheme` of requests that do not contain it, `http` by default: `"https"` if the
    /// server itself terminates TLS. Other values are ignored.
    #[must_use]
    pub fn with_scheme(self, scheme: &str) -> Self {
        match forwarded::known_scheme(scheme) {
            Some(scheme) => self.with(|settings| settings.scheme = scheme),
            None => self,
        }
    }

    /// Records these headers of requests as `http.request.header.<name>` (of gRPC as
    /// `rpc.request.metadata.<name>`).
    ///
    /// ```
    /// use http::header::ACCEPT_LANGUAGE;
    /// use trace_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new().with_request_headers([ACCEPT_LANGUAGE]);
    /// ```
    #[must_use]
    pub fn with_request_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.headers.add_request(names))
    }

    /// Records these headers of responses as `http.response.header.<name>` (of gRPC as
    /// `rpc.response.metadata.<name>`).
    #[must_use]
    pub fn with_response_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.headers.add_response(names))
    }

    /// Also redacts the values of these keys in queries; case is ignored.
    ///
    /// ```
    /// use trace_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new().with_redacted(["coupon"]);
    /// ```
    #[must_use]
    pub fn with_redacted<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        self.with(|settings| settings.redaction.extend(keys))
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService { inner, settings: self.settings.clone() }
    }
}
