//! The join phase: when it begins, how long it lasts, and the generation that it ends in.
//! Source: spec E2.1, E2.2; `prepareRebalance`, `completeClassicGroupJoin`.

use super::{ClassicGroup, InitialDelay, JoinRefused, Member, State};
use crate::group::{Answer, Config, Effects, MemberId, Timer};
use crate::id::ErrorCode;
use kernel::{Instant, Span};

impl ClassicGroup {
    /// Source: `maybePrepareRebalanceOrCompleteJoin`.
    pub(super) fn rebalance_or_complete(
        &mut self,
        now: Instant,
        config: &Config,
        out: &mut Effects,
    ) {
        match self.state {
            State::Empty | State::CompletingRebalance | State::Stable => {
                self.prepare_rebalance(now, config, out);
            }
            State::PreparingRebalance | State::Dead => self.complete_if_all_joined(now, out),
        }
    }

    /// The join phase begins. That of an empty group waits for others, for however short a time.
    pub(crate) fn prepare_rebalance(&mut self, now: Instant, config: &Config, out: &mut Effects) {
        if self.state == State::CompletingRebalance {
            self.refuse_syncs(ErrorCode::RebalanceInProgress, out);
        }
        self.pending_sync.clear();
        out.cancel(Timer::Sync(self.id));
        let initial = self.state == State::Empty;
        self.become_state(State::PreparingRebalance, now);
        if initial {
            let delay = config.initial_rebalance_delay;
            let remaining = Span(self.rebalance_timeout().0.saturating_sub(delay.0));
            self.wait_for_more(InitialDelay { delay, remaining }, out);
        } else if self.all_have_joined() {
            self.complete_join(now, out);
        } else {
            self.wait_for_rejoins(out);
        }
    }

    fn wait_for_more(&mut self, wait: InitialDelay, out: &mut Effects) {
        self.initial_delay = Some(wait);
        out.set(Timer::Join(self.id), wait.delay);
    }

    fn wait_for_rejoins(&mut self, out: &mut Effects) {
        self.initial_delay = None;
        out.set(Timer::Join(self.id), self.rebalance_timeout());
    }

    /// An initial rebalance is not ended by everybody's presence, only by its timer.
    /// Source: `maybeCompleteJoinPhase`.
    pub(super) fn complete_if_all_joined(&mut self, now: Instant, out: &mut Effects) {
        let later = self.previous != State::Empty;
        if self.state == State::PreparingRebalance && later && self.all_have_joined() {
            self.complete_join(now, out);
        }
    }

    /// [`Timer::Join`]. Source: `tryCompleteInitialRebalanceElseSchedule`.
    pub(crate) fn join_timed_out(&mut self, now: Instant, config: &Config, out: &mut Effects) {
        match self.initial_delay {
            Some(InitialDelay { delay, remaining })
                if self.new_member_added && remaining != Span::ZERO =>
            {
                self.new_member_added = false;
                let next = InitialDelay {
                    delay: config.initial_rebalance_delay.min(remaining),
                    remaining: Span(remaining.0.saturating_sub(delay.0)),
                };
                self.wait_for_more(next, out);
            }
            _ => self.complete_join(now, out),
        }
    }

    /// Dynamic members that did not rejoin are out; the rest is the next generation.
    pub(super) fn complete_join(&mut self, now: Instant, out: &mut Effects) {
        self.initial_delay = None;
        out.cancel(Timer::Join(self.id));
        let late = |member: &&Member| !member.awaits_join() && !member.is_static();
        let late: Vec<MemberId> = self.members.values().filter(late).map(|m| m.id).collect();
        for id in late {
            self.remove(id);
            out.cancel(Timer::Heartbeat(self.id, id));
        }
        if self.state == State::Dead {
            return;
        }
        if !self.elect_joined_leader() && !self.members.is_empty() {
            // Nobody came back, but static members may: their sessions have to run out.
            self.wait_for_rejoins(out);
            return;
        }
        self.begin_generation(now);
        if self.members.is_empty() {
            out.write(vec![self.record()]);
            return;
        }
        self.answer_joins(out);
        self.sync_generation = self.generation;
        out.set(Timer::Sync(self.id), self.rebalance_timeout());
    }

    /// The leader stays if it has rejoined; otherwise any member that has.
    /// Source: `maybeElectNewJoinedLeader`.
    fn elect_joined_leader(&mut self) -> bool {
        let Some(leader) = self.leader.and_then(|id| self.members.get(&id)) else { return false };
        if leader.awaits_join() {
            return true;
        }
        let joined = self.members.values().find(|member| member.awaits_join()).map(|m| m.id);
        self.leader = joined.or(self.leader);
        joined.is_some()
    }

    /// Source: `ClassicGroup.initNextGeneration`.
    fn begin_generation(&mut self, now: Instant) {
        self.generation += 1;
        self.pending_sync.clear();
        self.protocol = self.select_protocol();
        self.subscribed = self.subscriptions();
        let empty = self.members.is_empty();
        self.become_state(if empty { State::Empty } else { State::CompletingRebalance }, now);
    }

    fn answer_joins(&mut self, out: &mut Effects) {
        let ids: Vec<MemberId> = self.members.keys().copied().collect();
        for id in ids {
            if let Some(from) = self.take_join(id) {
                out.answer(from, Answer::Join(Ok(self.joined(id, false))));
            }
            self.extend_session(id, out);
            if let Some(member) = self.members.get_mut(&id) {
                member.is_new = false;
            }
            self.pending_sync.insert(id);
        }
    }

    /// Tells a member whose join is parked that it is no member any more.
    pub(super) fn refuse_join(&mut self, id: MemberId, error: ErrorCode, out: &mut Effects) {
        if let Some(from) = self.take_join(id) {
            out.answer(from, Answer::Join(Err(JoinRefused { member: None, error })));
        }
    }

    /// The session begins anew. Source: `rescheduleClassicGroupMemberHeartbeat`.
    pub(crate) fn extend_session(&self, id: MemberId, out: &mut Effects) {
        if let Some(member) = self.members.get(&id) {
            out.set(Timer::Heartbeat(self.id, id), member.session_timeout);
        }
    }
}
