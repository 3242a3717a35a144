//! The layer for servers, and what can be said of it.

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

/// A span and metrics for each request that a service answers, under the context that it brings.
///
/// It goes around any `Service<http::Request<B>>` that answers with `http::Response<R>`: on
/// `Router::layer` of axum, where it knows the routes, around a service for hyper, and on
/// `Server::layer` of tonic.
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
/// The order matters: layers that are outside of this one, which in axum are those that are added
/// after it, run without the span; what they answer by themselves is not seen.
#[derive(Clone, Debug, Default)]
pub struct ServerLayer {
    settings: Arc<ServerSettings>,
}

impl ServerLayer {
    /// The layer with its defaults.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut ServerSettings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Leaves out requests for which `filter` says `false`: they have neither a span nor metrics,
    /// and run in the context that is current.
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

    /// Asks `route` for the template of the path, where axum does not tell it. It has to have few
    /// values: never the path itself. `None`: there is none.
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

    /// Asks `address` who has sent the request, for `client.address`, in place of the address of the
    /// connection, which is known where axum's `ConnectInfo<SocketAddr>` or a plain
    /// `std::net::SocketAddr` is among the extensions of the request.
    #[must_use]
    pub fn with_client_address(
        self,
        address: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Self {
        self.with(|settings| settings.client_address = Some(Arc::new(address)))
    }

    /// Whether `Forwarded`, or `X-Forwarded-For`, `-Host` and `-Proto`, say client, host and scheme;
    /// they do not by default. Only behind a proxy that sets them: else anybody can.
    #[must_use]
    pub fn with_forwarded_headers(self, trusted: bool) -> Self {
        self.with(|settings| settings.trusts_forwarded = trusted)
    }

    /// `url.scheme` of requests that do not say it, `http` by default: `"https"` where the server
    /// itself ends TLS. Anything but these two is ignored.
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

    /// Records these headers of answers as `http.response.header.<name>` (of gRPC as
    /// `rpc.response.metadata.<name>`).
    #[must_use]
    pub fn with_response_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.with(|settings| settings.headers.add_response(names))
    }

    /// Redacts the values of these keys in queries too, in whatever case.
    ///
    /// ```
    /// use trace_tower::ServerLayer;
    ///
    /// let layer = ServerLayer::new().with_redacted(["coupon"]);
    /// ```
    #[must_use]
    pub fn with_redacted<K: Into<String>>(self, keys: impl IntoIterator<Item = K>) -> Self {
        let add = |settings: &mut ServerSettings| {
            keys.into_iter().for_each(|key| settings.redaction.add(key.into()));
        };
        self.with(add)
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = ServerService<S>;

    fn layer(&self, inner: S) -> ServerService<S> {
        ServerService { inner, settings: self.settings.clone() }
    }
}
