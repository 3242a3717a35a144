//! Parses responses of HTTP/1.1 as their bytes come.
//!
//! `httparse` parses the head; the body is framed here
//! ([message body length](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)).

use std::mem::MaybeUninit;
use std::ops::Range;

/// The maximum length of a head.
const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
/// The head of a response.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) reason: String,
    pub(super) content_type: Option<String>,
    pub(super) retry_after: Option<String>,
    pub(super) framing: Framing,
    /// Whether the connection can be reused for another request.
    pub(super) keeps_alive: bool,
    /// Its length in bytes.
    pub(super) len: usize,
}

/// The end of a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Framing {
    #[default]
    Empty,
    Length(u64),
    Chunked,
    /// The end of the connection.
    Close,
}

/// The bytes are not HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotHttp;

impl Head {
    /// Parses the received bytes; `None` if more are needed.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<Self>, NotHttp> {
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let len = match config.parse_response_with_uninit_headers(&mut parsed, bytes, &mut headers)
        {
            Ok(httparse::Status::Complete(len)) => len,
            Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
            _ => return Err(NotHttp),
        };
        let status = parsed.code.ok_or(NotHttp)?;
        let mut head = Self {
            status,
            reason: parsed.reason.unwrap_or_default().to_owned(),
            framing: Framing::Close,
            keeps_alive: parsed.version == Some(1),
            len,
            ..Self::default()
        };
        for header in parsed.headers {
            let value = String::from_utf8_lossy(header.value);
            let value = value.trim();
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            let has = |token: &str| {
                value.split(',').any(|found| found.trim().eq_ignore_ascii_case(token))
            };
            if is("content-type") {
                head.content_type = Some(value.to_owned());
            } else if is("retry-after") {
                head.retry_after = Some(value.to_owned());
            } else if is("transfer-encoding") {
                // All codings except chunks alone end with the connection.
                head.framing = if value.eq_ignore_ascii_case("chunked") {
                    Framing::Chunked
                } else {
                    Framing::Close
                };
            } else if is("content-length") && head.framing != Framing::Chunked {
                let is_number = value.bytes().all(|digit| digit.is_ascii_digit());
                let length = value.parse().ok().filter(|_| is_number).ok_or(NotHttp)?;
                if matches!(head.framing, Framing::Length(other) if other != length) {
                    return Err(NotHttp);
                }
                head.framing = Framing::Length(length);
            } else if is("connection") {
                head.keeps_alive &= !has("close");
            }
        }
        if matches!(status, 100..200 | 204 | 304) {
            head.framing = Framing::Empty;
        }
        Ok(Some(head))
    }

    /// Returns whether another response to the same request follows.
    pub(super) fn is_interim(&self) -> bool {
        // The request switches no protocol (101).
        matches!(self.status, 100 | 102..200)
    }
}

/// A body, of which parts come.
#[derive(Debug)]
pub(super) struct Body {
    framing: Framing,
    /// The maximum length of the part that is read.
    most: usize,
    /// For chunks: the rest of the current one.
    left_of_chunk: Option<u64>,
    pub(super) bytes: Vec<u8>,
    /// Whether it was longer than the part that is read.
    pub(super) is_cut: bool,
}

impl Body {
    /// Creates a body of which up to `most` bytes are read.
    pub(super) fn new(framing: Framing, most: usize) -> Self {
        Self { framing, most, left_of_chunk: None, bytes: Vec::new(), is_cut: false }
    }

    /// Takes received bytes; returns their number, and whether the body ends with them.
    pub(super) fn take(&mut self, input: &[u8]) -> Result<(usize, bool), NotHttp> {
        match self.framing {
            Framing::Empty => Ok((0, true)),
            Framing::Close => {
                self.keep(input, 0..input.len());
                Ok((input.len(), self.is_cut))
            }
            Framing::Length(length) => {
                let missing = length.saturating_sub(self.bytes.len() as u64);
                let len = usize::try_from(missing).unwrap_or(usize::MAX).min(input.len());
                self.keep(input, 0..len);
                Ok((len, self.is_cut || self.bytes.len() as u64 == length))
            }
            Framing::Chunked => self.take_chunks(input),
        }
    }

