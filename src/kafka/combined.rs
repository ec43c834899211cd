//! A node that is controller and broker at once (`process.roles=broker,controller`): one process,
//! one copy of the metadata log, one fate.
//!
//! It only hands inputs on; what a controller or a broker does with them is not known here.
//! Source: spec B1, B8; `KafkaRaftServer`, `SharedServer`.

use crate::broker::{Broker, State};
use crate::controller::Controller;
use crate::message::{ALTER, CONTROL, Msg, QUORUM, Request};
use crate::node::{Node, Out, Timer};
use crate::rpc::Part;
use kernel::{Closed, Durable, NodeId};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Combined {
    pub controller: Controller,
    /// Its own quorum is never used: it is lent the controller's while it has the word.
    broker: Broker,
}

impl Combined {
    #[must_use]
    pub fn new(controller: Controller, broker: Broker) -> Combined {
        Combined { controller, broker }
    }

    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    fn lend(&mut self, word: impl FnOnce(&mut Broker)) {
        std::mem::swap(&mut self.controller.quorum, &mut self.broker.quorum);
        word(&mut self.broker);
        std::mem::swap(&mut self.controller.quorum, &mut self.broker.quorum);
    }

    pub fn start(&mut self, durable: &Durable<'_, Node>, out: &mut Out<'_>) {
        self.controller.start(durable, out);
        self.lend(|broker| broker.wake(durable, out));
    }

    pub fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        let for_controller = match &msg {
            Msg::Request { body, .. } => is_for_controller(body),
            Msg::Reply { correlation, .. } => self.controller.quorum.owns(*correlation),
            Msg::Operator(_) | Msg::Application(_) => true,
        };
        if for_controller {
            self.controller.receive(from, msg, out);
            self.lend(|broker| broker.finish(out));
        } else {
            self.lend(|broker| broker.receive(from, msg, out));
        }
    }

    pub fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        if timer == Timer::Channel && self.broker.state == State::ShuttingDown {
            self.controller.stop(out);
        } else if is_brokers(timer) {
            self.lend(|broker| broker.fire(timer, out));
        } else {
            self.controller.fire(timer, out);
            self.lend(|broker| broker.finish(out));
        }
    }

    pub fn flushed(&mut self, upto: usize, out: &mut Out<'_>) {
        self.controller.flushed(upto, out);
        self.lend(|broker| broker.finish(out));
    }

    pub fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        self.controller.hung_up(peer, closed, out);
        // Not lent: the quorum has just been told.
        self.broker.hung_up(peer, closed, out);
        self.lend(|broker| broker.finish(out));
    }

    /// The broker hands over first, then the controller. Source: `KafkaRaftServer.shutdown`.
    pub fn stop(&mut self, out: &mut Out<'_>) {
        if self.broker.epoch.is_some() {
            self.lend(|broker| broker.stop(out));
        } else {
            self.controller.stop(out);
        }
    }
}

/// What is asked of a broker comes on connections of its own.
fn is_for_controller(body: &Request) -> bool {
    matches!(body.channel(), QUORUM | CONTROL | ALTER)
}

fn is_brokers(timer: Timer) -> bool {
    match timer {
        Timer::Requests(part) => part == Part::Node,
        Timer::Election
        | Timer::QuorumFetchTimeout
        | Timer::QuorumRetry
        | Timer::CheckQuorum
        | Timer::BeginQuorum
        | Timer::AppendLinger
        | Timer::QuorumParked
        | Timer::QuorumShutdown
        | Timer::Session
        | Timer::NoOp
        | Timer::Balance
        | Timer::Round
        | Timer::UncleanElection => false,
        _ => true,
    }
}
