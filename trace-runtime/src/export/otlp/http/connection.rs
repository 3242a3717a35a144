//! One connection: sends a request and receives its response, within a deadline.
//!
//! A receiver may answer while a body is being written, for example to refuse it for
//! its size. The answer is read then, and also after the receiver has closed its side.

use super::input::Input;
use super::response::{Body, Head, NotHttp};
use super::socket::{PART, Socket};
#[cfg(feature = "tls")]
use super::tls::TlsStream;
use crate::export::otlp::deadline::Deadline;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The interval of these checks while a write makes no progress.
const LOOK: Duration = Duration::from_millis(100);
/// A connection that was used within this time is not checked before it is used again.
const FRESH: Duration = Duration::from_secs(1);
/// The time for each of several addresses before the next is tried.
const TIME_FOR_ADDRESS: Duration = Duration::from_secs(3);

/// A response, as far as it is read.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) head: Head,
    pub(super) body: Vec<u8>,
    /// Whether the body is longer.
    pub(super) is_cut: bool,
}

/// The reason why there is no response.
#[derive(Debug)]
pub(super) enum Broken {
    /// The deadline passed first.
    Late,
    NotHttp,
    /// Before any byte of a response.
    Silent(io::Error),
    /// Within a response.
    Amid(io::Error),
}

impl From<NotHttp> for Broken {
    fn from(_: NotHttp) -> Self {
        Self::NotHttp
    }
}

/// A connection to a receiver, or through a proxy.
pub(super) struct Connection {
    stream: Stream,
    input: Input,
    max_response_size: usize,
    /// Whether another request may follow.
    pub(super) is_reusable: bool,
    /// The time of the last response.
    used: Instant,
}

pub(super) enum Stream {
    Plain(Socket),
    #[cfg(feature = "tls")]
    Tls(Box<TlsStream>),
}

