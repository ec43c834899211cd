//! What is drawn: each component gets plain data and a callback, and keeps nothing of the run.
//!
//! Refuses to know sessions; only the playhead moves without a new rendering.

pub mod bar;
pub mod bytes;
pub mod charts;
pub mod cluster;
pub mod console;
pub mod course;
pub mod decision;
pub mod dialog;
pub mod draw;
pub mod faults;
pub mod flights;
pub mod groups;
pub mod help;
pub mod host;
pub mod icon;
pub mod inspector;
pub mod legend;
pub mod matrix;
pub mod narration;
pub mod pair;
pub mod panel;
pub mod phases;
pub mod picture;
pub mod prose;
pub mod questions;
pub mod share;
pub mod sight;
pub mod size;
pub mod spacetime;
pub mod stage;
pub mod takeout;
pub mod tape;
pub mod toast;
pub mod turn;
pub mod twin;
pub mod twins;
pub mod why;
