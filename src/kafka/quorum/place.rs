//! A node put into the middle of things: for tables and tests that begin there.
//!
//! It gets there by the ways of the program itself, so that what a role has under way is under way.

use super::{Directory, Quorum, Voter};
use crate::config::{Profile, Settings};
use crate::id::{LeaderEpoch, Offset};
use crate::image::MetaRecord;
use crate::message::MetaEntry;
use crate::node::Out;
use kernel::NodeId;
use std::rc::Rc;

/// What a node is, in the words of Kafka's own traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Unattached,
    Prospective,
    Candidate,
    Leader,
    Follower,
    Resigned,
}

/// Where a node stands.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) standing: Standing,
    pub(crate) epoch: LeaderEpoch,
    pub(crate) leader: Option<NodeId>,
    pub(crate) voted: Option<NodeId>,
    /// Epochs of the records of its log, each with how many there are.
    pub(crate) log: Vec<(LeaderEpoch, Offset)>,
    pub(crate) high_watermark: Offset,
    /// As a follower it has fetched from its leader.
    pub(crate) fetched: bool,
}

impl Quorum {
    pub(crate) fn placed(
        me: NodeId,
        voters: &Rc<[NodeId]>,
        profile: Profile,
        settings: &Rc<Settings>,
        place: &Place,
        out: &mut Out<'_>,
    ) -> Quorum {
        let mut quorum = Quorum::holding(me, voters, profile, settings, place);
        match place.standing {
            Standing::Unattached => quorum.unattached(place.epoch, out),
            Standing::Prospective => quorum.prospect(1, out),
            Standing::Follower => {
                let leader = place.leader.unwrap_or(me);
                quorum.follow(leader, place.epoch, out);
                quorum.fetched = place.fetched;
            }
            Standing::Candidate | Standing::Leader | Standing::Resigned => {
                quorum.epoch = place.epoch.saturating_sub(1);
                quorum.stand(1, out);
                if place.standing != Standing::Candidate && !quorum.is_leader() {
                    quorum.lead(Vec::new(), out);
                }
                if place.standing == Standing::Resigned {
                    quorum.resign(crate::fact::Resigned::Stopping, out);
                }
            }
        }
        quorum
    }

    /// With this log and this `quorum-state`, and nothing else yet.
    fn holding(
        me: NodeId,
        voters: &Rc<[NodeId]>,
        profile: Profile,
        settings: &Rc<Settings>,
        place: &Place,
    ) -> Quorum {
        let mut quorum = Quorum::new(me, Rc::clone(voters), profile, Rc::clone(settings));
        for (epoch, count) in &place.log {
            for _ in 0..*count {
                quorum.store(Rc::new(MetaEntry { epoch: *epoch, record: MetaRecord::NoOp }));
            }
        }
        quorum.log.all_flushed();
        quorum.high_watermark = place.high_watermark;
        quorum.epoch = place.epoch;
        quorum.voted = place.voted.map(|node| Voter {
            node,
            directory: profile.reconfigures().then(|| Directory::first(node)),
        });
        quorum.leader = place.leader;
        quorum
    }

    /// The next life of a node that stood there.
    pub(crate) fn restarted(
        me: NodeId,
        voters: &Rc<[NodeId]>,
        profile: Profile,
        settings: &Rc<Settings>,
        place: &Place,
        out: &mut Out<'_>,
    ) -> Quorum {
        let mut quorum = Quorum::holding(me, voters, profile, settings, place);
        quorum.high_watermark = 0;
        quorum.begin(out);
        quorum
    }

    /// Epoch of the last record of its log.
    #[must_use]
    pub(crate) fn last_epoch(&self) -> LeaderEpoch {
        self.log.last_epoch()
    }

    #[must_use]
    pub(crate) fn standing(&self) -> Standing {
        match self.role {
            super::Role::Unattached => Standing::Unattached,
            super::Role::Prospective(_) => Standing::Prospective,
            super::Role::Candidate(_) => Standing::Candidate,
            super::Role::Leader(_) => Standing::Leader,
            super::Role::Follower => Standing::Follower,
            super::Role::Resigned(_) => Standing::Resigned,
        }
    }
}
