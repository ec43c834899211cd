//! Directed links between nodes: how long a message takes, and what may become of it.
//!
//! A link behaves like the TCP connections that every system here runs on, one for each channel:
//! messages on a channel keep their order, a lost packet is sent again (so loss shows as delay),
//! and what is sent into a cut waits for the cut to heal unless one side closes the connection
//! first. Only the explicit fault [`crate::Fault::Drop`] makes a single message vanish.

use crate::clock::{Instant, Span};
use crate::dice::{Dice, name};
use crate::fault::FlightId;
use crate::process::{Channel, NodeId};
use crate::trace::EventId;

/// How long TCP waits before it sends a lost packet again (the Linux minimum); doubles each time.
const RETRANSMIT: Span = Span::millis(200);
/// A packet is sent again at most this often before it gets through.
const RETRANSMIT_LIMIT: u64 = 6;

/// Streams of the dice.
const JITTER: u64 = name("latency");
const LOSS: u64 = name("loss");
const DUPLICATE: u64 = name("duplicate");

/// Ordinary one-way latency: `base` plus up to `jitter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Latency {
    pub base: Span,
    pub jitter: Span,
}

/// A message on its way.
#[derive(Clone, Debug, Hash)]
pub struct Flight<M> {
    pub id: FlightId,
    pub from: NodeId,
    pub to: NodeId,
    /// The process that the connection was made to; a later one never sees the message.
    pub to_incarnation: u32,
    pub from_incarnation: u32,
    pub msg: M,
    pub sent: Instant,
    pub due: Instant,
    pub cause: EventId,
}

/// What becomes of a message; judged when it is sent and again when it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Deliver(Span),
    /// It waits on the link.
    Hold,
}

/// One direction between two nodes.
#[derive(Clone, Debug, Hash)]
pub struct Link<M> {
    pub cut: bool,
    pub held: bool,
    pub extra: Span,
    pub loss_permille: u16,
    pub duplicate_permille: u16,
    /// Messages that wait for a heal or a release, in the order of sending.
    pub waiting: Vec<Flight<M>>,
    /// Order is kept on each channel: nothing arrives there before this.
    pub(crate) last_due: [Instant; Channel::COUNT],
    /// Running number of the messages sent, for the dice.
    pub(crate) sent: u64,
}

impl<M> Default for Link<M> {
    fn default() -> Link<M> {
        Link {
            cut: false,
            held: false,
            extra: Span::ZERO,
            loss_permille: 0,
            duplicate_permille: 0,
            waiting: Vec::new(),
            last_due: [Instant::ZERO; Channel::COUNT],
            sent: 0,
        }
    }
}

impl<M> Link<M> {
    /// Whether it is as links ordinarily are.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        !self.cut
            && !self.held
            && self.extra == Span::ZERO
            && self.loss_permille == 0
            && self.duplicate_permille == 0
    }

    /// What becomes of the `n`th message if it sets out now.
    pub(crate) fn judge(&self, dice: Dice, owner: u64, latency: Latency) -> Verdict {
        if self.cut || self.held || !self.waiting.is_empty() {
            return Verdict::Hold;
        }
        let jitter = dice.draw(JITTER, owner, self.sent, latency.jitter.0 + 1);
        let mut span = latency.base + Span(jitter) + self.extra;
        if self.loss_permille > 0 {
            let loss = u64::from(self.loss_permille);
            let again = (0..RETRANSMIT_LIMIT)
                .take_while(|n| {
                    dice.draw(LOSS, owner, self.sent * RETRANSMIT_LIMIT + n, 1000) < loss
                })
                .count();
            for n in 0..again {
                span = span + Span(RETRANSMIT.0 << n);
            }
        }
        Verdict::Deliver(span)
    }

    /// Whether the message that was just sent arrives twice.
    pub(crate) fn doubles(&self, dice: Dice, owner: u64) -> bool {
        self.duplicate_permille > 0
            && dice.draw(DUPLICATE, owner, self.sent, 1000) < u64::from(self.duplicate_permille)
    }
}
