//! Clients: what asks the brokers to store and to read. Source: spec D, E.

pub(crate) mod consumer;
pub(crate) mod group;
pub(crate) mod keys;
pub(crate) mod metadata;
pub(crate) mod order;
pub(crate) mod partitioner;
pub(crate) mod pattern;
pub(crate) mod producer;
