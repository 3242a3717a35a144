//! TLS for the HTTP client: rustls, with the roots of Mozilla or those of a file.

use crate::export::OtlpSettings;
use crate::export::secrets;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

pub(super) type TlsStream = StreamOwned<ClientConnection, TcpStream>;

/// The configuration of every connection to one receiver.
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    pub(super) fn new(settings: &OtlpSettings, host: &str) -> Result<Self, String> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| format!("no certificate can be issued for the host `{host}`"))?;
        let mut roots = RootCertStore::empty();
        match &settings.certificate {
            Some(path) => {
                for certificate in certificates(path)? {
                    roots.add(certificate).map_err(|error| named(path, &error))?;
                }
            }
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        // Not the provider of the process: the program may have chosen another, or none.
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots);
        let config = match (&settings.client_certificate, &settings.client_key) {
            (Some(chain), Some(key)) => config
                .with_client_auth_cert(certificates(chain)?, private_key(key)?)
                .map_err(|error| named(key, &error))?,
            _ => config.with_no_client_auth(),
        };
        Ok(Self { config: Arc::new(config), name })
    }

    /// Wraps a stream; the handshake follows with the first bytes written.
    pub(super) fn wrap(&self, stream: TcpStream) -> std::io::Result<TlsStream> {
        let connection = ClientConnection::new(self.config.clone(), self.name.clone());
        Ok(StreamOwned::new(connection.map_err(std::io::Error::other)?, stream))
    }
}

fn shown(path: &Path) -> String {
    secrets::path(&path.to_string_lossy())
}

fn named(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", shown(path))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read(path)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(path, &error))?;
    if found.is_empty() { Err(holds_no(path, "certificate")) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(&read(path)?).map_err(|error| match error {
        pem::Error::NoItemsFound => holds_no(path, "private key"),
        error => unreadable(path, &error),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| named(path, &error))
}

fn holds_no(path: &Path, wanted: &str) -> String {
    format!("{} contains no {wanted}", shown(path))
}

/// Returns an error without the parser's text, which may be part of a key.
fn unreadable(path: &Path, error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => named(path, error),
        _ => format!("{} is not a valid PEM file", shown(path)),
    }
}
