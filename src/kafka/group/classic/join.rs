//! JoinGroup: who is let in, who gets an id first, and who need not rebalance.
//! Source: spec E2.1, E2.6; `classicGroupJoinToClassicGroup`.

use super::{ClassicGroup, Join, JoinRefused, Member, State};
use crate::group::{Answer, Caller, Config, Effects, MemberId, Timer};
use crate::id::ErrorCode;
use kernel::{Instant, NodeId};
use std::rc::Rc;

/// A request on its way through the rules.
pub(super) struct Asked<'a> {
    pub(super) now: Instant,
    pub(super) from: Caller,
    pub(super) config: &'a Config,
}

impl ClassicGroup {
    /// `fresh` makes the random part of a new id.
    pub(crate) fn join(
        &mut self,
        now: Instant,
        from: Caller,
        join: &Join,
        config: &Config,
        fresh: &mut dyn FnMut(NodeId) -> MemberId,
        out: &mut Effects,
    ) {
        let asked = Asked { now, from, config };
        let refused = match join.member {
            _ if !self.accepts(join.member, config) => {
                if let Some(id) = join.member {
                    self.remove(id);
                }
                Err(JoinRefused { member: None, error: ErrorCode::GroupMaxSizeReached })
            }
            _ if self.state == State::Dead => {
                let error = ErrorCode::CoordinatorNotAvailable;
                Err(JoinRefused { member: join.member, error })
            }
            _ if !self.supports(&join.protocols) => {
                let error = ErrorCode::InconsistentGroupProtocol;
                Err(JoinRefused { member: join.member, error })
            }
            None => self.join_new(&asked, join, fresh(from.from), out),
            Some(id) => self.join_known(&asked, join, id, out),
        };
        if let Err(refused) = refused {
            out.answer(from, Answer::Join(Err(refused)));
        }
    }

    /// Source: `acceptJoiningMember`.
    fn accepts(&self, id: Option<MemberId>, config: &Config) -> bool {
        let known = id.and_then(|id| self.members.get(&id));
        match self.state {
            State::Empty | State::Dead => true,
            State::PreparingRebalance => {
                let waiting = self.members.values().filter(|member| member.awaits_join()).count();
                known.is_some_and(Member::awaits_join) || waiting < config.max_size
            }
            State::CompletingRebalance | State::Stable => {
                known.is_some() || self.members.len() < config.max_size
            }
        }
    }

    /// A static member is let in at once, or takes its former place; a dynamic one is given an id
    /// to come again with, so that a client that vanishes leaves no member behind.
    /// Source: KIP-394; `classicGroupJoinNewMember`.
    fn join_new(
        &mut self,
        asked: &Asked<'_>,
        join: &Join,
        fresh: MemberId,
        out: &mut Effects,
    ) -> Result<(), JoinRefused> {
        let Some(instance) = join.instance else {
            self.pending_join.insert(fresh);
            out.set(Timer::Heartbeat(self.id, fresh), join.session_timeout);
            return Err(JoinRefused { member: Some(fresh), error: ErrorCode::MemberIdRequired });
        };
        match self.statics.get(&instance).copied() {
            Some(former) => self.replace_static(asked, join, former, fresh, out),
            None => self.add_and_rebalance(asked, join, fresh, out),
        }
        Ok(())
    }

    fn join_known(
        &mut self,
        asked: &Asked<'_>,
        join: &Join,
        id: MemberId,
        out: &mut Effects,
    ) -> Result<(), JoinRefused> {
        if self.pending_join.contains(&id) {
            self.add_and_rebalance(asked, join, id, out);
            return Ok(());
        }
        let refuse = |error| JoinRefused { member: Some(id), error };
        self.validate(id, join.instance).map_err(refuse)?;
        let unchanged = self.members.get(&id).is_some_and(|m| m.protocols == join.protocols);
        let rebalance = match self.state {
            State::PreparingRebalance => true,
            // It may have missed the answer to its join.
            State::CompletingRebalance => !unchanged,
            // A leader that joins again has seen a change that the members do not tell of.
            State::Stable => self.is_leader(id) || !unchanged,
            State::Empty | State::Dead => return Err(refuse(ErrorCode::UnknownMemberId)),
        };
        if rebalance {
            self.update(id, join, asked.from);
            self.rebalance_or_complete(asked.now, asked.config, out);
        } else {
            out.answer(asked.from, Answer::Join(Ok(self.joined(id, false))));
        }
        Ok(())
    }

    /// Source: `ClassicGroup.updateMember`.
    pub(super) fn update(&mut self, id: MemberId, join: &Join, from: Caller) {
        let Some(member) = self.members.get_mut(&id) else { return };
        member.protocols = Rc::clone(&join.protocols);
        member.rebalance_timeout = join.rebalance_timeout;
        member.session_timeout = join.session_timeout;
        member.awaiting_join = Some(from);
    }

    /// Source: `addMemberThenRebalanceOrCompleteJoin`.
    fn add_and_rebalance(
        &mut self,
        asked: &Asked<'_>,
        join: &Join,
        id: MemberId,
        out: &mut Effects,
    ) {
        if self.state == State::PreparingRebalance && self.previous == State::Empty {
            self.new_member_added = true;
        }
        let timeouts = [join.rebalance_timeout, join.session_timeout];
        let protocols = Rc::clone(&join.protocols);
        let member = Member::new(id, join.instance, timeouts, protocols, Rc::default());
        self.add(Member { awaiting_join: Some(asked.from), is_new: true, ..member });
        out.set(Timer::Heartbeat(self.id, id), asked.config.new_member_join_timeout);
        self.rebalance_or_complete(asked.now, asked.config, out);
    }
}
