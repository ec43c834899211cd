//! Requests that await their replies: numbering, timeouts, and what becomes of them when the
//! connection is reset.

use crate::message::{Msg, Reply, Request};
use crate::node::{Out, Timer};
use kernel::{Channel, Closed, Instant, NodeId, Span};

/// A request under way, and what its sender wanted with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call<T> {
    correlation: u32,
    pub to: NodeId,
    channel: Channel,
    pub what: T,
    pub sent: Instant,
    deadline: Instant,
}

/// Parts of a node that each ask for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Quorum,
    Node,
    /// What a member asks of its group's coordinator.
    Group,
}

/// How many there are: the numbers of two parts never meet, because each counts its own residue.
const PARTS: u32 = 3;

/// The requests of one part of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Calls<T> {
    part: Part,
    next: u32,
    /// In the order of sending; there are never many.
    open: Vec<Call<T>>,
    /// When the timer runs out: at or before the earliest deadline. It is not moved for every
    /// request, since nearly all are answered long before it.
    armed: Option<Instant>,
}

impl<T> Calls<T> {
    #[must_use]
    pub(crate) fn new(part: Part) -> Calls<T> {
        Calls { part, next: part as u32, open: Vec::new(), armed: None }
    }

    /// Begins somewhere else than an earlier life of the same node did, so that no reply to that
    /// one is taken for a reply to this one.
    pub(crate) fn start(&mut self, out: &mut Out<'_>) {
        self.next = (out.draw("correlation", 1 << 24) as u32) * PARTS + self.part as u32;
    }

    /// The timer of these requests.
    fn timer(&self) -> Timer {
        Timer::Requests(self.part)
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
        let (channel, sent, deadline) = (body.channel(), out.now(), out.now() + timeout);
        self.open.push(Call { correlation, to, channel, what, sent, deadline });
        if self.armed.is_none_or(|armed| deadline < armed) {
            self.arm(deadline, out);
        }
        out.send(to, Msg::Request { correlation, body });
        correlation
    }

    fn arm(&mut self, deadline: Instant, out: &mut Out<'_>) {
        self.armed = Some(deadline);
        out.set(self.timer(), deadline.since(out.now()));
    }

    /// The request that this reply belongs to; none when it was given up.
    pub(crate) fn answered(&mut self, correlation: u32) -> Option<Call<T>> {
        let at = self.open.iter().position(|call| call.correlation == correlation)?;
        Some(self.open.remove(at))
    }

    /// The timer ran out. For each request that is late its connection is closed, and with it
    /// everything that was asked on it, as Kafka's `NetworkClient` does.
    pub(crate) fn expired(&mut self, out: &mut Out<'_>) -> Vec<Call<T>> {
        let mut lost = Vec::new();
        while let Some(late) = self.open.iter().position(|call| call.deadline <= out.now()) {
            let late = self.open.remove(late);
            let (peer, closed) = (late.to, Closed::ToPeer(late.channel));
            out.disconnect(late.to, late.channel);
            lost.push(late);
            lost.extend(self.hung_up(peer, closed));
        }
        self.armed = None;
        if let Some(next) = self.open.iter().map(|call| call.deadline).min() {
            self.arm(next, out);
        }
        lost
    }

    /// Every request on the connections to a peer that are gone.
    pub(crate) fn hung_up(&mut self, peer: NodeId, closed: Closed) -> Vec<Call<T>> {
        self.open.extract_if(.., |call| call.to == peer && closed.to_peer(call.channel)).collect()
    }

    #[must_use]
    pub(crate) fn owns(&self, correlation: u32) -> bool {
        self.open.iter().any(|call| call.correlation == correlation)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Call<T>> {
        self.open.iter()
    }

    /// Forgets everything under way.
    pub(crate) fn clear(&mut self, out: &mut Out<'_>) {
        self.open.clear();
        if self.armed.take().is_some() {
            out.cancel(self.timer());
        }
    }
}

/// Answers a request.
pub(crate) fn reply(to: NodeId, correlation: u32, body: Reply, out: &mut Out<'_>) {
    out.send(to, Msg::Reply { correlation, body });
}
