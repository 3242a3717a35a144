//! An OTLP endpoint on loopback, within the test's process.
//!
//! A whole program is pointed at it by its environment, and what it sends can be asserted like what
//! a capture saw: ids, parents, links, times, resource and scope as they came. It takes traces,
//! metrics and logs over HTTP (protobuf and JSON) and gRPC on one port, compressed or not; it
//! remembers the requests, and misbehaves when told to.
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

/// Receives OTLP until it is dropped; reads and asserts as [`Recorded`].
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
    /// Starts on a free port.
    ///
    /// # Errors
    /// When there is no port or no thread to be had.
    pub fn start() -> io::Result<Self> {
        Self::builder().start()
    }

    /// Says more about it before it starts.
    pub fn builder() -> ReceiverBuilder {
        ReceiverBuilder::default()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The value for `OTEL_EXPORTER_OTLP_ENDPOINT`, over HTTP and gRPC alike: scheme, host, port.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let scheme = if self.certificate().is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address())
    }

    /// The whole URL to which a signal is sent over HTTP, such as `http://127.0.0.1:4318/v1/traces`.
    #[must_use]
    pub fn http_endpoint(&self, signal: Signal) -> String {
        let path = match signal {
            Signal::Traces => "traces",
            Signal::Metrics => "metrics",
            Signal::Logs => "logs",
        };
        format!("{}/v1/{path}", self.endpoint())
    }

    /// The URL for gRPC.
    #[must_use]
    pub fn grpc_endpoint(&self) -> String {
        self.endpoint()
    }

    /// The environment variables that point a program at this receiver, over HTTP/protobuf; for
    /// [`Command::envs`](std::process::Command::envs).
    #[must_use]
    pub fn env(&self) -> Vec<(&'static str, String)> {
        self.env_for("http/protobuf")
    }

    /// The same over gRPC.
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

    /// The PEM file with the certificate to trust, when it receives over TLS. It goes when the
    /// receiver is dropped.
    #[must_use]
    pub fn certificate(&self) -> Option<PathBuf> {
        #[cfg(feature = "receiver-tls")]
        return self.certificates.as_ref().map(tls::Certificates::server);
        #[cfg(not(feature = "receiver-tls"))]
        None
    }

    /// The PEM files with the certificate and the key that a client must show, when it must.
    #[must_use]
    pub fn client_certificate(&self) -> Option<(PathBuf, PathBuf)> {
        #[cfg(feature = "receiver-tls")]
        return self.certificates.as_ref().and_then(tls::Certificates::client);
        #[cfg(not(feature = "receiver-tls"))]
        None
    }

    /// The requests so far, also those that were not taken, in the order of their arrival.
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

    /// Connections that came to nothing, each with the reason, such as a TLS handshake in which the
    /// client did not trust the certificate.
    #[must_use]
    pub fn broken_connections(&self) -> Vec<String> {
        self.store.broken_connections()
    }

    /// Answers like that, once, so many times, or until told otherwise. Answers that were told
    /// before come first.
    pub fn respond_with(&self, answer: Answer) {
        self.store.push_answer(answer);
    }

    /// Forgets all answers that it was told, and takes what comes; also what it let hang.
    pub fn respond_normally(&self) {
        self.store.respond_normally();
    }

    /// Waits until `done`, looking whenever something came. It blocks the thread; in async code use
    /// `eventually`.
    ///
    /// # Panics
    /// When that has not come true after `timeout`; the message tells what was received.
    #[track_caller]
    pub fn wait_for(&self, done: impl Fn(&Self) -> bool, timeout: Duration) {
        if !self.wait_until(&done, timeout) {
            panic!(
                "what was waited for did not come within {timeout:?}; the receiver got {}",
                self.summary()
            );
        }
    }

    /// The same; `false` after `timeout`.
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
                "\nnote: nobody has asked anything of it: does the program get `envs(t.env())`, and \
                 does it shut its telemetry down before it ends?",
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
