//! Requests that await their replies: numbering, timeouts, and what becomes of them when the
//! connection is reset.

use crate::message::{Msg, Reply, Request};
use crate::node::{Out, Timer};
use kernel::{Channel, Closed, Instant, NodeId, Span};
use std::collections::BTreeMap;

/// A request under way, and what its sender wanted with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call<T> {
    pub to: NodeId,
    channel: Channel,
    pub what: T,
    pub sent: Instant,
}

/// The requests of one part of a node. The numbers of two parts never meet: each counts its own
/// residue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Calls<T> {
    next: u32,
    open: BTreeMap<u32, Call<T>>,
}

const PARTS: u32 = 2;

impl<T> Calls<T> {
    #[must_use]
    pub(crate) fn new(part: u32) -> Calls<T> {
        Calls { next: part, open: BTreeMap::new() }
    }

    /// Begins somewhere else than an earlier life of the same node did, so that no reply to that
    /// one is taken for a reply to this one.
    pub(crate) fn start(&mut self, out: &mut Out<'_>) {
        let part = self.next % PARTS;
        self.next = (out.draw("correlation", 1 << 24) as u32) * PARTS + part;
    }

    pub(crate) fn send(
        &mut self,
        to: NodeId,
        body: Request,
        timeout: Span,
        what: T,
        out: &mut Out<'_>,
    ) -> u32 {
        let correlation = self.next;
        self.next = self.next.wrapping_add(PARTS);
        let channel = body.channel();
        self.open.insert(correlation, Call { to, channel, what, sent: out.now() });
        out.set(Timer::Request(correlation), timeout);
        out.send(to, Msg::Request { correlation, body });
        correlation
    }

    /// The request that this reply belongs to; none when it was given up.
    pub(crate) fn answered(&mut self, correlation: u32, out: &mut Out<'_>) -> Option<Call<T>> {
        let call = self.open.remove(&correlation)?;
        out.cancel(Timer::Request(correlation));
        Some(call)
    }

    /// A request ran out of time: its connection is closed, and with it everything that was asked
    /// on it, as Kafka's `NetworkClient` does.
    pub(crate) fn expired(&mut self, correlation: u32, out: &mut Out<'_>) -> Vec<Call<T>> {
        let Some(late) = self.open.remove(&correlation) else { return Vec::new() };
        out.disconnect(late.to, late.channel);
        let mut lost = self.hung_up(late.to, Closed::ToPeer(late.channel), out);
        lost.insert(0, late);
        lost
    }

    /// Every request on the connections to a peer that are gone.
    pub(crate) fn hung_up(
        &mut self,
        peer: NodeId,
        closed: Closed,
        out: &mut Out<'_>,
    ) -> Vec<Call<T>> {
        let gone = |call: &Call<T>| call.to == peer && closed.to_peer(call.channel);
        let lost: Vec<u32> =
            self.open.iter().filter(|(_, call)| gone(call)).map(|(id, _)| *id).collect();
        lost.into_iter().filter_map(|id| self.answered(id, out)).collect()
    }

    /// The oldest request of a kind to a peer, as if it had been answered.
    pub(crate) fn first_to(
        &mut self,
        peer: NodeId,
        kind: impl Fn(&T) -> bool,
        out: &mut Out<'_>,
    ) -> Option<Call<T>> {
        let mut open = self.open.iter();
        let (id, _) = open.find(|(_, call)| call.to == peer && kind(&call.what))?;
        let id = *id;
        self.answered(id, out)
    }

    #[must_use]
    pub(crate) fn owns(&self, correlation: u32) -> bool {
        self.open.contains_key(&correlation)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Call<T>> {
        self.open.values()
    }

    /// Forgets everything under way.
    pub(crate) fn clear(&mut self, out: &mut Out<'_>) {
        for id in std::mem::take(&mut self.open).into_keys() {
            out.cancel(Timer::Request(id));
        }
    }
}

/// Answers a request.
pub(crate) fn reply(to: NodeId, correlation: u32, body: Reply, out: &mut Out<'_>) {
    out.send(to, Msg::Reply { correlation, body });
}
