//! A receiver on loopback that decodes what it gets, counts it and answers. It knows just enough
//! HTTP for a client that names its content length, and runs in a separate process.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{process, thread};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::{Deserialize, Serialize};

/// A sink ends by itself after this long, whatever became of its parent.
const LIFETIME: Duration = Duration::from_secs(600);

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);
static SPANS: AtomicU64 = AtomicU64::new(0);

/// What a sink has received since it started.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Requests with spans.
    pub requests: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
    /// Spans that were decoded from them.
    pub spans: u64,
}

/// Serves in this process until its standard input closes: prints the address, then receives.
pub fn serve() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?);
    thread::spawn(|| {
        thread::sleep(LIFETIME);
        process::exit(1);
    });
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
    while let Some(length) = head(&mut reader)? {
        body.resize(length, 0);
        reader.read_exact(&mut body)?;
        if body.is_empty() {
            let totals = Totals {
                requests: REQUESTS.load(Ordering::Relaxed),
                bytes: BYTES.load(Ordering::Relaxed),
                spans: SPANS.load(Ordering::Relaxed),
            };
            answer(&mut writer, "application/json", &serde_json::to_vec(&totals)?)?;
            continue;
        }
        let request = ExportTraceServiceRequest::decode(body.as_slice())?;
        let spans: usize = request
            .resource_spans
            .iter()
            .flat_map(|resource| &resource.scope_spans)
            .map(|scope| scope.spans.len())
            .sum();
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(length as u64, Ordering::Relaxed);
        SPANS.fetch_add(spans as u64, Ordering::Relaxed);
        answer(&mut writer, "application/x-protobuf", &[])?;
    }
    Ok(())
}

/// Reads a request's head and returns the length of its body; `None` at the end of the stream.
fn head(reader: &mut impl BufRead) -> io::Result<Option<usize>> {
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
    Ok(Some(length.unwrap_or(0)))
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
pub struct SinkProcess {
    child: Child,
    address: SocketAddr,
    /// Closing it ends the child as well, should this process be killed.
    _stdin: Option<ChildStdin>,
}

impl SinkProcess {
    /// Starts this program again with one argument that makes it call [`serve`].
    pub fn start(argument: &str) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(argument)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self { _stdin: child.stdin.take(), child, address })
    }

    /// Where it receives spans.
    pub fn endpoint(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// What it has received so far.
    pub fn totals(&self) -> io::Result<Totals> {
        let url = format!("http://{}/totals", self.address);
        let body = ureq::get(url).call().and_then(|mut answer| answer.body_mut().read_to_vec());
        Ok(serde_json::from_slice(&body.map_err(io::Error::other)?)?)
    }
}

impl Drop for SinkProcess {
    fn drop(&mut self) {
        // A child that is gone already is what this wants.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_names_the_length_of_its_body() -> io::Result<()> {
        let mut stream: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 42\r\n\r\nbody";
        assert_eq!(head(&mut stream)?, Some(42));
        assert_eq!(stream, b"body");
        assert_eq!(head(&mut &b""[..])?, None);
        Ok(())
    }
}
