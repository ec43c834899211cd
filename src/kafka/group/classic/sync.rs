//! SyncGroup and Heartbeat: assignments reach the members, and members show that they live.
//! Source: spec E2.2-E2.4; `classicGroupSyncToClassicGroup`, `classicGroupHeartbeat`.

use super::{ClassicGroup, Heartbeat, State, Stored, Sync, Synced};
use crate::group::{Answer, Assigned, Caller, Config, Effects, Epoch, MemberId, Timer};
use crate::guard::{Guard, Guards};
use crate::id::ErrorCode;
use kernel::{Instant, SortedMap};

impl ClassicGroup {
    pub(crate) fn sync(
        &mut self,
        now: Instant,
        from: Caller,
        sync: &Sync,
        config: &Config,
        out: &mut Effects,
    ) {
        match self.sync_now(now, from, sync, config.guards, out) {
            Ok(None) => {}
            Ok(Some(synced)) => out.answer(from, Answer::Sync(Ok(synced))),
            Err(error) => out.answer(from, Answer::Sync(Err(error))),
        }
    }

    /// The answer, unless it has to wait for the leader's word.
    fn sync_now(
        &mut self,
        now: Instant,
        from: Caller,
        sync: &Sync,
        guards: Guards,
        out: &mut Effects,
    ) -> Result<Option<Synced>, ErrorCode> {
        match self.state {
            State::Dead => return Err(ErrorCode::CoordinatorNotAvailable),
            State::Empty => return Err(ErrorCode::UnknownMemberId),
            _ => {}
        }
        self.validate(sync.member, sync.instance)?;
        if sync.generation != self.generation && guards.on(Guard::GenerationFence) {
            return Err(ErrorCode::IllegalGeneration);
        }
        if sync.protocol.is_some() && sync.protocol != self.protocol {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        if self.state == State::PreparingRebalance {
            return Err(ErrorCode::RebalanceInProgress);
        }
        self.has_synced(sync.member, out);
        if self.state == State::Stable {
            return Ok(self
                .members
                .get(&sync.member)
                .map(|member| self.synced(&member.assignment)));
        }
        let leads = self.is_leader(sync.member);
        if let Some(member) = self.members.get_mut(&sync.member) {
            if !leads && !guards.on(Guard::SyncWaitsForLeader) {
                let assignment = Assigned::clone(&member.assignment);
                return Ok(Some(self.synced(&assignment)));
            }
            member.awaiting_sync = Some(from);
        }
        if leads || !guards.on(Guard::LeadersWordOnly) {
            if !guards.on(Guard::AssignmentsStored) {
                self.hand_out(sync.assignments.clone(), out);
                self.become_state(State::Stable, now);
            }
            self.store_assignments(&sync.assignments, out);
        }
        Ok(None)
    }

    /// The leader's word is written down before anybody acts on it. Who is not named in it has
    /// no partitions.
    fn store_assignments(&self, given: &SortedMap<MemberId, Assigned>, out: &mut Effects) {
        let mut assignments = given.clone();
        for id in self.members.keys() {
            assignments.entry(*id).or_default();
        }
        out.write(vec![self.record_with(&assignments)]);
        let generation = self.generation;
        out.when_written(self.id, Stored::Assignments { generation, assignments });
    }

    fn synced(&self, assignment: &Assigned) -> Synced {
        Synced { protocol: self.protocol, assignment: Assigned::clone(assignment) }
    }

    fn has_synced(&mut self, id: MemberId, out: &mut Effects) {
        self.pending_sync.remove(&id);
        if self.pending_sync.is_empty() {
            out.cancel(Timer::Sync(self.id));
        }
    }

    /// What was written is committed, or could not be.
    pub(crate) fn written(
        &mut self,
        now: Instant,
        stored: Stored,
        result: Result<(), ErrorCode>,
        config: &Config,
        out: &mut Effects,
    ) {
        match stored {
            Stored::Replaced(replaced) => self.static_stored(*replaced, result, out),
            Stored::Assignments { generation, assignments } => {
                // Somebody may have joined meanwhile.
                if self.state != State::CompletingRebalance || generation != self.generation {
                    return;
                }
                if let Err(error) = result {
                    self.refuse_syncs(error, out);
                    self.rebalance_or_complete(now, config, out);
                } else {
                    self.hand_out(assignments, out);
                    self.become_state(State::Stable, now);
                }
            }
        }
    }

    fn hand_out(&mut self, mut assignments: SortedMap<MemberId, Assigned>, out: &mut Effects) {
        for member in self.members.values_mut() {
            member.assignment = assignments.remove(&member.id).unwrap_or_default();
        }
        self.answer_syncs(None, out);
    }

    /// Everybody who waits for an assignment is told the error, and has none.
    pub(super) fn refuse_syncs(&mut self, error: ErrorCode, out: &mut Effects) {
        for member in self.members.values_mut() {
            member.assignment = Assigned::default();
        }
        self.answer_syncs(Some(error), out);
    }

    /// Source: `propagateAssignment`: with the answer the session begins anew.
    pub(super) fn answer_syncs(&mut self, error: Option<ErrorCode>, out: &mut Effects) {
        let protocol = self.protocol;
        for member in self.members.values_mut() {
            let Some(from) = member.awaiting_sync.take() else { continue };
            let assignment = Assigned::clone(&member.assignment);
            let answer = error.map_or(Ok(Synced { protocol, assignment }), Err);
            out.answer(from, Answer::Sync(answer));
            out.set(Timer::Heartbeat(self.id, member.id), member.session_timeout);
        }
    }

    /// [`Timer::Sync`]: who has not asked for an assignment of this generation is out.
    /// Source: `expirePendingSync`.
    pub(crate) fn sync_timed_out(&mut self, now: Instant, config: &Config, out: &mut Effects) {
        let during = matches!(self.state, State::CompletingRebalance | State::Stable);
        let current: Epoch = self.generation;
        if self.sync_generation != current || !during || self.pending_sync.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.pending_sync) {
            self.remove(id);
            out.cancel(Timer::Heartbeat(self.id, id));
        }
        self.prepare_rebalance(now, config, out);
    }

    /// Source: spec E2.4. The member is looked at before the generation.
    pub(crate) fn heartbeat(
        &self,
        heartbeat: Heartbeat,
        config: &Config,
        out: &mut Effects,
    ) -> Result<(), ErrorCode> {
        if self.state == State::Dead {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        self.admit(heartbeat.member, heartbeat.instance, config.guards)?;
        let fenced = heartbeat.generation != self.generation;
        if fenced && config.guards.on(Guard::GenerationFence) {
            return Err(ErrorCode::IllegalGeneration);
        }
        match self.state {
            State::Empty => return Err(ErrorCode::UnknownMemberId),
            _ => self.extend_session(heartbeat.member, out),
        }
        match self.state {
            State::PreparingRebalance => Err(ErrorCode::RebalanceInProgress),
            _ => Ok(()),
        }
    }
}
