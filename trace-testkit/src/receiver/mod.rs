//! An OTLP endpoint on loopback, within the test's process.
//!
//! Environment variables point a whole program at it, and assertions work on what the program sends
//! as on a capture: ids, parents, links, times, resource and instrumentation scope as received. It
//! accepts traces, metrics and logs over HTTP (protobuf and JSON) and gRPC on one port, compressed or
//! not. It remembers the requests, and misbehaves on demand.
//!
//! Needs the feature `receiver`; TLS needs `receiver-tls`.
//!
//! ```no_run
//! use std::process::Command;
//! use std::time::Duration;
//! use trace_testkit::receiver::Receiver;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let receiver = Receiver::start()?;
//! assert!(Command::new("shop").envs(receiver.env()).status()?.success());
//! receiver.wait_for(|received| received.spans().len() == 3, Duration::from_secs(5));
//! # Ok(())
//! # }
//! ```

mod answer;
mod arrange;
mod builder;
mod decode;
mod grpc;
mod payload;
mod request;
mod server;
mod service;
mod store;
#[cfg(feature = "receiver-tls")]
mod tls;

pub use answer::Answer;
pub use builder::ReceiverBuilder;
pub use request::{Request, Signal, Transport};

use crate::eventually::Waiting;
use crate::recorded::Recorded;
use crate::source::Source;
use server::Server;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::Store;

/// An OTLP receiver, which listens until it is dropped. Read and assert by the methods of
/// [`Recorded`].
///
/// ```
/// use trace_testkit::receiver::Receiver;
///
/// # fn main() -> std::io::Result<()> {
/// let receiver = Receiver::start()?;
/// assert!(receiver.endpoint().starts_with("http://127.0.0.1:"));
/// assert_eq!(receiver.spans().len(), 0);
/// # Ok(())
/// # }
/// ```
pub struct Receiver {
    recorded: Recorded,
    store: Arc<Store>,
    server: Server,
    #[cfg(feature = "receiver-tls")]
    certificates: Option<tls::Certificates>,
}

impl Receiver {
    /// Starts a receiver on a free port.
    ///
    /// # Errors
    /// If no port is free or no thread can be started.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Returns a builder, for a receiver that differs from the default.
    pub fn builder() -> ReceiverBuilder {
        ReceiverBuilder::default()
    }