    fn take_chunks(&mut self, input: &[u8]) -> Result<(usize, bool), NotHttp> {
        let mut at = 0;
        let is_over = loop {
            match self.left_of_chunk {
                Some(0) => {
                    // The line break after a chunk.
                    let Some(end) = input.get(at..at + 2) else { break false };
                    if end != b"\r\n" {
                        return Err(NotHttp);
                    }
                    at += 2;
                    self.left_of_chunk = None;
                }
                Some(left) => {
                    let here = input.len() - at;
                    let len = usize::try_from(left).unwrap_or(usize::MAX).min(here);
                    self.keep(input, at..at + len);
                    at += len;
                    self.left_of_chunk = Some(left - len as u64);
                    if self.is_cut {
                        break true;
                    }
                    if len == here {
                        break false;
                    }
                }
                None => match httparse::parse_chunk_size(&input[at..]).map_err(|_| NotHttp)? {
                    httparse::Status::Partial if input.len() - at > MAX_HEAD => {
                        return Err(NotHttp);
                    }
                    httparse::Status::Partial => break false,
                    // Trailers are ignored; if there are none, the final line break is consumed.
                    httparse::Status::Complete((len, 0)) => {
                        let end = &input[at + len..];
                        if end.len() < 2 {
                            break false;
                        }
                        at += if end.starts_with(b"\r\n") { len + 2 } else { len };
                        break true;
                    }
                    httparse::Status::Complete((len, size)) => {
                        at += len;
                        self.left_of_chunk = Some(size);
                    }
                },
            }
        };
        Ok((at, is_over))
    }

    /// Returns whether it is complete when the connection ends.
    pub(super) fn ends_with_connection(&self) -> bool {
        self.framing == Framing::Close
    }

    fn keep(&mut self, input: &[u8], range: Range<usize>) {
        let room = self.most - self.bytes.len();
        let len = range.len().min(room);
        self.bytes.extend_from_slice(&input[range.start..range.start + len]);
        self.is_cut |= len < range.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the whole response, parsed `step` bytes at a time.
    fn read(text: &[u8], step: usize) -> Option<(Head, Vec<u8>)> {
        let mut input = Vec::new();
        let mut parts = text.chunks(step);
        let head = loop {
            if let Some(head) = Head::parse(&input).ok()? {
                break head;
            }
            input.extend_from_slice(parts.next()?);
        };
        input.drain(..head.len);
        let mut body = Body::new(head.framing, 1_000);
        loop {
            let (taken, is_over) = body.take(&input).ok()?;
            input.drain(..taken);
            if is_over {
                break;
            }
            match parts.next() {
                Some(part) => input.extend_from_slice(part),
                None if body.ends_with_connection() => break,
                None => return None,
            }
        }
        Some((head, body.bytes))
    }

    #[test]
    fn bodies_end_where_their_framing_says() {
        let cases: [(&str, &str, bool); 7] = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "hello", true),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
                "hello",
                true,
            ),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", "hello", false),
            ("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", "", false),
            ("HTTP/1.1 204 No Content\r\n\r\n", "", true),
            (
                "HTTP/1.1 413 \r\nRetry-After: 7\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nno",
                "no",
                true,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML\r\nconnection: x, CLOSE\r\n\r\n",
                "",
                false,
            ),
        ];
        for (text, expected, keeps_alive) in cases {
            for step in [1, 2, 7, 1_000] {
                let (head, body) = read(text.as_bytes(), step).unwrap();
                assert_eq!(String::from_utf8_lossy(&body), expected, "{text}");
                assert_eq!(head.keeps_alive, keeps_alive, "{text}");
            }
        }
    }

    #[test]
    fn what_is_not_http_is_told_from_what_is_not_whole() {
        for text in [
            "SSH-2.0-OpenSSH_9.6\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        ] {
            assert_eq!(Head::parse(text.as_bytes()), Err(NotHttp), "{text}");
        }
        assert_eq!(Head::parse(b"HTTP/1.1 200 OK\r\nx: y\r\n"), Ok(None));
        let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(MAX_HEAD));
        assert_eq!(Head::parse(endless.as_bytes()), Err(NotHttp));
        let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc";
        assert!(read(chunks, 1_000).is_none());
    }

    #[test]
    fn no_more_than_the_limit_is_kept() {
        let mut body = Body::new(Framing::Length(1 << 40), 4 << 20);
        let mut is_over = false;
        while !is_over {
            (_, is_over) = body.take(&[0; 1 << 20]).unwrap();
        }
        assert!(body.is_cut && body.bytes.len() == 4 << 20);
    }
}
