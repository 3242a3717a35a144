//! Writes and reads the part of protobuf's wire format that OTLP needs
//! ([encoding](https://protobuf.dev/programming-guides/encoding/)).
//!
//! prost computes the length of each message before it writes it, and so visits every value twice.
//! It would also add a dependency with a derive macro, to save forty lines.

pub(super) const VARINT: u32 = 0;
pub(super) const FIXED64: u32 = 1;
pub(super) const BYTES: u32 = 2;
pub(super) const FIXED32: u32 = 5;

/// Appends a number as a varint: in groups of seven bits.
#[inline]
pub(super) fn varint(out: &mut Vec<u8>, value: u64) {
    if value < 0x80 {
        out.push(value as u8);
    } else if value >> 28 == 0 {
        // HOT: without a loop, whose end the processor would have to guess.
        let value = value as u32;
        let groups = [0, 7, 14, 21].map(|shift| value >> shift & 0x7f);
        let spread = groups[0] | groups[1] << 8 | groups[2] << 16 | groups[3] << 24;
        let len = varint_len(value.into());
        let more = 0x0080_8080 >> (8 * (4 - len));
        out.extend_from_slice(&(spread | more).to_le_bytes());
        out.truncate(out.len() - (4 - len));
    } else {
        long_varint(out, value);
    }
}

fn long_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a number as a varint; returns the number of bytes.
#[inline]
pub(super) fn put_varint(out: &mut [u8], mut value: u64) -> usize {
    let mut len = 0;
    while value >= 0x80 {
        out[len] = value as u8 | 0x80;
        value >>= 7;
        len += 1;
    }
    out[len] = value as u8;
    len + 1
}

/// Returns the number of bytes that a varint takes.
#[inline]
pub(super) fn varint_len(value: u64) -> usize {
    let bits = u64::BITS - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// Appends a varint field, even if it is zero.
#[inline]
pub(super) fn number(out: &mut Vec<u8>, field: u32, value: u64) {
    varint(out, u64::from(field << 3 | VARINT));
    varint(out, value);
}

/// Appends a varint field, or nothing if it is zero, its default.
#[inline]
pub(super) fn count(out: &mut Vec<u8>, field: u32, value: u32) {
    if value != 0 {
        number(out, field, value.into());
    }
}

/// Appends a `fixed64` or `double` field.
#[inline]
pub(super) fn fixed64(out: &mut Vec<u8>, field: u32, value: u64) {
    varint(out, u64::from(field << 3 | FIXED64));
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a `fixed32` field.
#[inline]
pub(super) fn fixed32(out: &mut Vec<u8>, field: u32, value: u32) {
    varint(out, u64::from(field << 3 | FIXED32));
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a `bytes` or `string` field, even if it is empty.
#[inline]
pub(super) fn bytes(out: &mut Vec<u8>, field: u32, value: &[u8]) {
    varint(out, u64::from(field << 3 | BYTES));
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Appends a `string` field, or nothing if it is empty, its default.
#[inline]
pub(super) fn text(out: &mut Vec<u8>, field: u32, value: &str) {
    if !value.is_empty() {
        bytes(out, field, value.as_bytes());
    }
}

/// Appends a message field. The length is written last, into `WIDTH` bytes that are left free for
/// it. The message moves in the rare case that its length takes more or fewer bytes.
#[inline]
pub(super) fn message<const WIDTH: usize>(
    out: &mut Vec<u8>,
    field: u32,
    fill: impl FnOnce(&mut Vec<u8>),
) {
    varint(out, u64::from(field << 3 | BYTES));
    let at = out.len();
    out.extend_from_slice(&[0; WIDTH]);
    fill(out);
    let len = out.len() - at - WIDTH;
    let width = varint_len(len as u64);
    if width != WIDTH {
        out.resize(out.len().max(at + width + len), 0);
        out.copy_within(at + WIDTH..at + WIDTH + len, at + width);
        out.truncate(at + width + len);
    }
    put_varint(&mut out[at..], len as u64);
}

/// A field that was read from a message.
#[derive(Debug, PartialEq)]
pub(in crate::export::otlp) enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Iterates over the fields of a message, with their numbers; ends at the first invalid byte.
pub(in crate::export::otlp) fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u32, Field<'_>)> {
    std::iter::from_fn(move || next_field(&mut bytes))
}

/// Returns whether all bytes form a valid message.
pub(in crate::export::otlp) fn is_message(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        match next_field(&mut bytes) {
            None | Some((0, _)) => return false,
            Some(_) => {}
        }
    }
    true
}

fn next_field<'a>(bytes: &mut &'a [u8]) -> Option<(u32, Field<'a>)> {
    let key = read_varint(bytes)?;
    let field = match key as u32 & 7 {
        VARINT => Field::Number(read_varint(bytes)?),
        FIXED64 => Field::Number(u64::from_le_bytes(*bytes.split_off(..8)?.first_chunk()?)),
        BYTES => {
            let len = usize::try_from(read_varint(bytes)?).ok()?;
            Field::Bytes(bytes.split_off(..len)?)
        }
        FIXED32 => Field::Number(u32::from_le_bytes(*bytes.split_off(..4)?.first_chunk()?).into()),
        _ => return None,
    };
    Some(((key >> 3) as u32, field))
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_as_short_as_they_can_be() {
        for len in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
            let filler = vec![7; len];
            let mut expected = Vec::new();
            bytes(&mut expected, 3, &filler);
            let mut out = [Vec::new(), Vec::new(), Vec::new()];
            message::<1>(&mut out[0], 3, |out| out.extend_from_slice(&filler));
            message::<2>(&mut out[1], 3, |out| out.extend_from_slice(&filler));
            message::<3>(&mut out[2], 3, |out| out.extend_from_slice(&filler));
            assert!(out.iter().all(|out| *out == expected), "{len}");
        }
    }

    #[test]
    fn numbers_of_all_lengths_can_be_read() {
        for shift in 0..u64::BITS {
            let power = 1_u64 << shift;
            for value in [power - 1, power, power + 1, power | power >> 1] {
                let mut out = vec![7];
                varint(&mut out, value);
                assert_eq!(out.len() - 1, varint_len(value), "{value}");
                let mut bytes = &out[1..];
                assert_eq!(read_varint(&mut bytes), Some(value));
                assert!(bytes.is_empty(), "{value}");
            }
        }
    }

    #[test]
    fn written_fields_can_be_read() {
        let mut out = Vec::new();
        number(&mut out, 1, u64::MAX);
        text(&mut out, 2, "text");
        text(&mut out, 3, "");
        fixed64(&mut out, 4, 5);
        fixed32(&mut out, 16, 6);
        let read: Vec<_> = fields(&out).collect();
        let expected = [
            (1, Field::Number(u64::MAX)),
            (2, Field::Bytes(b"text")),
            (4, Field::Number(5)),
            (16, Field::Number(6)),
        ];
        assert_eq!(read, expected);
        // A message that is cut anywhere neither panics nor yields wrong fields.
        for end in 0..out.len() {
            assert!(fields(&out[..end]).zip(&read).all(|(field, whole)| field == *whole));
        }
        assert!(is_message(&out) && is_message(b"") && !is_message(&out[..out.len() - 1]));
        assert!(!is_message(b"<html>") && !is_message(b"OK") && !is_message(b"{}"));
    }
}
