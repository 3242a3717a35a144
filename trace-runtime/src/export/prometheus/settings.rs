//! Settings of the exporter for Prometheus.

use std::time::Duration;

/// How metrics are shown to Prometheus; for
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
