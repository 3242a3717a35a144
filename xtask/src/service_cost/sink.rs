//! A receiver of OTLP over HTTP that drops requests unread, so that of what is measured as little as can be is its
//! own. It knows just enough HTTP for a client that names its content length.

use crate::Outcome;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";

/// Receives on a thread for each connection, until this program ends.
pub(crate) struct Sink {
    pub(crate) url: String,
}

impl Sink {
    /// On a free port.
    pub(crate) fn start() -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that breaks is the client's loss to report.
                thread::spawn(move || connection(&stream));
            }
        });
        Ok(Self { url })
    }
}

fn connection(mut stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    while let Some(length) = head(&mut reader)? {
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        stream.write_all(ANSWER)?;
    }
    Ok(())
}

/// Reads a request's head and returns the length of its body; `None` at the end of the stream.
fn head(reader: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(None);
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(&head).map_err(io::Error::other)?;
    let mut headers = request.headers.iter();
    let length = headers.find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|header| std::str::from_utf8(header.value).ok()?.parse().ok());
    Ok(Some(length.unwrap_or(0)))
}
