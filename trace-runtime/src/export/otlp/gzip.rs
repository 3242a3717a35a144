//! Compresses requests with gzip ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)).
//!
//! The state of the compressor takes more memory than most requests, so it is kept between them. Head
//! and trailer are written here, because `flate2`'s encoder of gzip cannot be reset.

use flate2::{Compress, CompressError, Compression, Crc, FlushCompress, Status};

/// Deflate, no optional fields, no time, no extra flags, an unknown operating system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// The least room for output that the compressor gets.
const ROOM: usize = 4 * 1024;

#[derive(Debug)]
pub(super) struct Gzip {
    deflate: Compress,
    output: Vec<u8>,
}

impl Gzip {
    pub(super) fn new() -> Self {
        // Requests are so repetitive that a higher level takes three times as long and saves little.
        Self { deflate: Compress::new(Compression::fast(), false), output: Vec::new() }
    }

    /// Returns the compressed bytes.
    pub(super) fn compress(&mut self, bytes: &[u8]) -> Result<&[u8], CompressError> {
        let Self { deflate, output } = self;
        deflate.reset();
        output.clear();
        output.extend_from_slice(&HEAD);
        let mut rest = bytes;
        loop {
            output.reserve(ROOM.max(rest.len() / 8));
            let before = deflate.total_in();
            let status = deflate.compress_vec(rest, output, FlushCompress::Finish)?;
            let taken = usize::try_from(deflate.total_in() - before).unwrap_or(rest.len());
            rest = &rest[taken..];
            if status == Status::StreamEnd {
                break;
            }
        }
        let mut sum = Crc::new();
        sum.update(bytes);
        output.extend_from_slice(&sum.sum().to_le_bytes());
        // The length modulo 2³².
        output.extend_from_slice(&sum.amount().to_le_bytes());
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_compressed_can_be_read_again() {
        let mut gzip = Gzip::new();
        let mut noise = 1u32;
        let mut noisy = |len: usize| -> Vec<u8> {
            let next = |_| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (noise >> 24) as u8
            };
            (0..len).map(next).collect()
        };
        for bytes in [Vec::new(), b"a".to_vec(), vec![7; 1 << 20], noisy(300_000), noisy(10)] {
            let compressed = gzip.compress(&bytes).unwrap();
            let mut read = Vec::new();
            flate2::read::GzDecoder::new(compressed).read_to_end(&mut read).unwrap();
            assert!(read == bytes, "{}", bytes.len());
        }
    }
}
