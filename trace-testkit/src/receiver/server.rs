//! Serves connections on a thread with a separate runtime, so that it works under any other runtime
//! and while a test blocks.

use super::service::Service;
use super::store::Store;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

/// Settings of the connections.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) store: Arc<Store>,
    pub(super) max_body_bytes: usize,
    #[cfg(feature = "receiver-tls")]
    pub(super) tls: Option<tokio_rustls::TlsAcceptor>,
}

/// A server that stops when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(port: u16, settings: Settings) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("otlp-receiver".to_owned())
            .spawn(move || runtime.block_on(accept(listener, settings, stopped)))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It does not wait for clients: open requests end with its runtime.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, settings: Settings, mut stopped: oneshot::Receiver<()>) {
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, settings.clone()))),
            Err(error) => {
                settings.store.broken(format!("a connection was not accepted: {error}"));
                // Some errors, such as too many open files, persist for a while.
                tokio::task::yield_now().await;
            }
        }
    }
}

async fn connection(stream: TcpStream, settings: Settings) {
    // Otherwise answers wait for acknowledgements; a socket that does not support it still works.
    let _ = stream.set_nodelay(true);
    #[cfg(feature = "receiver-tls")]
    if let Some(acceptor) = &settings.tls {
        match acceptor.accept(stream).await {
            Ok(stream) => serve(stream, &settings).await,
            Err(error) => settings.store.broken(format!("the TLS handshake failed: {error}")),
        }
        return;
    }
    serve(stream, &settings).await;
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, settings: &Settings) {
    let closing = Arc::new(Notify::new());
    let service = Service {
        store: settings.store.clone(),
        max_body_bytes: settings.max_body_bytes,
        closing: closing.clone(),
    };
    let builder = auto::Builder::new(TokioExecutor::new());
    let serve = service_fn(move |request| service.clone().serve(request));
    let served = tokio::select! {
        served = builder.serve_connection(TokioIo::new(stream), serve) => served,
        () = closing.notified() => return,
    };
    if let Err(error) = served {
        settings.store.broken(format!("a connection broke: {error}"));
    }
}