    /// Returns the address on which it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Returns the value for `OTEL_EXPORTER_OTLP_ENDPOINT`, over HTTP and gRPC alike: scheme, host, port.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let scheme = if self.certificate().is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address())
    }

    /// Returns the full URL of a signal over HTTP, such as `http://127.0.0.1:4318/v1/traces`.
    #[must_use]
    pub fn http_endpoint(&self, signal: Signal) -> String {
        let path = match signal {
            Signal::Traces => "traces",
            Signal::Metrics => "metrics",
            Signal::Logs => "logs",
        };
        format!("{}/v1/{path}", self.endpoint())
    }

    /// Returns the URL for gRPC.
    #[must_use]
    pub fn grpc_endpoint(&self) -> String {
        self.endpoint()
    }

    /// Returns the environment variables that point a program at this receiver, over HTTP/protobuf; for
    /// [`Command::envs`](std::process::Command::envs).
    #[must_use]
    pub fn env(&self) -> Vec<(&'static str, String)> {
        self.env_for("http/protobuf")
    }

    /// Returns the same variables for gRPC.
    #[must_use]
    pub fn grpc_env(&self) -> Vec<(&'static str, String)> {
        self.env_for("grpc")
    }

    fn env_for(&self, protocol: &str) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", self.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
        ];
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        if let Some(certificate) = self.certificate() {
            variables.push(("OTEL_EXPORTER_OTLP_CERTIFICATE", text(certificate)));
        }
        if let Some((certificate, key)) = self.client_certificate() {
            variables.push(("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", text(certificate)));
            variables.push(("OTEL_EXPORTER_OTLP_CLIENT_KEY", text(key)));
        }
        variables
    }

    /// Returns the PEM file with the certificate to trust, if it receives over TLS. The file is
    /// removed when the receiver is dropped.
    #[must_use]
    pub fn certificate(&self) -> Option<PathBuf> {
        #[cfg(feature = "receiver-tls")]
        return self.certificates.as_ref().map(tls::Certificates::server);
        #[cfg(not(feature = "receiver-tls"))]
        None
    }

    /// Returns the PEM files with the certificate and key that clients must present, if they must.
    #[must_use]
    pub fn client_certificate(&self) -> Option<(PathBuf, PathBuf)> {
        #[cfg(feature = "receiver-tls")]
        return self.certificates.as_ref().and_then(tls::Certificates::client);
        #[cfg(not(feature = "receiver-tls"))]
        None
    }

    /// Returns the requests so far in order of arrival, including refused ones.
    ///
    /// ```
    /// # use trace_testkit::receiver::Receiver;
    /// # fn main() -> std::io::Result<()> {
    /// # let receiver = Receiver::start()?;
    /// // …
    /// let is_authorized = |request: &trace_testkit::receiver::Request| {
    ///     request.header("authorization") == Some("Bearer abc")
    /// };
    /// assert!(receiver.requests().iter().all(is_authorized));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.store.requests()
    }

    /// Returns the reasons why connections failed, such as a TLS handshake in which the client did
    /// not trust the certificate.
    #[must_use]
    pub fn broken_connections(&self) -> Vec<String> {
        self.store.broken_connections()
    }

    /// Enqueues an answer, after those enqueued before: for one request, for a number of them, or until
    /// [`respond_normally`](Self::respond_normally).
    pub fn respond_with(&self, answer: Answer) {
        self.store.push_answer(answer);
    }

    /// Removes all enqueued answers, and accepts requests again, including those that hang.
    pub fn respond_normally(&self) {
        self.store.respond_normally();
    }

    /// Waits until `done` returns true, calling it whenever something arrived. It blocks the thread; in
    /// async code use [`eventually`](Recorded::eventually).
    ///
    /// # Panics
    /// If `done` is not true after `timeout`; the message lists what was received.
    #[track_caller]
    pub fn wait_for(&self, done: impl Fn(&Self) -> bool, timeout: Duration) {
        if !self.wait_until(&done, timeout) {
            panic!(
                "the expected telemetry did not arrive within {timeout:?}; the receiver got {}",
                self.summary()
            );
        }
    }

    /// Like [`wait_for`](Self::wait_for), but returns `false` after `timeout`.
    #[must_use]
    pub fn wait_until(&self, done: impl Fn(&Self) -> bool, timeout: Duration) -> bool {
        let mut waiting = Waiting::new(timeout);
        loop {
            let is_over = waiting.is_over();
            if done(self) {
                return true;
            }
            if is_over {
                return false;
            }
            waiting.wait(&self.recorded);
        }
    }

    fn summary(&self) -> String {
        let snapshot = self.store.snapshot();
        let mut text = format!(
            "{} spans, {} metrics and {} log records in {} requests",
            snapshot.spans.len(),
            snapshot.metrics.len(),
            snapshot.logs.len(),
            self.requests().len()
        );
        for request in self.requests().iter() {
            if let Some(why) = &request.refused {
                text.push_str(&format!("\n  {} {}: {why}", request.method, request.path));
            }
        }
        let broken = self.broken_connections();
        if self.requests().is_empty() && broken.is_empty() {
            text.push_str(
                "\nnote: it got no request: is the program started with `envs(t.env())`, and does it \
                 shut its telemetry down before it ends?",
            );
        }
        for why in broken {
            text.push_str(&format!("\n  {why}"));
        }
        text
    }
}

impl Deref for Receiver {
    type Target = Recorded;

    fn deref(&self) -> &Recorded {
        &self.recorded
    }
}

impl UnwindSafe for Receiver {}
impl RefUnwindSafe for Receiver {}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("endpoint", &self.endpoint())
            .field("requests", &self.requests().len())
            .finish_non_exhaustive()
    }
}
