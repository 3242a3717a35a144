//! Frames a request as gRPC's only message, in a buffer that is reused
//! ([length-prefixed message](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md)).

use crate::export::otlp::gzip::Gzip;
use bytes::{BufMut, Bytes, BytesMut};

/// The length of what precedes the bytes: whether they are compressed, and their number.
const PREFIX: usize = 5;

pub(super) struct Framer {
    /// Its memory is reused once the previous message has been sent.
    buffer: BytesMut,
    gzip: Option<Gzip>,
}

impl Framer {
    pub(super) fn new(gzip: bool) -> Self {
        Self { buffer: BytesMut::new(), gzip: gzip.then(Gzip::new) }
    }

    /// Returns the message with these bytes.
    pub(super) fn frame(&mut self, bytes: &[u8]) -> Result<Bytes, String> {
        let (is_compressed, bytes) = match &mut self.gzip {
            Some(gzip) => (true, gzip.compress(bytes).map_err(|error| error.to_string())?),
            None => (false, bytes),
        };
        let len = u32::try_from(bytes.len()).map_err(|_| "a message has at most 4 GiB")?;
        self.buffer.reserve(PREFIX + bytes.len());
        self.buffer.put_u8(is_compressed.into());
        self.buffer.put_u32(len);
        self.buffer.put_slice(bytes);
        Ok(self.buffer.split().freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_its_length_in_front_and_reuses_memory() {
        let mut framer = Framer::new(false);
        let message = framer.frame(b"abc").unwrap();
        assert_eq!(&message[..], b"\0\0\0\0\x03abc");
        drop(message);
        let large = [0; 1_000];
        let [_, memory] = [0; 2].map(|_| framer.frame(&large).unwrap().as_ptr());
        let kept = framer.frame(&large).unwrap();
        assert_eq!(kept.as_ptr(), memory);
        // Memory of a message that is still being sent is left alone.
        assert_ne!(framer.frame(&large).unwrap().as_ptr(), memory);
    }

    #[test]
    fn compressed_messages_are_marked() {
        let message = Framer::new(true).frame(&[7; 1_000]).unwrap();
        assert_eq!((message[0], &message[5..7]), (1, &[0x1f, 0x8b][..]));
        assert_eq!(message[1..5], u32::try_from(message.len() - PREFIX).unwrap().to_be_bytes());
    }
}
