//! Shares one channel, and the runtime that drives it, among the exporters of one receiver.
//!
//! Tonic needs a tokio runtime while it connects and while it sends. It gets a small one without threads:
//! each exporter drives it from its own thread while it waits for an answer. So it works whatever
//! the program uses, and a program that blocks its own runtime cannot block the export.

use super::connect::Connector;
use crate::export::OtlpSettings;
use crate::export::contact::Contact;
use crate::export::endpoint::Endpoint as Address;
use crate::export::otlp::in_use::InUse;
use crate::export::otlp::resolve::Resolver;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tonic::transport::{Channel, Endpoint};

/// The channels that are in use. After a fork, a channel works in the parent only.
static ALL: InUse<ReceiverKey, SharedChannel> = InUse::new();

/// Makes forks wait until no other thread uses the list.
pub(in crate::export::otlp) fn keep_over_forks() {
    ALL.keep_over_forks();
}

/// What the exporters that share a channel have in common.
#[derive(Clone, PartialEq, Eq)]
struct ReceiverKey {
    origin: String,
    /// The files with the certificates and the client's key.
    files: [Option<PathBuf>; 3],
}

/// The destination of a channel.
pub(super) struct ChannelTarget {
    key: ReceiverKey,
    endpoint: Endpoint,
    resolver: Arc<Resolver>,
}

impl ChannelTarget {
    pub(super) fn new(settings: &OtlpSettings, endpoint: Endpoint, address: &Address) -> Self {
        let OtlpSettings { certificate, client_certificate, client_key, .. } = settings;
        let files = [certificate, client_certificate, client_key].map(Clone::clone);
        Self {
            key: ReceiverKey { origin: address.origin(), files },
            endpoint,
            resolver: Resolver::of(&address.host, address.port),
        }
    }
}

pub(super) struct SharedChannel {
    pub(super) channel: Channel,
    pub(super) runtime: Runtime,
    pub(super) contact: Arc<Contact>,
}

impl SharedChannel {
    /// Returns the channel that all exporters of this process to this receiver share; it connects with
    /// the first request.
    pub(super) fn to(target: &ChannelTarget) -> io::Result<Arc<Self>> {
        let ChannelTarget { key, endpoint, resolver } = target;
        ALL.try_get(key.clone(), || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let contact = Arc::default();
            let connector = Connector { resolver: resolver.clone(), contact: Arc::clone(&contact) };
            let channel = {
                // Its worker is spawned where it is created.
                let _entered = runtime.enter();
                endpoint.connect_with_connector_lazy(connector)
            };
            Ok(Self { channel, runtime, contact })
        })
    }

    /// Ends the use of the channel; the last exporter closes it.
    pub(super) fn leave(self: Arc<Self>) {
        if let Some(Self { channel, runtime, .. }) = Arc::into_inner(self) {
            drop(channel);
            // Dropping a runtime may not wait, in case this happens within another.
            runtime.shutdown_background();
        }
    }
}
