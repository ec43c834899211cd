//! Elections that are asked for, by the operator or by the clock. It refuses to know which clock.
//! Source: spec A12.10, A12.11, A14; `electLeaders`, `maybeBalancePartitionLeaders`,
//! `maybeElectUncleanLeaders`.

use super::replication::{Ask, Decision, Replication};
use crate::election::Election;
use crate::fact::Reason;
use crate::id::{ErrorCode, PartitionId};

/// Most elections of one run. Source: `MAX_ELECTIONS_PER_IMBALANCE`.
const MOST_ELECTIONS: usize = 1_000;

impl Replication<'_> {
    /// What `kafka-leader-election.sh` asks for. An unclean election is obeyed even where the topic
    /// forbids one.
    ///
    /// # Errors
    /// It is not needed, not possible, or the partition is not there.
    pub(crate) fn elect(&self, id: PartitionId, unclean: bool) -> Result<Decision, ErrorCode> {
        let mut decision = Decision::default();
        self.elect_into(id, unclean, Reason::Operator, &mut decision)?;
        Ok(decision)
    }

    fn elect_into(
        &self,
        id: PartitionId,
        unclean: bool,
        why: Reason,
        decision: &mut Decision,
    ) -> Result<(), ErrorCode> {
        let known = self.image.partitions.get(&id);
        let partition = known.ok_or(ErrorCode::UnknownTopicOrPartition)?;
        let (settled, election, impossible) = if unclean {
            let error = ErrorCode::EligibleLeadersNotAvailable;
            (partition.leader.is_some(), Election::Unclean, error)
        } else {
            let error = ErrorCode::PreferredLeaderNotAvailable;
            (partition.has_preferred_leader(), Election::Preferred, error)
        };
        if settled {
            return Err(ErrorCode::ElectionNotNeeded);
        }
        let ask = Ask { election, ..Ask::new(id, why) };
        self.change(&ask, decision).map(drop).ok_or(impossible)
    }

    /// Preferred leaders take over where they can; whether the run was cut short.
    pub(crate) fn balance(&self) -> (Decision, bool) {
        let mut decision = Decision::default();
        for (id, _) in self.partitions_where(|partition| !partition.has_preferred_leader()) {
            if self.manager(id.topic).is_some() {
                continue;
            }
            if decision.records.len() >= MOST_ELECTIONS {
                break;
            }
            let election = Election::Preferred;
            self.change(&Ask { election, ..Ask::new(id, Reason::Balance) }, &mut decision);
        }
        let cut_short = decision.records.len() >= MOST_ELECTIONS;
        (decision, cut_short)
    }

    /// Where unclean election is allowed meanwhile, whoever is there leads; whether the run was cut
    /// short.
    pub(crate) fn elect_unclean(&self) -> (Decision, bool) {
        let mut decision = Decision::default();
        for (id, _) in self.partitions_where(|partition| partition.leader.is_none()) {
            if decision.records.len() >= MOST_ELECTIONS {
                break;
            }
            if self.automatic(id.topic) == Election::Unclean {
                // Where nobody is there, nothing changes.
                let _ = self.elect_into(id, true, Reason::UncleanCheck, &mut decision);
            }
        }
        let cut_short = decision.records.len() >= MOST_ELECTIONS;
        (decision, cut_short)
    }
}
