//! Notes whether exporters wait for a connection, so that the end of a program need not wait for a receiver that
//! cannot be reached.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A connection to a receiver, which several exporters may share: the number of attempts to make it that are in
/// progress.
#[derive(Debug, Default)]
pub(crate) struct Contact(AtomicUsize);

/// An attempt to connect, which is over when this is dropped.
#[must_use]
pub(crate) struct Connecting(Arc<Contact>);

#[cfg_attr(
    not(any(feature = "otlp-http", feature = "otlp-grpc")),
    allow(dead_code, reason = "only network exporters connect")
)]
impl Contact {
    /// Notes that an attempt begins.
    pub(crate) fn connecting(self: &Arc<Self>) -> Connecting {
        self.0.fetch_add(1, Ordering::Relaxed);
        Connecting(self.clone())
    }

    /// Returns whether an attempt is in progress.
    pub(crate) fn is_connecting(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
