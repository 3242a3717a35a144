//! Creates the certificates of one receiver.

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// PEM files in a folder that goes when this is dropped.
#[derive(Debug)]
pub(super) struct Certificates {
    folder: PathBuf,
    has_client: bool,
}

impl Certificates {
    /// Makes a certificate for the server, and one for its clients if they must show one.
    pub(super) fn new(for_clients: bool) -> io::Result<(Self, TlsAcceptor)> {
        // A name that cannot be guessed, so that no other user can create the folder first.
        let random = RandomState::new();
        let (one, other) = (random.hash_one(1), random.hash_one(2));
        let folder = std::env::temp_dir().join(format!("trace-testkit-{one:016x}{other:016x}"));
        std::fs::create_dir(&folder)?;
        let files = Self { folder, has_client: for_clients };

        let server = certificate()?;
        std::fs::write(files.server(), server.cert.pem())?;
        let provider = Arc::new(default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let config = if for_clients {
            let client = certificate()?;
            std::fs::write(files.folder.join(CLIENT), client.cert.pem())?;
            std::fs::write(files.folder.join(CLIENT_KEY), client.signing_key.serialize_pem())?;
            let mut roots = RootCertStore::empty();
            roots.add(client.cert.der().clone()).map_err(io::Error::other)?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(io::Error::other)?;
            config.with_client_cert_verifier(verifier)
        } else {
            config.with_no_client_auth()
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server.signing_key.serialize_der()));
        let mut config = config
            .with_single_cert(vec![server.cert.der().clone()], key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok((files, TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) fn server(&self) -> PathBuf {
        self.folder.join(SERVER)
    }

    /// The certificate and the key that a client must show.
    pub(super) fn client(&self) -> Option<(PathBuf, PathBuf)> {
        let file = |name: &str| Path::join(&self.folder, name);
        self.has_client.then(|| (file(CLIENT), file(CLIENT_KEY)))
    }
}

const SERVER: &str = "server.pem";
const CLIENT: &str = "client.pem";
const CLIENT_KEY: &str = "client.key.pem";

impl Drop for Certificates {
    fn drop(&mut self) {
        // What cannot be removed is small and useless.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn certificate() -> io::Result<CertifiedKey<KeyPair>> {
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    generate_simple_self_signed(names).map_err(io::Error::other)
}
