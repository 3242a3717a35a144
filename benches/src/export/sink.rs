//! A receiver on loopback that counts what it gets, by signal, and answers; in a separate process, and with as
//! little work as can be, for it shares the machine with what is measured. It knows just enough HTTP for a client
//! that names its content length.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::wire;
use crate::child::{Server, limit_lifetime};

/// How long a sink runs at most.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Where a sink reports what it has received. All other paths that are not of a signal get an empty answer.
const TOTALS: &str = "/totals";

/// What a sink has received of a signal.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Total {
    /// Requests.
    pub requests: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Spans, log records or metrics.
    pub items: u64,
}

impl Total {
    fn since(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            bytes: self.bytes - before.bytes,
            items: self.items - before.items,
        }
    }
}

/// What a sink has received since it started.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Spans.
    pub traces: Total,
    /// Log records.
    pub logs: Total,
    /// Metrics.
    pub metrics: Total,
}

impl Totals {
    /// Returns what has been received since then.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        Self {
            traces: self.traces.since(before.traces),
            logs: self.logs.since(before.logs),
            metrics: self.metrics.since(before.metrics),
        }
    }
}

#[derive(Debug)]
struct Counters {
    path: &'static str,
    requests: AtomicU64,
    bytes: AtomicU64,
    items: AtomicU64,
}

impl Counters {
    const fn of(path: &'static str) -> Self {
        Self {
            path,
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            items: AtomicU64::new(0),
        }
    }

    fn add(&self, body: &[u8]) -> io::Result<()> {
        self.items.fetch_add(wire::items(body)?, Ordering::Relaxed);
        self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn total(&self) -> Total {
        Total {
            requests: self.requests.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            items: self.items.load(Ordering::Relaxed),
        }
    }
}

static TRACES: Counters = Counters::of("/v1/traces");
static LOGS: Counters = Counters::of("/v1/logs");
static METRICS: Counters = Counters::of("/v1/metrics");

/// Serves in this process until its standard input closes: prints the address, then receives.
pub fn serve() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?);
    limit_lifetime(LIFETIME);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that breaks is the client's loss to report.
            thread::spawn(move || connection(stream));
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn connection(stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut body = Vec::new();
    while let Some(Head { path, length }) = head(&mut reader)? {
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        if path == TOTALS {
            let [traces, logs, metrics] = [&TRACES, &LOGS, &METRICS].map(Counters::total);
            let totals = Totals { traces, logs, metrics };
            answer(&mut writer, "application/json", &serde_json::to_vec(&totals)?)?;
            continue;
        }
        if let Some(counters) = [&TRACES, &LOGS, &METRICS].into_iter().find(|it| it.path == path) {
            counters.add(&body)?;
        }
        answer(&mut writer, "application/x-protobuf", &[])?;
    }
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    path: String,
    /// Of the body.
    length: usize,
}

/// Reads a request's head; `None` at the end of the stream.
fn head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(None);
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(&head).map_err(io::Error::other)?;
    let length = request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
    let path = request.path.unwrap_or_default().to_owned();
    Ok(Some(Head { path, length: length.unwrap_or(0) }))
}

fn answer(writer: &mut impl Write, content_type: &str, body: &[u8]) -> io::Result<()> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    writer.write_all(&answer)
}

/// A sink in a child process; it ends when this is dropped.
#[derive(Debug)]
pub struct SinkProcess(Server);

impl SinkProcess {
    /// Starts this program again with one argument that makes it call [`serve`].
    pub fn start(argument: &str) -> io::Result<Self> {
        Ok(Self(Server::start(&[argument], [])?))
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// Where it receives spans.
    pub fn traces(&self) -> String {
        format!("http://{}{}", self.address(), TRACES.path)
    }

    /// What it has received so far.
    pub fn totals(&self) -> io::Result<Totals> {
        Ok(serde_json::from_slice(&self.0.get(TOTALS)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_path_and_length_of_its_body() -> io::Result<()> {
        let mut stream: &[u8] =
            b"POST /v1/logs HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 42\r\n\r\nbody";
        let expected = Head { path: "/v1/logs".to_owned(), length: 42 };
        assert_eq!(head(&mut stream)?, Some(expected));
        assert_eq!(stream, b"body");
        assert_eq!(head(&mut &b""[..])?, None);
        Ok(())
    }
}
