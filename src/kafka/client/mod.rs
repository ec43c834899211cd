//! Clients: what asks the brokers to store and to read. Source: spec D, E.

pub mod consumer;
pub mod metadata;
pub mod producer;
