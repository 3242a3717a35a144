//! Settings of the OTLP exporters.

#[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
use crate::error::InitError;
use crate::export::secrets;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The transport of OTLP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// Protobuf over HTTP; feature `otlp-http`.
    #[default]
    HttpProtobuf,
    /// JSON over HTTP, for receivers that take nothing else; features `otlp-http` and `json`. Requests are about three
    /// times as large as with protobuf.
    HttpJson,
    /// gRPC; feature `otlp-grpc`.
    Grpc,
}

/// Returns the error of a build that leaves this transport out.
#[cfg(not(all(feature = "otlp-http", feature = "otlp-grpc")))]
pub(crate) fn missing(protocol: OtlpProtocol) -> InitError {
    let (wanted, feature) = match protocol {
        OtlpProtocol::HttpProtobuf | OtlpProtocol::HttpJson => ("OTLP over HTTP", "otlp-http"),
        OtlpProtocol::Grpc => ("OTLP over gRPC", "otlp-grpc"),
    };
    InitError::MissingFeature { wanted: wanted.to_owned(), feature }
}

/// Settings of the OTLP exporters
/// ([specification](https://opentelemetry.io/docs/specs/otel/protocol/exporter/)).
///
/// Its `Debug` shows neither the values of headers nor the credentials and the query of the endpoint.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtlpSettings {
    /// The transport.
    pub protocol: OtlpProtocol,
    /// The whole URL to send to; `None` for `http://localhost:4318/v1/traces` over HTTP (metrics:
    /// `/v1/metrics`, logs: `/v1/logs`) and `http://localhost:4317` over gRPC.
    ///
    /// A query is kept, and credentials (`https://user:password@host`, percent-encoded) become the
    /// header `Authorization`, unless one is set. An address without a scheme, such as
    /// `localhost:4318`, is read as `http://` with the path of the signal; over gRPC, where the
    /// specification demands it, as `https://`.
    pub endpoint: Option<String>,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    /// The time for one batch, including retries; `Duration::MAX` for no limit. 10 s by default.
    pub timeout: Duration,
    /// The maximum size of a request in bytes, before compression; 0 for no limit. 64 MiB by default.
    ///
    /// A single span, log record or data point beyond it is dropped and counted. Requests with several
    /// items have at most 4 MiB in any case, because stock receivers refuse more.
    pub max_request_size: usize,
    /// The maximum size of an answer in bytes, after decompression. 4 MiB by default.
    ///
    /// A request that is answered with more counts as failed and is not sent again: the receiver has accepted it. Of a
    /// refusal, the beginning is read.
    pub max_response_size: usize,
    /// Whether requests are compressed with gzip; over HTTP this needs the feature `gzip`.
    pub gzip: bool,
    /// A PEM file with the certificates to trust instead of the bundled roots; feature `tls`.
    pub certificate: Option<PathBuf>,
    /// A PEM file with the client's certificate chain; feature `tls`.
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with the client's private key; feature `tls`.
    pub client_key: Option<PathBuf>,
}

impl OtlpSettings {
    /// Sets the transport.
    #[must_use]
    pub fn with_protocol(mut self, protocol: OtlpProtocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// Sets the whole URL to send to.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Adds a header to every request.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the time for one batch, including retries.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum size of a request in bytes; 0 for no limit.
    #[must_use]
    pub fn with_max_request_size(mut self, bytes: usize) -> Self {
        self.max_request_size = bytes;
        self
    }

    /// Sets the maximum size of an answer in bytes.
    #[must_use]
    pub fn with_max_response_size(mut self, bytes: usize) -> Self {
        self.max_response_size = bytes;
        self
    }

    /// Sets whether requests are compressed.
    #[must_use]
    pub fn with_gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// Trusts the certificates of a PEM file instead of the bundled roots.
    #[must_use]
    pub fn with_certificate(mut self, pem: impl Into<PathBuf>) -> Self {
        self.certificate = Some(pem.into());
        self
    }

    /// Presents a certificate to the server (mutual TLS).
    #[must_use]
    pub fn with_client_certificate(
        mut self,
        chain_pem: impl Into<PathBuf>,
        key_pem: impl Into<PathBuf>,
    ) -> Self {
        self.client_certificate = Some(chain_pem.into());
        self.client_key = Some(key_pem.into());
        self
    }

    /// Returns these settings of spans for log records; `None` if the endpoint does not show where those go.
    #[cfg(feature = "logs")]
    pub(crate) fn for_logs(&self) -> Option<Self> {
        let endpoint = self.endpoint.as_deref().filter(|_| self.protocol != OtlpProtocol::Grpc);
        let Some((url, true)) = endpoint.map(|url| (url, url.contains("://"))) else {
            return Some(self.clone());
        };
        let (path, query) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
        let base = path.strip_suffix("/v1/traces")?;
        Some(self.clone().with_endpoint(format!("{base}/v1/logs{query}")))
    }

    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    pub(super) fn longest_request(&self) -> usize {
        if self.max_request_size == 0 { usize::MAX } else { self.max_request_size }
    }
}

impl Default for OtlpSettings {
    fn default() -> Self {
        Self {
            protocol: OtlpProtocol::default(),
            endpoint: None,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
            max_request_size: 64 << 20,
            max_response_size: 4 << 20,
            gzip: false,
            certificate: None,
            client_certificate: None,
            client_key: None,
        }
    }
}

impl fmt::Debug for OtlpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values are often credentials.
        let path = |path: &Option<PathBuf>| {
            path.as_deref().map(|path| secrets::path(&path.to_string_lossy()))
        };
        let endpoint = self.endpoint.as_deref().map(secrets::strictly_without_credentials);
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("OtlpSettings")
            .field("protocol", &self.protocol)
            .field("endpoint", &endpoint)
            .field("headers", &headers)
            .field("timeout", &self.timeout)
            .field("max_request_size", &self.max_request_size)
            .field("max_response_size", &self.max_response_size)
            .field("gzip", &self.gzip)
            .field("certificate", &path(&self.certificate))
            .field("client_certificate", &path(&self.client_certificate))
            .field("client_key", &path(&self.client_key))
            .finish()
    }
}