/// Connects to the first of these addresses that accepts.
pub(super) fn connect(addresses: &[SocketAddr], deadline: Deadline) -> io::Result<Socket> {
    let mut failure = io::Error::from(ErrorKind::AddrNotAvailable);
    for (at, address) in addresses.iter().enumerate() {
        let is_last = at + 1 == addresses.len();
        let left = match deadline.left() {
            _ if !is_last => Some(deadline.left_up_to(TIME_FOR_ADDRESS)),
            left => left,
        };
        let connected = match left {
            Some(left) if left.is_zero() => return Err(ErrorKind::TimedOut.into()),
            Some(left) => TcpStream::connect_timeout(address, left),
            None => TcpStream::connect(address),
        };
        match connected {
            Ok(stream) => {
                // Without it the end of a request may wait for an acknowledgement.
                let _ = stream.set_nodelay(true);
                return Ok(Socket::new(stream));
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

impl Connection {
    /// Creates a connection over which responses of this size are read.
    pub(super) fn new(stream: Stream, max_response_size: usize) -> Self {
        Self {
            stream,
            input: Input::default(),
            max_response_size,
            is_reusable: false,
            used: Instant::now(),
        }
    }

    /// Returns the underlying stream, once nothing is left to be read.
    #[cfg(feature = "tls")]
    pub(super) fn into_stream(self) -> Option<Socket> {
        match self.stream {
            Stream::Plain(stream) if self.input.is_empty() => Some(stream),
            _ => None,
        }
    }

    /// Returns whether the other side still waits for a request, as far as that can be seen: it may close
    /// the connection at any time.
    pub(super) fn is_alive(&mut self) -> bool {
        let is_fresh = self.used.elapsed() < FRESH;
        self.is_reusable && (is_fresh || matches!(self.receive_at_once(), Ok(None)))
    }

    /// Sends a request and receives its response.
    pub(super) fn exchange(
        &mut self,
        head: &[u8],
        body: &[u8],
        deadline: Deadline,
    ) -> Result<Response, Broken> {
        self.is_reusable = false;
        let sent = self.send(head, body, deadline);
        if let Err(Broken::Late) = sent {
            return Err(Broken::Late);
        }
        // If sending failed, the receiver may have sent the reason before it closed.
        match (self.receive_response(deadline), sent) {
            // It cannot have accepted what it has not read.
            (Ok(response), Ok(false) | Err(_)) if (200..300).contains(&response.head.status) => {
                let cause = "it answered before it had the whole request";
                Err(Broken::Amid(io::Error::other(cause)))
            }
            (Ok(response), sent) => {
                let is_whole = !response.is_cut && self.input.is_empty();
                self.used = Instant::now();
                self.is_reusable =
                    response.head.keeps_alive && is_whole && matches!(sent, Ok(true));
                Ok(response)
            }
            (Err(Broken::Silent(_)), Err(cause)) | (Err(cause), _) => Err(cause),
        }
    }

    /// Requests a tunnel from a proxy; the bytes after the head of its response belong to the receiver.
    #[cfg(feature = "tls")]
    pub(super) fn open_tunnel(
        &mut self,
        request: &[u8],
        deadline: Deadline,
    ) -> Result<Head, Broken> {
        self.send(request, &[], deadline)?;
        self.receive_head(deadline)
    }

    /// Returns whether all of it was sent; false if the receiver has answered before.
    fn send(&mut self, head: &[u8], body: &[u8], deadline: Deadline) -> Result<bool, Broken> {
        let (mut head, mut body) = (head, body);
        let mut is_first = true;
        while !head.is_empty() || !body.is_empty() {
            if !std::mem::take(&mut is_first) && self.has_answer().map_err(Broken::Silent)? {
                return Ok(false);
            }
            let slice = deadline.left_up_to(LOOK);
            if slice.is_zero() {
                return Err(Broken::Late);
            }
            let part = &body[..body.len().min(PART)];
            let socket = self.stream.socket();
            let written = socket
                .set_write_timeout(slice)
                // TLS reads as well, in a handshake and while it cannot write.
                .and_then(|()| socket.set_read_timeout(Some(slice)))
                .and_then(|()| {
                    self.stream.write_vectored(&[IoSlice::new(head), IoSlice::new(part)])
                });
            match written {
                Ok(0) => return Err(Broken::Silent(ErrorKind::WriteZero.into())),
                Ok(written) => {
                    let of_head = written.min(head.len());
                    head = &head[of_head..];
                    body = &body[written - of_head..];
                }
                Err(error) if is_no_progress(&error) => {}
                Err(error) => return Err(Broken::Silent(error)),
            }
        }
        while let Err(error) = self.stream.flush() {
            if !is_no_progress(&error) {
                return Err(Broken::Silent(error));
            }
            if deadline.is_over() {
                return Err(Broken::Late);
            }
            if self.has_answer().map_err(Broken::Silent)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns whether the head of the final response has come, while more could be sent.
    fn has_answer(&mut self) -> io::Result<bool> {
        match self.receive_at_once() {
            Ok(None) => return Ok(false),
            // It closed; its earlier bytes have been received.
            Ok(Some(0)) => return Ok(true),
            Ok(Some(_)) => {}
            Err(error) => return Err(error),
        }
        loop {
            match Head::parse(self.input.bytes()) {
                Ok(Some(head)) if head.is_interim() => self.input.consume(head.len),
                Ok(None) => return Ok(false),
                Ok(Some(_)) | Err(NotHttp) => return Ok(true),
            }
        }
    }

    fn receive_head(&mut self, deadline: Deadline) -> Result<Head, Broken> {
        loop {
            match Head::parse(self.input.bytes())? {
                Some(head) => {
                    self.input.consume(head.len);
                    if !head.is_interim() {
                        return Ok(head);
                    }
                }
                None if self.receive(deadline)? > 0 => {}
                None if self.input.is_empty() => {
                    let cause = "it closed the connection without an answer";
                    let error = io::Error::new(ErrorKind::UnexpectedEof, cause);
                    return Err(Broken::Silent(error));
                }
                None => return Err(Broken::Amid(ErrorKind::UnexpectedEof.into())),
            }
        }
    }

    fn receive_response(&mut self, deadline: Deadline) -> Result<Response, Broken> {
        let head = self.receive_head(deadline)?;
        let mut body = Body::new(head.framing, self.max_response_size);
        loop {
            let (taken, is_over) = body.take(self.input.bytes())?;
            self.input.consume(taken);
            if is_over {
                break;
            }
            match self.receive(deadline) {
                Ok(0) if body.ends_with_connection() => break,
                Ok(0) | Err(_) if head.status >= 300 => {
                    // A refusal counts even if its explanation is cut short.
                    body.is_cut = true;
                    break;
                }
                Ok(0) => return Err(Broken::Amid(ErrorKind::UnexpectedEof.into())),
                Ok(_) => {}
                Err(Broken::Silent(error)) => return Err(Broken::Amid(error)),
                Err(broken) => return Err(broken),
            }
        }
        Ok(Response { head, is_cut: body.is_cut, body: body.bytes })
    }

    /// Waits for more; returns zero at the end.
    fn receive(&mut self, deadline: Deadline) -> Result<usize, Broken> {
        // Most answers come at once, within the timeout that is set already.
        let mut timeout = Some(deadline.left_up_to(LOOK));
        loop {
            if timeout == Some(Duration::ZERO) {
                return Err(Broken::Late);
            }
            let timed = self.stream.socket().set_read_timeout(timeout);
            match timed.and_then(|()| self.input.read(&mut self.stream)) {
                Ok(read) => return Ok(read),
                Err(error) if is_no_progress(&error) => timeout = deadline.left(),
                Err(error) => return Err(Broken::Silent(error)),
            }
        }
    }

    /// Receives bytes without waiting; `None` if there are none.
    fn receive_at_once(&mut self) -> io::Result<Option<usize>> {
        self.stream.socket().set_nonblocking(true)?;
        let read = self.input.read(&mut self.stream);
        self.stream.socket().set_nonblocking(false)?;
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if is_no_progress(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn is_no_progress(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

impl Stream {
    fn socket(&mut self) -> &mut Socket {
        match self {
            Self::Plain(stream) => stream,
            #[cfg(feature = "tls")]
            Self::Tls(stream) => &mut stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => match stream.read(buffer) {
                // Many servers close a TLS connection without a notification.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write_vectored(parts),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.write_vectored(parts),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            #[cfg(feature = "tls")]
            Self::Tls(stream) => stream.flush(),
        }
    }
}
