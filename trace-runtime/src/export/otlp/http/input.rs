//! Holds the bytes that a connection has received and that are not parsed yet.

use std::io::{self, Read};
use std::ops::Range;

/// The size of the buffer, and of what is added to it while a head is longer.
const BUFFER: usize = 4 * 1024;

/// A buffer that is reused for all responses of a connection.
#[derive(Default)]
pub(super) struct Input {
    buffer: Vec<u8>,
    unparsed: Range<usize>,
}

impl Input {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.unparsed.clone()]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unparsed.is_empty()
    }

    /// Removes the first bytes.
    pub(super) fn consume(&mut self, len: usize) {
        self.unparsed.start += len;
        if self.unparsed.is_empty() {
            self.unparsed = 0..0;
        }
    }

    /// Reads once; returns zero at the end of the stream.
    pub(super) fn read(&mut self, stream: &mut impl Read) -> io::Result<usize> {
        if self.unparsed.end == self.buffer.len() {
            self.buffer.copy_within(self.unparsed.clone(), 0);
            self.unparsed = 0..self.unparsed.len();
            if self.unparsed.end == self.buffer.len() {
                self.buffer.resize(self.buffer.len() + BUFFER, 0);
            }
        }
        let read = stream.read(&mut self.buffer[self.unparsed.end..])?;
        self.unparsed.end += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_until_they_are_consumed() {
        let sent: Vec<u8> = (0..50_000u32).map(|at| (at % 251) as u8).collect();
        let mut stream = &sent[..];
        let mut input = Input::default();
        let mut received = Vec::new();
        while input.read(&mut stream).unwrap() > 0 {
            if input.bytes().len() > 9_000 {
                received.extend_from_slice(&input.bytes()[..8_000]);
                input.consume(8_000);
            }
        }
        received.extend_from_slice(input.bytes());
        input.consume(input.bytes().len());
        assert!(received == sent && input.is_empty());
        assert!(input.buffer.len() <= 4 * BUFFER, "{}", input.buffer.len());
    }
}
