//! A node of any role, and what all roles share: timers, files, disk records. Dispatch only.

use crate::broker::Broker;
use crate::client::consumer::Consumer;
use crate::client::group::GroupConsumer;
use crate::client::producer::Producer;
use crate::combined::Combined;
use crate::controller::Controller;
use crate::fact::Fact;
use crate::group;
use crate::id::{BrokerEpoch, Dir, LeaderEpoch, Offset, PartitionId};
use crate::message::{MetaEntry, Msg};
use crate::quorum::{Directory, Quorum, Snapshot, Voter};
use crate::record::Record;
use crate::rpc::Part;
use kernel::{Closed, Durable, NodeId, Process};
use std::rc::Rc;

pub(crate) type Out<'a> = kernel::Out<'a, Node>;

/// Every timer of every role. At most one of each runs on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Some request of this part of the node may have waited long enough.
    Requests(Part),
    // Metadata quorum.
    Election,
    QuorumFetchTimeout,
    QuorumRetry,
    CheckQuorum,
    BeginQuorum,
    AppendLinger,
    QuorumParked,
    QuorumShutdown,
    // Controller.
    Session,
    NoOp,
    Balance,
    UncleanElection,
    /// A home-made manager looks.
    Round,
    // Broker.
    Heartbeat,
    Channel,
    ReplicaFetch(NodeId),
    IsrExpiration,
    Checkpoint,
    StartCheckpoint,
    Retention,
    DirFailure,
    WriteBack,
    ParkedProduce(u32),
    ParkedFetch(u32),
    AlterRetry,
    ShutdownLimit,
    /// Of a coordinator, by the partition that holds it.
    Group(u16, group::Timer),
    GroupWrites(u16),
    // Clients.
    Create,
    Linger,
    Retry,
    MetadataRefresh,
    Delivery,
    Poll(NodeId),
    // Members of a group.
    Coordinator,
    Beat,
    PollDeadline,
    Handle,
    AppPoll,
}

/// Files on a node's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum File {
    /// `__cluster_metadata-0`
    Metadata,
    /// The newest `*.checkpoint` beside it.
    Snapshot,
    /// `quorum-state`
    QuorumState,
    /// `meta.properties`
    MetaProperties,
    /// `.kafka_cleanshutdown`: holds the broker epoch.
    CleanShutdown,
    /// `replication-offset-checkpoint`
    HighWatermarks(Dir),
    /// `log-start-offset-checkpoint`
    LogStarts(Dir),
    /// A segment of a partition's log, by its first offset.
    Log(Dir, PartitionId, Offset),
    /// `leader-epoch-checkpoint`
    Epochs(Dir, PartitionId),
}

impl File {
    /// The log directory that it lies in; the metadata are in the first.
    #[must_use]
    pub fn dir(self) -> Dir {
        match self {
            File::Metadata
            | File::Snapshot
            | File::QuorumState
            | File::MetaProperties
            | File::CleanShutdown => Dir(0),
            File::HighWatermarks(dir)
            | File::LogStarts(dir)
            | File::Log(dir, ..)
            | File::Epochs(dir, _) => dir,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DiskRecord {
    Metadata(Rc<MetaEntry>),
    Snapshot(Rc<Snapshot>),
    QuorumState { epoch: LeaderEpoch, voted: Option<Voter>, leader: Option<NodeId> },
    Directory(Directory),
    CleanShutdown(BrokerEpoch),
    HighWatermark(PartitionId, Offset),
    LogStart(PartitionId, Offset),
    Log(Record),
    Epoch(LeaderEpoch, Offset),
}

/// A node's program.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    Controller(Box<Controller>),
    Broker(Box<Broker>),
    /// Both in one process.
    Combined(Box<Combined>),
    Producer(Box<Producer>),
    Consumer(Box<Consumer>),
    /// A consumer that belongs to a group.
    Member(Box<GroupConsumer>),
}

impl Node {
    /// Its controller, if it is one.
    #[must_use]
    pub fn controller(&self) -> Option<&Controller> {
        match self {
            Node::Controller(controller) => Some(controller),
            Node::Combined(both) => Some(&both.controller),
            _ => None,
        }
    }

    /// Its broker, if it is one.
    #[must_use]
    pub fn broker(&self) -> Option<&Broker> {
        match self {
            Node::Broker(broker) => Some(broker),
            Node::Combined(both) => Some(both.broker()),
            _ => None,
        }
    }

    /// Its part in the metadata quorum.
    #[must_use]
    pub fn quorum(&self) -> Option<&Quorum> {
        self.controller()
            .map(|controller| &controller.quorum)
            .or_else(|| self.broker().map(|broker| &broker.quorum))
    }

    /// The process of a node that ran before.
    pub(crate) fn starts_again(&mut self) {
        match self {
            Node::Controller(controller) => controller.quorum.starts_again(),
            Node::Broker(broker) => broker.quorum.starts_again(),
            Node::Combined(both) => both.controller.quorum.starts_again(),
            Node::Producer(_) | Node::Consumer(_) | Node::Member(_) => {}
        }
    }
}

macro_rules! each_role {
    ($node:expr, $role:ident => $call:expr) => {
        match $node {
            Node::Controller($role) => $call,
            Node::Broker($role) => $call,
            Node::Combined($role) => $call,
            Node::Producer($role) => $call,
            Node::Consumer($role) => $call,
            Node::Member($role) => $call,
        }
    };
}

impl Process for Node {
    type Msg = Msg;
    type Timer = Timer;
    type File = File;
    type Record = DiskRecord;
    type Fact = Fact;

    fn start(&mut self, durable: &Durable<'_, Node>, out: &mut Out<'_>) {
        match self {
            Node::Controller(controller) => controller.start(durable, out),
            Node::Broker(broker) => broker.start(durable, out),
            Node::Combined(both) => both.start(durable, out),
            Node::Producer(producer) => producer.start(out),
            Node::Consumer(consumer) => consumer.start(out),
            Node::Member(member) => member.start(out),
        }
    }

    fn receive(&mut self, from: NodeId, msg: Msg, out: &mut Out<'_>) {
        each_role!(self, role => role.receive(from, msg, out));
    }

    fn fire(&mut self, timer: Timer, out: &mut Out<'_>) {
        each_role!(self, role => role.fire(timer, out));
    }

    fn flushed(&mut self, file: File, upto: usize, out: &mut Out<'_>) {
        match (self, file) {
            (Node::Controller(controller), File::Metadata) => controller.flushed(upto, out),
            (Node::Combined(both), File::Metadata) => both.flushed(upto, out),
            _ => {}
        }
    }

    fn hung_up(&mut self, peer: NodeId, closed: Closed, out: &mut Out<'_>) {
        each_role!(self, role => role.hung_up(peer, closed, out));
    }

    /// A log directory is gone; with the last one, or with that of the metadata, the process.
    fn write_failed(&mut self, file: File, out: &mut Out<'_>) {
        if let Node::Broker(broker) = self {
            broker.dir_failed(file.dir(), out);
        } else {
            out.note(Fact::DiskFailed);
            out.exit();
        }
    }

    fn volume(file: File) -> u8 {
        file.dir().0
    }

    fn stop(&mut self, out: &mut Out<'_>) {
        match self {
            Node::Controller(controller) => controller.stop(out),
            Node::Broker(broker) => broker.stop(out),
            Node::Combined(both) => both.stop(out),
            Node::Member(member) => member.stop(out),
            Node::Producer(_) | Node::Consumer(_) => out.exit(),
        }
    }
}
