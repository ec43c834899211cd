//! The quorum's elections: who voted for whom, in which epoch, and who won.
//! Source: spec J3; KIP-595.

use super::finding::{Breach, Finding, Findings};
use crate::fact::Fact;
use crate::id::LeaderEpoch;
use kernel::{NodeId, Seen, SortedMap, SortedSet};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Voters {
    /// The winner of each epoch, as far as anybody knows one.
    leaders: SortedMap<LeaderEpoch, NodeId>,
    /// Epochs in which somebody began to lead.
    begun: SortedSet<LeaderEpoch>,
    /// Each voter's epoch; it outlives the process.
    epochs: SortedMap<NodeId, LeaderEpoch>,
    /// Each voter's latest vote.
    votes: SortedMap<NodeId, (LeaderEpoch, NodeId)>,
}

impl Voters {
    pub(super) fn observe(&mut self, seen: Seen, fact: &Fact, findings: &mut Findings) {
        let me = seen.node;
        match fact {
            Fact::QuorumRole { role, epoch } => {
                self.entered(me, *epoch, findings);
                if *role == "candidate" {
                    self.voted(me, *epoch, me, findings);
                }
            }
            Fact::VoteAnswered { candidate, epoch, granted: true, pre_vote: false } => {
                self.voted(me, *epoch, *candidate, findings);
            }
            Fact::QuorumElected { epoch, .. } => {
                self.entered(me, *epoch, findings);
                self.leads(me, *epoch, findings);
                if !self.begun.insert(*epoch) {
                    findings.add(Finding::new(Breach::LeadsAgain).by(me).under(*epoch));
                }
            }
            Fact::QuorumFollows { leader, epoch } => {
                self.entered(me, *epoch, findings);
                self.leads(*leader, *epoch, findings);
            }
            _ => {}
        }
    }

    /// Whether nobody has won a later epoch yet. Who wins late may know less.
    pub(super) fn is_latest(&self, epoch: LeaderEpoch) -> bool {
        self.leaders.last_key_value().is_none_or(|(latest, _)| *latest <= epoch)
    }

    fn entered(&mut self, voter: NodeId, epoch: LeaderEpoch, findings: &mut Findings) {
        let known = self.epochs.entry(voter).or_default();
        if epoch < *known {
            findings.add(Finding::new(Breach::QuorumEpochBack).by(voter).under(epoch));
        }
        *known = epoch.max(*known);
    }

    fn voted(
        &mut self,
        voter: NodeId,
        epoch: LeaderEpoch,
        candidate: NodeId,
        findings: &mut Findings,
    ) {
        let (known, before) = *self.votes.get(&voter).unwrap_or(&(0, candidate));
        if epoch == known && before != candidate {
            findings.add(Finding::new(Breach::TwoVotes).by(voter).under(epoch));
        }
        if epoch >= known {
            self.votes.insert(voter, (epoch, candidate));
        }
    }

    fn leads(&mut self, leader: NodeId, epoch: LeaderEpoch, findings: &mut Findings) {
        if *self.leaders.entry(epoch).or_insert(leader) != leader {
            findings.add(Finding::new(Breach::TwoControllers).by(leader).under(epoch));
        }
    }
}
