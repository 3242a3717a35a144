//! Metrics for Prometheus: a page of text whenever somebody asks.
//!
//! | file | what it holds |
//! |---|---|
//! | `scraper.rs` | the reader of the provider, and the thread that collects and writes |
//! | `negotiate.rs` | which format a client asks for |
//! | `server.rs` | the endpoint |
//! | `host.rs` | the names by which it may be asked |
//! | `connections.rs` | which connections it has, and which one makes way for another |

mod connections;
mod host;
mod negotiate;
mod scraper;
mod server;

pub(super) use self::scraper::omitted;

use self::host::Hosts;
use self::scraper::{Answer, Order, Reader};
use self::server::Server;
use super::link::Link;
use super::source::Source;
use super::text::Format;
use crate::config::InitError;
use crate::escape;
use crate::forks::Origin;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::reader::MetricReader;
use std::fmt;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How metrics are shown to Prometheus; for
/// [`Builder::with_prometheus`](crate::Builder::with_prometheus).
///
/// ```
/// use trace_runtime::metrics::PrometheusSettings;
///
/// let settings = PrometheusSettings::default().with_host("0.0.0.0").with_port(9464);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrometheusSettings {
    /// The address to listen on; `localhost` by default.
    pub host: String,
    /// The port to listen on; 0 for any that is free. 9464 by default.
    pub port: u16,
    /// Names by which clients may ask for the page beside `localhost`, the loopback addresses and
    /// [`host`](Self::host); none by default.
    ///
    /// An endpoint that listens on a loopback address, or has names here, answers no request with
    /// another `Host`: a web page that has its own name lead there would be shown the metrics
    /// otherwise (DNS rebinding).
    pub allowed_hosts: Vec<String>,
    /// Whether there is an endpoint at all; where there is none,
    /// [`Prometheus::render`] is what a server of the program's own shows.
    pub endpoint: bool,
    /// Whether each series says by labels which instrumentation scope it is of
    /// (`otel_scope_name`, …). It does by default.
    pub scope_labels: bool,
    /// How long a scrape may take, so that a callback that hangs keeps nobody. 10 s by default, as
    /// long as Prometheus waits.
    pub timeout: Duration,
}

impl PrometheusSettings {
    /// Sets the address to listen on.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets the port to listen on; 0 for any that is free, which
    /// [`Prometheus::local_addr`] tells.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a name by which clients may ask for the page, such as that of a proxy before it.
    ///
    /// ```
    /// use trace_runtime::metrics::PrometheusSettings;
    ///
    /// let settings = PrometheusSettings::default().with_allowed_host("metrics.example.com");
    /// # drop(settings);
    /// ```
    #[must_use]
    pub fn with_allowed_host(mut self, host: impl Into<String>) -> Self {
        self.allowed_hosts.push(host.into());
        self
    }

    /// Listens nowhere: the program shows [`Prometheus::render`] in a server of its own.
    #[must_use]
    pub fn without_endpoint(mut self) -> Self {
        self.endpoint = false;
        self
    }

    /// Leaves out the labels that say which instrumentation scope a series is of. Where two scopes
    /// measure the same, their sums and histograms are added up then, and one of their gauges is
    /// shown.
    #[must_use]
    pub fn without_scope_labels(mut self) -> Self {
        self.scope_labels = false;
        self
    }

    /// Sets how long a scrape may take; `scrape_timeout` is what Prometheus calls it.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl Default for PrometheusSettings {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 9464,
            allowed_hosts: Vec::new(),
            endpoint: true,
            scope_labels: true,
            timeout: Duration::from_secs(10),
        }
    }
}

/// The metrics as Prometheus reads them; from [`Telemetry::prometheus`](crate::Telemetry::prometheus).
///
/// A clone shows the same. To have the metrics in a server of the program's own, install with
/// [`PrometheusSettings::without_endpoint`] and answer requests with [`render`](Self::render), here
/// in axum's terms:
///
/// ```
/// use axum::extract::State;
/// use axum::http::{HeaderMap, StatusCode, header};
/// use axum::response::IntoResponse;
/// use trace_runtime::metrics::Prometheus;
///
/// async fn metrics(State(metrics): State<Prometheus>, headers: HeaderMap) -> impl IntoResponse {
///     let accept = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok().map(str::to_owned));
///     // It waits some milliseconds for the page, which no thread of an async runtime should do.
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
    origin: Origin,
    /// `None` when the pipeline has ended.
    orders: Arc<Mutex<Option<Sender<Order>>>>,
    address: Option<SocketAddr>,
    timeout: Duration,
    /// Nothing is measured.
    is_empty: bool,
}

