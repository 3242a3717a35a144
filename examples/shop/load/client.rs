//! Sends requests over a connection that is kept open.

use crate::mix::{Ask, Kind};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The timeout of a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The id of a placed order.
    pub(crate) order_id: Option<i64>,
    /// The token of a login.
    pub(crate) token: Option<String>,
}

type Failure = Box<dyn Error + Send + Sync>;

/// A connection; a broken one is reopened for the next request.
pub(crate) struct Client {
    authority: String,
    open: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// Creates a client for a shop at `http://HOST:PORT`.
    pub(crate) fn new(url: &str) -> io::Result<Self> {
        let uri: Uri = url.parse().map_err(io::Error::other)?;
        match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(authority)) if authority.port().is_some() => {
                Ok(Self { authority: authority.to_string(), open: None })
            }
            _ => Err(io::Error::other(format!("{url:?} is not of the form http://HOST:PORT"))),
        }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&mut self, ask: &Ask, traceparent: &str) -> Result<Answer, Failure> {
        let mut connection = match self.open.take() {
            Some(open) if !open.is_closed() => open,
            _ => connect(&self.authority).await?,
        };
        let request = self.request(ask, traceparent)?;
        let answered = timeout(PATIENCE, answer(&mut connection, ask.kind, request)).await??;
        self.open = Some(connection);
        Ok(answered)
    }

    fn request(&self, ask: &Ask, traceparent: &str) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(ask.method)
            .uri(&ask.path)
            .header("host", &self.authority)
            .header("user-agent", concat!("shop-load/", env!("CARGO_PKG_VERSION")))
            .header("traceparent", traceparent);
        if let Some(token) = &ask.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if ask.body.is_some() {
            request = request.header("content-type", "application/json");
        }
        Ok(request.body(Full::from(ask.body.clone().unwrap_or_default()))?)
    }
}

async fn connect(authority: &str) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(authority).await?;
    stream.set_nodelay(true)?;
    let (connection, driver) = http1::handshake(TokioIo::new(stream)).await?;
    // If it breaks, the next request on it fails.
    tokio::spawn(driver);
    Ok(connection)
}

/// The fields of a body that are used.
#[derive(Default, Deserialize)]
struct Parsed {
    id: Option<i64>,
    token: Option<String>,
}

async fn answer(
    connection: &mut SendRequest<Full<Bytes>>,
    kind: Kind,
    request: Request<Full<Bytes>>,
) -> Result<Answer, Failure> {
    connection.ready().await?;
    let response = connection.send_request(request).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await?.to_bytes();
    let parsed = match kind {
        Kind::Order | Kind::LogIn if status < 300 => serde_json::from_slice(&body)?,
        _ => Parsed::default(),
    };
    Ok(Answer { status, order_id: parsed.id, token: parsed.token })
}
