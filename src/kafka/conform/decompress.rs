//! The four codecs of record batches, as far as reading them goes.
//!
//! Refuses to compress, and to say why a body cannot be read. Source: clients `Compression` (4.1).

use crate::batch::Compression;
use std::io::Read;

/// The records' bytes; none when the body is not of that codec.
pub(super) fn decompress(codec: Compression, body: &[u8]) -> Option<Vec<u8>> {
    match codec {
        Compression::None => Some(body.to_vec()),
        Compression::Gzip => gzip(body),
        Compression::Snappy => snappy(body),
        Compression::Lz4 => all(lz4_flex::frame::FrameDecoder::new(body)),
        Compression::Zstd => all(ruzstd::decoding::StreamingDecoder::new(body).ok()?),
    }
}

fn all(mut reader: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).ok().map(|_| bytes)
}

/// A header without optional fields, as `GZIPOutputStream` writes it, and a trailer of eight bytes.
/// Source: RFC 1952.
fn gzip(body: &[u8]) -> Option<Vec<u8>> {
    let packed = body.strip_prefix(&[0x1f, 0x8b, 8, 0])?.get(6..)?;
    let (packed, _trailer) = packed.split_last_chunk::<8>()?;
    miniz_oxide::inflate::decompress_to_vec(packed).ok()
}

/// Blocks behind a header of its own, each with its length before it. Source: snappy-java.
fn snappy(body: &[u8]) -> Option<Vec<u8>> {
    let mut blocks = body.strip_prefix(b"\x82SNAPPY\0")?.get(8..)?;
    let mut bytes = Vec::new();
    while let Some((length, rest)) = blocks.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (block, rest) = rest.split_at_checked(length)?;
        bytes.extend(snap::raw::Decoder::new().decompress_vec(block).ok()?);
        blocks = rest;
    }
    Some(bytes)
}
