//! A place in a run as text that fits a link: versioned, compressed, strictly decoded.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lesson::Lang;
use scene::{SavedRun, Told};
use serde::{Deserialize, Serialize};

/// First character of every link of this format.
const VERSION: char = '1';
/// Longest link that is read, in characters.
pub const LINK_LIMIT: usize = 64 * 1024;
/// Longest content that a link may unpack to, in bytes.
pub const CONTENT_LIMIT: usize = 1024 * 1024;

/// What a share link holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub run: SavedRun,
    /// Lesson and step, when the run belongs to a lesson.
    pub lesson: Option<String>,
    pub step: Option<String>,
    pub lang: Lang,
    /// `light`, `dark` or nothing for the reader's own.
    pub theme: Option<String>,
    /// What stands beside the run, as [`Beside`](crate::twin::Beside) writes it; links of before it
    /// was thought of have nothing there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

/// Why a link cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    Empty,
    TooLong,
    /// It was made by another version of the format.
    Version(char),
    /// A character stands in it that cannot be part of a link; its position from 0.
    Character(usize),
    /// It was cut off, or changed on the way.
    Damaged,
    /// It unpacks to more than is allowed.
    TooLarge,
    /// It unpacked, but what it says makes no sense; the reader's own words.
    Content(String),
}

impl LinkError {
    /// What is wrong, for the reader.
    #[must_use]
    pub fn told(&self) -> Told {
        match self {
            LinkError::Empty => Told::new("link.empty"),
            LinkError::TooLong => Told::new("link.too-long").with("limit", LINK_LIMIT as u64),
            LinkError::Version(c) => Told::new("link.version").with("version", c.to_string()),
            LinkError::Character(at) => Told::new("link.character").with("at", *at as u64 + 1),
            LinkError::Damaged => Told::new("link.damaged"),
            LinkError::TooLarge => Told::new("link.too-large").with("limit", CONTENT_LIMIT as u64),
            LinkError::Content(why) => Told::new("link.content").with("why", why.clone()),
        }
    }
}

/// The text of a link: letters, digits, `-` and `_` only.
#[must_use]
pub fn encode(place: &Place) -> String {
    let json = serde_json::to_vec(place).expect("a place is plain data");
    let mut packed = miniz_oxide::deflate::compress_to_vec(&json, 9);
    packed.extend_from_slice(&checksum(&json).to_le_bytes());
    format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(packed))
}

/// Reads a link. Every text gives a place or says what is wrong with it.
///
/// # Errors
/// See [`LinkError`].
pub fn decode(text: &str) -> Result<Place, LinkError> {
    let mut chars = text.chars();
    let version = chars.next().ok_or(LinkError::Empty)?;
    if version != VERSION {
        return Err(LinkError::Version(version));
    }
    if text.len() > LINK_LIMIT {
        return Err(LinkError::TooLong);
    }
    let packed = URL_SAFE_NO_PAD.decode(chars.as_str()).map_err(|error| match error {
        base64::DecodeError::InvalidByte(at, _) => LinkError::Character(at + 1),
        _ => LinkError::Damaged,
    })?;
    let (body, sum) = packed.split_last_chunk::<4>().ok_or(LinkError::Damaged)?;
    let json = miniz_oxide::inflate::decompress_to_vec_with_limit(body, CONTENT_LIMIT).map_err(
        |error| match error.status {
            miniz_oxide::inflate::TINFLStatus::HasMoreOutput => LinkError::TooLarge,
            _ => LinkError::Damaged,
        },
    )?;
    if checksum(&json).to_le_bytes() != *sum {
        return Err(LinkError::Damaged);
    }
    serde_json::from_slice(&json).map_err(|error| LinkError::Content(error.to_string()))
}

/// FNV-1a: enough to tell a link that was damaged on the way.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
