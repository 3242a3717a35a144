//! Defines the handle through which a program serves metrics to Prometheus.

use super::negotiate;
use super::scrape::{Scrape, ScrapeError};
use super::scraper::{Answer, Order};
use super::settings::PrometheusSettings;
use crate::export::exposition::TextFormat;
use crate::forks::Origin;
use std::fmt;
use std::net::SocketAddr;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The metrics for Prometheus; from [`Telemetry::prometheus`](crate::Telemetry::prometheus).
///
/// Clones share the same metrics. To serve them from the program's own server, install with
/// [`PrometheusSettings::without_endpoint`] and answer requests with [`render`](Self::render), here
/// with axum:
///
/// ```
/// use axum::extract::State;
/// use axum::http::{HeaderMap, StatusCode, header};
/// use axum::response::IntoResponse;
/// use trace_runtime::metrics::Prometheus;
///
/// async fn metrics(State(metrics): State<Prometheus>, headers: HeaderMap) -> impl IntoResponse {
///     let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok().map(str::to_owned));
///     // This waits some milliseconds for the page, so it must not run on a thread of the runtime.
///     match tokio::task::spawn_blocking(move || metrics.render(accept.as_deref())).await {
///         Ok(Ok(page)) => Ok(([(header::CONTENT_TYPE, page.content_type)], page.body)),
///         _ => Err(StatusCode::SERVICE_UNAVAILABLE),
///     }
/// }
///
/// let telemetry = trace_runtime::Telemetry::builder()
///     .with_prometheus(trace_runtime::metrics::PrometheusSettings::default().without_endpoint())
///     .install()?;
/// let prometheus = telemetry.prometheus().expect("was asked for").clone();
/// let app: axum::Router =
///     axum::Router::new().route("/metrics", axum::routing::get(metrics)).with_state(prometheus);
/// # Ok::<(), trace_runtime::InitError>(())
/// ```
#[derive(Clone)]
pub struct Prometheus {
    pub(super) origin: Origin,
    /// `None` once the pipeline has ended.
    pub(super) orders: Arc<Mutex<Option<Sender<Order>>>>,
    pub(super) address: Option<SocketAddr>,
    pub(super) timeout: Duration,
    /// Whether nothing is measured.
    pub(super) is_empty: bool,
}

impl Prometheus {
    /// Returns the metrics of a program that measures nothing.
    pub(crate) fn empty() -> Self {
        Self {
            origin: Origin::here(),
            orders: Arc::default(),
            address: None,
            timeout: PrometheusSettings::default().timeout,
            is_empty: true,
        }
    }

    /// Returns the address of the endpoint; `None` if there is none, and if nothing is measured.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Returns all metrics up to this moment, for a request with this `Accept` header: in OpenMetrics for
    /// clients that prefer it, as Prometheus does, and in the classic text format for all others.
    ///
    /// It waits for the page: some milliseconds for 10,000 series, and at most
    /// [`PrometheusSettings::timeout`].
    ///
    /// ```
    /// use trace_runtime::Telemetry;
    /// use trace_runtime::metrics::PrometheusSettings;
    ///
    /// let telemetry = Telemetry::builder()
    ///     .with_prometheus(PrometheusSettings::default().without_endpoint())
    ///     .install()?;
    /// let metrics = telemetry.prometheus().expect("was asked for");
    /// let page = metrics.render(None)?;
    /// assert_eq!(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
    /// assert!(page.body.contains("target_info{"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the pipeline has ended, a callback of an instrument panicked, or the timeout expired.
    pub fn render(&self, accept: Option<&str>) -> Result<Scrape, ScrapeError> {
        if self.is_empty {
            let format = negotiate::format(accept);
            let body = match format {
                TextFormat::Text => "",
                TextFormat::OpenMetrics => "# EOF\n",
            };
            let content_type = negotiate::content_type(format);
            return Ok(Scrape { content_type, body: body.to_owned() });
        }
        let (tell, told) = channel();
        self.order(accept, move |answer| {
            let _ = tell.send(answer);
        })?;
        told.recv_timeout(self.timeout).unwrap_or(Err(ScrapeError::Timeout(self.timeout)))
    }

    pub(super) async fn render_async(&self, accept: Option<&str>) -> Answer {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.order(accept, move |answer| {
            let _ = tell.send(answer);
        })?;
        match tokio::time::timeout(self.timeout, told).await {
            Ok(Ok(answer)) => answer,
            _ => Err(ScrapeError::Timeout(self.timeout)),
        }
    }

    fn order(
        &self,
        accept: Option<&str>,
        tell: impl FnOnce(Answer) + Send + 'static,
    ) -> Result<(), ScrapeError> {
        if !self.origin.is_here() {
            return Err(ScrapeError::Ended);
        }
        let order = Order { format: negotiate::format(accept), tell: Box::new(tell) };
        let orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = orders.as_ref().ok_or(ScrapeError::Ended)?;
        orders.send(order).map_err(|_| ScrapeError::Ended)
    }

    pub(super) fn end(&self) {
        if !self.origin.is_here() {
            return;
        }
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").field("address", &self.address).finish_non_exhaustive()
    }
}
