//! The endpoint: one thread, a bounded number of connections, a deadline on each.

use super::connections::{Connections, Progress};
use super::handle::Prometheus;
use super::host::{Hosts, Refused};
use super::scrape::Scrape;
use crate::recorder::suppress_this_thread;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// The limit on a request's head. A scrape's has a few hundred bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The deadline for a request's head.
const READ: Duration = Duration::from_secs(3);
/// The deadline for a connection apart from the scrape: the time in which the client takes the page.
const CONNECTION: Duration = Duration::from_secs(20);
/// The pause after the system could not accept a connection, perhaps for want of files.
const PAUSE: Duration = Duration::from_millis(100);

/// The running endpoint; dropping it closes it.
pub(super) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(
        listener: std::net::TcpListener,
        prometheus: Prometheus,
        hosts: Hosts,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, begun) = mpsc::channel();
        let serve = move || {
            suppress_this_thread();
            // Created here: if it were created within another runtime, it could not be dropped.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let _entered = runtime.enter();
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            let _ = tell.send(Ok(()));
            runtime.spawn(accept(listener, prometheus, hosts));
            let _ = runtime.block_on(stopped);
            Ok(())
        };
        let (failed, why) = mpsc::channel();
        let thread = std::thread::Builder::new().name("trace-prometheus-http".to_owned()).spawn(
            move || {
                if let Err(error) = serve() {
                    let _ = failed.send(error);
                }
            },
        )?;
        match begun.recv() {
            Ok(begun) => begun.map(|()| Self { stop: Some(stop), thread: Some(thread) }),
            Err(_) => Err(why.recv().unwrap_or_else(|_| std::io::ErrorKind::Other.into())),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        // So that the port is free when the guard is gone. It only waits for the thread to react.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, prometheus: Prometheus, hosts: Hosts) {
    let mut connections = Connections::default();
    loop {
        // More connections wait in the system's queue.
        let state = connections.room().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let (prometheus, hosts, own) = (prometheus.clone(), hosts.clone(), state.clone());
                // Its time begins now.
                own.wait_for_client();
                let task = tokio::spawn(async move {
                    converse(stream, prometheus, hosts, own.clone()).await;
                    own.end();
                });
                connections.add(task.abort_handle(), state);
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Serves one connection with one request: enough for Prometheus, and no idle client holds it.
async fn converse(stream: TcpStream, prometheus: Prometheus, hosts: Hosts, state: Progress) {
    let limit = prometheus.timeout.saturating_add(CONNECTION);
    let service = service_fn(move |request| {
        let (prometheus, hosts, state) = (prometheus.clone(), hosts.clone(), state.clone());
        async move {
            state.work();
            let response = answer(request, prometheus, hosts).await;
            state.wait_for_client();
            response
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // An error on a connection is the client's.
    let _ = tokio::time::timeout(limit, connection).await;
}

async fn answer(
    request: Request<Incoming>,
    prometheus: Prometheus,
    hosts: Hosts,
) -> Result<Response<Full<Bytes>>, Infallible> {
    match hosts.check(&request) {
        Ok(()) => {}
        Err(Refused::Unclear) => {
            return Ok(text(StatusCode::BAD_REQUEST, "a request names one host\n"));
        }
        Err(Refused::Other) => {
            let why = "the metrics are shown to those who ask this host by a name of its own; \
                       `with_allowed_host` adds one\n";
            return Ok(text(StatusCode::MISDIRECTED_REQUEST, why));
        }
    }
    if request.uri().path() != "/metrics" {
        return Ok(text(StatusCode::NOT_FOUND, "the metrics are at /metrics\n"));
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "metrics can only be read\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(response);
    }
    let accept = joined(&request, ACCEPT);
    Ok(match prometheus.render_async(accept.as_deref()).await {
        Ok(scrape) => page(scrape, &request),
        Err(error) => text(error.status(), &format!("{error}\n")),
    })
}

/// Joins all values of a header, as the standard allows for lists.
fn joined(request: &Request<Incoming>, name: hyper::header::HeaderName) -> Option<String> {
    let values = request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
    let values: Vec<&str> = values.collect();
    (!values.is_empty()).then(|| values.join(","))
}

fn text(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text.to_owned()));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg_attr(not(feature = "gzip"), allow(unused_variables, reason = "nothing to ask it"))]
fn page(scrape: Scrape, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let kind = HeaderValue::from_static(scrape.content_type);
    #[cfg(feature = "gzip")]
    let mut response = {
        use super::negotiate::takes_gzip;
        use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING};

        let is_asked_for = joined(request, ACCEPT_ENCODING).is_some_and(|it| takes_gzip(&it));
        match is_asked_for.then(|| compressed(scrape.body.as_bytes())) {
            Some(Ok(packed)) => {
                let mut response = Response::new(Full::from(packed));
                let gzip = HeaderValue::from_static("gzip");
                response.headers_mut().insert(CONTENT_ENCODING, gzip);
                response
            }
            _ => Response::new(Full::from(scrape.body)),
        }
    };
    #[cfg(not(feature = "gzip"))]
    let mut response = Response::new(Full::from(scrape.body));
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

#[cfg(feature = "gzip")]
fn compressed(text: &[u8]) -> std::io::Result<Vec<u8>> {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 8), Compression::fast());
    encoder.write_all(text)?;
    encoder.finish()
}
