//! Configures and starts receivers.

use super::Receiver;
use super::server::{Server, Settings};
use super::store::Store;
use crate::recorded::Recorded;
use std::io;
use std::sync::Arc;

/// The largest body by default: 64 MiB.
const MAX_BODY_BYTES: usize = 64 << 20;

/// Configures a [`Receiver`]; created by [`Receiver::builder`].
///
/// ```
/// use trace_testkit::receiver::Receiver;
///
/// # fn main() -> std::io::Result<()> {
/// let receiver = Receiver::builder().with_max_body_bytes(1_000).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing happens until `start` is called"]
pub struct ReceiverBuilder {
    port: u16,
    max_body_bytes: usize,
    #[cfg(feature = "receiver-tls")]
    tls: bool,
    #[cfg(feature = "receiver-tls")]
    client_auth: bool,
}

impl Default for ReceiverBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            max_body_bytes: MAX_BODY_BYTES,
            #[cfg(feature = "receiver-tls")]
            tls: false,
            #[cfg(feature = "receiver-tls")]
            client_auth: false,
        }
    }
}

impl ReceiverBuilder {
    /// Listens on this port; 0, the default, stands for any free port.
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Refuses larger bodies, compressed or decompressed; 64 MiB by default.
    pub fn with_max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Receives over TLS, with a self-signed certificate: clients must trust
    /// [`Receiver::certificate`], which [`Receiver::env`] contains.
    #[cfg(feature = "receiver-tls")]
    pub fn with_tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Receives over TLS, and only from clients with the certificate of
    /// [`Receiver::client_certificate`].
    #[cfg(feature = "receiver-tls")]
    pub fn with_client_auth(mut self) -> Self {
        self.client_auth = true;
        self.with_tls()
    }

    /// Starts receiving.
    ///
    /// # Errors
    /// If the port is taken, or no thread or certificate can be created.
    pub fn start(self) -> io::Result<Receiver> {
        let store = Arc::new(Store::default());
        #[cfg(feature = "receiver-tls")]
        let (certificates, tls) = match self.tls {
            true => {
                let (certificates, acceptor) = super::tls::Certificates::new(self.client_auth)?;
                (Some(certificates), Some(acceptor))
            }
            false => (None, None),
        };
        let settings = Settings {
            store: store.clone(),
            max_body_bytes: self.max_body_bytes,
            #[cfg(feature = "receiver-tls")]
            tls,
        };
        Ok(Receiver {
            recorded: Recorded::new(store.clone()),
            store,
            server: Server::start(self.port, settings)?,
            #[cfg(feature = "receiver-tls")]
            certificates,
        })
    }
}
