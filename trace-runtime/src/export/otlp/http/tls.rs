//! TLS for the HTTP client: rustls, with the roots of Mozilla or those of a file.

use super::socket::{PART, Socket};
use crate::export::OtlpSettings;
use crate::export::secrets;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io;
use std::path::Path;
use std::sync::Arc;

pub(super) type TlsStream = StreamOwned<ClientConnection, Socket>;

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
    pub(super) fn wrap(&self, socket: Socket) -> io::Result<TlsStream> {
        let connection = ClientConnection::new(self.config.clone(), self.name.clone());
        let mut connection = connection.map_err(io::Error::other)?;
        // Enough for the head and a part of the body, which are written at once.
        connection.set_buffer_limit(Some(2 * PART));
        Ok(StreamOwned::new(connection, socket))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Exporter;
    use crate::export::otlp::contract::batch;
    use crate::export::otlp::http::OtlpHttpExporter;
    use crate::export::testing::SpanMaker;
    use crate::value::Value;
    use rustls::{HandshakeKind, ServerConfig, ServerConnection};
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use trace_testkit::receiver::Receiver;

    /// Returns settings that reach a server of these connections.
    fn serve<T: Send + 'static>(
        serve: impl FnOnce(&dyn Fn() -> StreamOwned<ServerConnection, TcpStream>) -> T + Send + 'static,
    ) -> (OtlpSettings, std::thread::JoinHandle<T>) {
        // For its files only: the certificate names this machine.
        let receiver = Receiver::builder().with_client_auth().start().unwrap();
        let (certificate, key) = receiver.client_certificate().unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(certificates(&certificate).unwrap(), private_key(&key).unwrap());
        let config = Arc::new(config.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let settings = OtlpSettings::default().with_endpoint(url).with_certificate(certificate);
        let server = std::thread::spawn(move || {
            // The files go with it.
            let _receiver = receiver;
            serve(&|| {
                let (socket, _) = listener.accept().unwrap();
                StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), socket)
            })
        });
        (settings, server)
    }

    #[test]
    fn sessions_are_resumed() {
        const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let (settings, server) = serve(|accept| {
            [1, 2, 3].map(|_| {
                let mut stream = accept();
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                // The span's name ends the request.
                while !request.windows(4).any(|end| end == b"work") {
                    let read = stream.read(&mut buffer).unwrap();
                    request.extend_from_slice(&buffer[..read]);
                }
                stream.write_all(OK).unwrap();
                stream.conn.handshake_kind().unwrap()
            })
        });
        let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
        for _ in 0..3 {
            exporter.export(&[batch(1)[0].view()]).unwrap();
        }
        let resumed = HandshakeKind::Resumed;
        assert_eq!(server.join().unwrap(), [HandshakeKind::Full, resumed, resumed]);
    }

    #[test]
    fn a_refusal_is_read_while_the_body_waits() {
        const REFUSED: &[u8] = b"HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n";
        let (settings, server) = serve(|accept| {
            let mut stream = accept();
            assert!(stream.read(&mut [0; 100]).unwrap() > 0);
            stream.write_all(REFUSED).unwrap();
            stream
        });
        let text = "x".repeat(30_000_000);
        let maker = SpanMaker::new("large").attributes(&[("text", Value::Str(&text))]);
        let mut exporter = OtlpHttpExporter::new(&settings).unwrap();
        let error = exporter.export(&[maker.build(|_| {}).view()]).unwrap_err().to_string();
        assert!(error.ends_with("it answered 413 Payload Too Large"), "{error}");
        server.join().unwrap();
    }
}