impl Prometheus {
    /// The metrics of a program that measures nothing.
    pub(crate) fn empty() -> Self {
        Self {
            origin: Origin::here(),
            orders: Arc::default(),
            address: None,
            timeout: PrometheusSettings::default().timeout,
            is_empty: true,
        }
    }

    /// Where the endpoint listens; `None` when there is none, and where nothing is measured.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.address
    }

    /// All metrics up to this moment, for a request with this `Accept` header: in OpenMetrics for
    /// clients that prefer it, as Prometheus does, and in the classic text format for all others.
    ///
    /// It waits for the page: some milliseconds for 10,000 series, and never longer than
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
    /// When the pipeline has ended, a callback of an instrument panicked, or the time was over.
    pub fn render(&self, accept: Option<&str>) -> Result<Scrape, ScrapeError> {
        if self.is_empty {
            let format = negotiate::format(accept);
            let body = match format {
                Format::Text => "",
                Format::OpenMetrics => "# EOF\n",
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

    async fn render_async(&self, accept: Option<&str>) -> Answer {
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

    fn end(&self) {
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

/// What Prometheus gets for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scrape {
    /// The `Content-Type` of the response.
    pub content_type: &'static str,
    /// Its body.
    pub body: String,
}

/// Why there is no page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScrapeError {
    /// The pipeline has ended.
    Ended,
    /// It took longer than this: a callback of an instrument hangs.
    Timeout(Duration),
    /// The metrics could not be collected.
    Failed(String),
}

impl ScrapeError {
    fn status(&self) -> hyper::StatusCode {
        match self {
            Self::Ended | Self::Timeout(_) => hyper::StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => hyper::StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for ScrapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("telemetry has ended"),
            Self::Timeout(time) => write!(f, "the metrics were not collected within {time:?}"),
            Self::Failed(why) => {
                write!(f, "the metrics could not be collected: {}", escape::line(why))
            }
        }
    }
}

impl std::error::Error for ScrapeError {}

/// Begins to listen, so that a port that is taken is told of at once, and makes the reader.
pub(crate) fn start(
    settings: &PrometheusSettings,
    link: Link,
) -> Result<(impl MetricReader, Prometheus), InitError> {
    let PrometheusSettings { host, port, .. } = settings;
    let listen = || {
        // Where both have the name, more clients try the older protocol.
        let mut addresses: Vec<_> = (host.as_str(), *port).to_socket_addrs()?.collect();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        TcpListener::bind(&*addresses)
    };
    let listener = settings.endpoint.then(listen);
    let listener = listener.transpose().map_err(|error| InitError::Exporter {
        name: "prometheus".to_owned(),
        message: format!(
            "cannot listen on {host}:{port}: {error}; OTEL_EXPORTER_PROMETHEUS_HOST and \
             OTEL_EXPORTER_PROMETHEUS_PORT say where to, and port 0 is any that is free"
        ),
    })?;
    let source = Arc::new(Source::new(Temporality::Cumulative, link));
    let orders =
        scraper::start(source.clone(), settings.scope_labels).map_err(InitError::Thread)?;
    let prometheus = Prometheus {
        origin: Origin::here(),
        orders: Arc::new(Mutex::new(Some(orders))),
        address: listener.as_ref().and_then(|listener| listener.local_addr().ok()),
        timeout: settings.timeout,
        is_empty: false,
    };
    let server = listener.map(|listener| {
        let hosts = Hosts::of(settings, &listener);
        Server::start(listener, prometheus.clone(), hosts)
    });
    let server = server.transpose();
    let server = Mutex::new(server.map_err(InitError::Thread)?);
    let handle = prometheus.clone();
    let reader = Reader::new(source, move || {
        handle.end();
        drop(server.lock().unwrap_or_else(PoisonError::into_inner).take());
    });
    Ok((reader, prometheus))
}
