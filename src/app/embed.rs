//! The door of an embedded stage: typed, versioned, size-limited messages, nothing else.
//!
//! Refuses to know the document; `page::embed` listens and sends.

use replicascope::scene::{Instant, Span};
use serde::{Deserialize, Serialize};

pub const VERSION: u32 = 1;
/// Longest message that is read, in characters.
pub const LIMIT: usize = 1_024;

/// What the page around the frame may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Seek(Instant),
    Play,
    Pause,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    version: u32,
    /// Milliseconds of virtual time.
    at_ms: Option<u64>,
}

/// Reads a message; anything that is not exactly one of ours is nothing.
pub fn read(json: &str) -> Option<Asked> {
    if json.len() > LIMIT {
        return None;
    }
    let message: Message = serde_json::from_str(json).ok()?;
    if message.version != VERSION {
        return None;
    }
    match (message.kind.as_str(), message.at_ms) {
        ("replicascope:seek", Some(ms)) => {
            Some(Asked::Seek(Instant::ZERO + Span(ms.checked_mul(1_000)?)))
        }
        ("replicascope:play", None) => Some(Asked::Play),
        ("replicascope:pause", None) => Some(Asked::Pause),
        _ => None,
    }
}

#[derive(Serialize)]
struct Height {
    #[serde(rename = "type")]
    kind: &'static str,
    version: u32,
    height: u32,
}

/// The message that says how tall the stage is.
pub fn height(pixels: u32) -> String {
    let message = Height { kind: "replicascope:height", version: VERSION, height: pixels };
    serde_json::to_string(&message).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_messages_are_read() {
        let seek = r#"{"type":"replicascope:seek","version":1,"at_ms":12500}"#;
        assert_eq!(read(seek), Some(Asked::Seek(Instant(12_500_000))));
        let play = r#"{"type":"replicascope:play","version":1}"#;
        assert_eq!(read(play), Some(Asked::Play));
        let pause = r#"{"version":1,"type":"replicascope:pause"}"#;
        assert_eq!(read(pause), Some(Asked::Pause));
    }

    #[test]
    fn everything_else_is_nothing() {
        let long =
            format!(r#"{{"type":"replicascope:play","version":1,"x":"{}"}}"#, "y".repeat(2_000));
        for text in [
            "",
            "null",
            "[]",
            r#""replicascope:play""#,
            r#"{"type":"replicascope:play"}"#,
            r#"{"type":"replicascope:play","version":2}"#,
            r#"{"type":"replicascope:play","version":1,"extra":true}"#,
            r#"{"type":"replicascope:seek","version":1}"#,
            r#"{"type":"replicascope:seek","version":1,"at_ms":-4}"#,
            r#"{"type":"replicascope:seek","version":1,"at_ms":18446744073709551615}"#,
            long.as_str(),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_height_is_announced_in_the_documented_form() {
        assert_eq!(height(640), r#"{"type":"replicascope:height","version":1,"height":640}"#);
    }
}
