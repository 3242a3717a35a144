//! Settings of the Prometheus exporter.

use std::time::Duration;

/// The settings of metrics for Prometheus; for
/// [`TelemetryBuilder::with_prometheus`](crate::TelemetryBuilder::with_prometheus).
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
    /// The port to listen on; 0 for any free port. 9464 by default.
    pub port: u16,
    /// Names by which clients may request the page, besides `localhost`, the loopback addresses and
    /// [`host`](Self::host); none by default.
    ///
    /// An endpoint that listens on a loopback address, or has names here, refuses requests with
    /// another `Host`: otherwise a web page whose own name leads there could read the metrics
    /// (DNS rebinding).
    pub allowed_hosts: Vec<String>,
    /// Whether there is an endpoint at all; if not, the program's own server returns
    /// [`Prometheus::render`](crate::metrics::Prometheus::render).
    pub endpoint: bool,
    /// Whether labels of each series name its instrumentation scope
    /// (`otel_scope_name`, …); true by default.
    pub scope_labels: bool,
    /// Whether names end with their type and unit, such as `_total` and `_seconds`; true by default.
    pub suffixes: bool,
    /// The maximum duration of a scrape, so that a callback that hangs does not block clients. 10 s by
    /// default, the time that Prometheus waits.
    pub timeout: Duration,
}

impl PrometheusSettings {
    /// Sets the address to listen on.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets the port to listen on; 0 for any free port, which
    /// [`Prometheus::local_addr`](crate::metrics::Prometheus::local_addr) returns.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a name by which clients may request the page, such as that of a proxy in front of it.
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

    /// Opens no endpoint: the program's own server returns [`Prometheus::render`](crate::metrics::Prometheus::render).
    #[must_use]
    pub fn without_endpoint(mut self) -> Self {
        self.endpoint = false;
        self
    }

    /// Leaves out the labels that name the instrumentation scope of a series. Where two scopes
    /// have the same series, their sums and histograms are then added up, and one of their gauges is
    /// shown.
    #[must_use]
    pub fn without_scope_labels(mut self) -> Self {
        self.scope_labels = false;
        self
    }

    /// Leaves names without suffixes for their type and unit
    /// ([`UnderscoreEscapingWithoutSuffixes`](https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/prometheus/)).
    /// OpenMetrics demands `_total` of counters: those without it are of the type `unknown` there.
    ///
    /// ```
    /// use trace_runtime::metrics::PrometheusSettings;
    ///
    /// let settings = PrometheusSettings::default().without_suffixes();
    /// # drop(settings);
    /// ```
    #[must_use]
    pub fn without_suffixes(mut self) -> Self {
        self.suffixes = false;
        self
    }

    /// Sets the maximum duration of a scrape; Prometheus calls it `scrape_timeout`.
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
            suffixes: true,
            timeout: Duration::from_secs(10),
        }
    }
}
