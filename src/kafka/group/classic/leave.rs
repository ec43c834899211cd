//! Members go: of their own will, by an operator's, or because their session ran out.
//! Source: spec E2.5; `classicGroupLeaveToClassicGroup`, `expireClassicGroupMemberHeartbeat`.

use super::{ClassicGroup, State};
use crate::group::{Answer, Caller, Config, Effects, InstanceId, MemberId, Timer};
use crate::id::ErrorCode;
use kernel::Instant;

/// Who is to leave. An operator names a static member by its instance alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Leaving {
    pub(crate) member: Option<MemberId>,
    pub(crate) instance: Option<InstanceId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Left {
    pub(crate) who: Leaving,
    pub(crate) error: Option<ErrorCode>,
}

impl ClassicGroup {
    /// Each is answered for itself; the group rebalances once, if anybody left at all.
    pub(crate) fn leave(
        &mut self,
        now: Instant,
        from: Caller,
        leaving: &[Leaving],
        config: &Config,
        out: &mut Effects,
    ) {
        if self.state == State::Dead {
            out.answer(from, Answer::Leave(Err(ErrorCode::CoordinatorNotAvailable)));
            return;
        }
        let mut left = Vec::new();
        for who in leaving {
            left.push(Left { who: *who, error: self.let_go(*who, out).err() });
        }
        if left.iter().any(|left| left.error.is_none()) {
            match self.state {
                State::Stable | State::CompletingRebalance => {
                    self.rebalance_or_complete(now, config, out);
                }
                State::PreparingRebalance => self.complete_if_all_joined(now, out),
                State::Empty | State::Dead => {}
            }
        }
        out.answer(from, Answer::Leave(Ok(left)));
    }

    fn let_go(&mut self, who: Leaving, out: &mut Effects) -> Result<(), ErrorCode> {
        let id = match who.member {
            None => {
                let named = who.instance.and_then(|instance| self.statics.get(&instance));
                *named.ok_or(ErrorCode::UnknownMemberId)?
            }
            Some(id) if self.pending_join.contains(&id) => id,
            Some(id) => {
                self.validate(id, who.instance)?;
                id
            }
        };
        out.cancel(Timer::Heartbeat(self.id, id));
        self.refuse_join(id, ErrorCode::UnknownMemberId, out);
        self.remove(id);
        Ok(())
    }

    /// [`Timer::Heartbeat`]: the session of a member, or of an id that was handed out, ran out.
    pub(crate) fn session_timed_out(
        &mut self,
        now: Instant,
        id: MemberId,
        config: &Config,
        out: &mut Effects,
    ) {
        let alive = self.members.get(&id).map(super::Member::has_satisfied_heartbeat);
        let pending = self.pending_join.contains(&id);
        if self.state == State::Dead || alive.unwrap_or(!pending) {
            return;
        }
        self.refuse_join(id, ErrorCode::UnknownMemberId, out);
        self.remove(id);
        match self.state {
            State::Stable | State::CompletingRebalance if !pending => {
                self.rebalance_or_complete(now, config, out);
            }
            // Here an initial rebalance is ended too, if nobody else is awaited.
            State::PreparingRebalance if self.all_have_joined() => self.complete_join(now, out),
            _ => {}
        }
    }
}
