//! Static members: a new process under a known instance id takes the place of the former one.
//! Source: spec E2.7; KIP-345; `updateStaticMemberThenRebalanceOrCompleteJoin`.

use super::join::Asked;
use super::{ClassicGroup, Join, JoinRefused, Protocols, State, Stored};
use crate::group::{Answer, Caller, Effects, InstanceId, MemberId};
use crate::id::ErrorCode;
use kernel::Span;
use std::rc::Rc;

/// A replacement whose record is under way, and how the member was before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Replaced {
    from: Caller,
    instance: InstanceId,
    former: MemberId,
    fresh: MemberId,
    protocols: Protocols,
    rebalance_timeout: Span,
    session_timeout: Span,
}

impl ClassicGroup {
    /// In a stable group whose choice of protocol stays there is no rebalance: the newcomer takes
    /// over the assignment too.
    pub(super) fn replace_static(
        &mut self,
        asked: &Asked<'_>,
        join: &Join,
        former: MemberId,
        fresh: MemberId,
        out: &mut Effects,
    ) {
        let Some(undo) = self.swap_static(asked.from, former, fresh, out) else { return };
        self.extend_session(fresh, out);
        self.update(fresh, join, asked.from);
        match self.state {
            State::Stable if self.protocol == self.select_protocol() => {
                out.write(vec![self.record()]);
                out.when_written(self.id, Stored::Replaced(Box::new(undo)));
            }
            State::Stable => self.rebalance_or_complete(asked.now, asked.config, out),
            // The leader may be at work on an assignment for the former id.
            State::CompletingRebalance => self.prepare_rebalance(asked.now, asked.config, out),
            _ => self.complete_if_all_joined(asked.now, out),
        }
    }

    /// The former process, should it still wait for anything, learns that it is replaced.
    /// Source: `ClassicGroup.replaceStaticMember`.
    fn swap_static(
        &mut self,
        from: Caller,
        former: MemberId,
        fresh: MemberId,
        out: &mut Effects,
    ) -> Option<Replaced> {
        let mut member = self.members.remove(&former)?;
        let instance = member.instance?;
        let error = ErrorCode::FencedInstanceId;
        if let Some(waiting) = member.awaiting_join.take() {
            let refused = JoinRefused { member: Some(former), error };
            out.answer(waiting, Answer::Join(Err(refused)));
        }
        if let Some(waiting) = member.awaiting_sync.take() {
            out.answer(waiting, Answer::Sync(Err(error)));
        }
        let undo = Replaced {
            from,
            instance,
            former,
            fresh,
            protocols: Rc::clone(&member.protocols),
            rebalance_timeout: member.rebalance_timeout,
            session_timeout: member.session_timeout,
        };
        member.id = fresh;
        member.is_new = false;
        self.members.insert(fresh, member);
        self.statics.insert(instance, fresh);
        if self.is_leader(former) {
            self.leader = Some(fresh);
        }
        Some(undo)
    }

    /// The record of the replacement is committed, or is not and never will be.
    pub(super) fn static_stored(
        &mut self,
        replaced: Replaced,
        result: Result<(), ErrorCode>,
        out: &mut Effects,
    ) {
        let Replaced { from, fresh, former, .. } = replaced;
        let Err(error) = result else {
            if let Some(waiting) = self.take_join(fresh) {
                // A leader that is back must not assign anew: nothing has changed.
                let joined = self.joined(fresh, self.is_leader(fresh));
                out.answer(waiting, Answer::Join(Ok(joined)));
            }
            return;
        };
        if self.statics.get(&replaced.instance) == Some(&fresh) {
            if let Some(member) = self.members.get_mut(&fresh) {
                member.protocols = replaced.protocols;
                member.rebalance_timeout = replaced.rebalance_timeout;
                member.session_timeout = replaced.session_timeout;
                member.awaiting_join = None;
            }
            self.swap_static(from, fresh, former, out);
            self.extend_session(former, out);
        }
        out.answer(from, Answer::Join(Err(JoinRefused { member: None, error })));
    }
}
