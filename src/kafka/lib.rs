//! Kafka's availability as a deterministic system: brokers, KRaft controllers and clients.
//!
//! Map: [`controller`] decides who leads ([`election`]) and writes it to the metadata log
//! ([`quorum`]); a [`broker`] acts on the metadata it has applied ([`image`]), replicates
//! ([`broker::replica`]) and serves [`client`]s; a [`group`] coordinates consumers. What they
//! decide they say as [`fact`]s; from facts come the [`ledger`], the promises ([`property`]), the
//! narration (`told`) and the scene.
//! Version modelled: 4.1 in KRaft mode. Simplifications are listed in docs/simplifications.md.

pub mod assign;
pub mod batch;
mod broker;
mod chronicle;
mod client;
mod combined;
mod command;
mod config;
#[cfg(feature = "conform")]
pub mod conform;
mod controller;
mod dump;
mod election;
mod epoch;
mod fact;
mod folder;
#[allow(dead_code, reason = "brokers do not host it yet")]
mod group;
mod guard;
mod homemade;
mod id;
mod image;
mod kept;
mod ledger;
mod log;
mod message;
mod metadata_quorum;
mod metric;
mod names;
mod node;
mod observe;
mod outage;
mod packed;
mod print;
mod probe;
mod property;
mod quorum;
mod reassignment;
mod record;
mod rpc;
mod rules;
mod stage;
mod strips;
mod system;
mod tape;
mod told;
mod uuid;
mod why;
mod wire;
#[cfg(any(test, feature = "conform"))]
mod zk_election;

pub use client::partitioner::{murmur2, partition_for_key};
pub use config::{
    Config, DIFFERENCES, Difference, KEYS, Key, PROFILES, Profile, Settings, Truncation,
};
pub use guard::{Guard, Guards};
pub use homemade::{Manager, Recovery};
pub use system::Kafka;
