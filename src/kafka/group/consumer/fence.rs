//! Members go: they leave, their session runs out, or they do not give up what they must.
//! Source: spec E3.1, E3.4; `consumerGroupLeave`, `consumerGroupFenceMember`.

use super::{Around, ConsumerGroup, Current, Heartbeat, LEAVE_STATIC, Reply};
use crate::group::record::Record;
use crate::group::{Effects, MemberId, Partitions, Timer};
use crate::id::ErrorCode;
use kernel::Span;
use std::rc::Rc;

impl ConsumerGroup {
    /// The answer, and who goes for good.
    pub(crate) fn leave(
        &mut self,
        beat: &Heartbeat,
        out: &mut Effects,
    ) -> Result<(Reply, Option<MemberId>), ErrorCode> {
        if let Some(instance) = beat.instance {
            let (id, _) = self.static_by(instance).ok_or(ErrorCode::UnknownMemberId)?;
            if id != beat.member {
                return Err(ErrorCode::FencedInstanceId);
            }
        }
        let member = self.members.get(&beat.member).ok_or(ErrorCode::UnknownMemberId)?;
        let for_now = beat.instance.is_some() && beat.epoch == LEAVE_STATIC;
        if for_now {
            // It keeps its partitions while its session lasts.
            let current = Rc::new(Current {
                epoch: LEAVE_STATIC,
                pending_revocation: Partitions::new(),
                ..(*member.current).clone()
            });
            let (group, member) = (self.id, beat.member);
            let mut log = Vec::new();
            self.put(Record::Current { group, member, value: Some(current) }, &mut log);
            out.write(log);
        }
        let reply = Reply {
            member: beat.member,
            epoch: beat.epoch,
            heartbeat_interval: Span::ZERO,
            assignment: None,
        };
        Ok((reply, Some(beat.member).filter(|_| !for_now)))
    }

    /// Whose patience has run out, if it is that member's time to go.
    pub(crate) fn timed_out(&mut self, timer: Timer) -> Option<MemberId> {
        match timer {
            Timer::Session(_, id) | Timer::ClassicJoin(_, id) | Timer::ClassicSync(_, id) => {
                Some(id).filter(|id| self.members.contains_key(id))
            }
            // It is still in the epoch in which it was told to give up.
            // Source: `scheduleConsumerGroupRebalanceTimeout`.
            Timer::Rebalance(_, id) => {
                let epoch = self.revoking.remove(&id)?;
                Some(id)
                    .filter(|id| self.members.get(id).is_some_and(|it| it.current.epoch == epoch))
            }
            _ => None,
        }
    }

    /// They are members no more; whoever is left is led to a new target.
    /// Source: `consumerGroupFenceMembers`.
    pub(crate) fn fence(&mut self, gone: &[MemberId], around: Around<'_>, out: &mut Effects) {
        let mut log = Vec::new();
        for id in gone {
            self.remove(*id, &mut log);
        }
        self.bump(self.metadata(around.topics), &mut log);
        out.write(log);
        for id in gone {
            self.revoking.remove(id);
            self.rejoining.remove(id);
            self.cancel_timers(*id, out);
        }
    }

    pub(super) fn cancel_timers(&self, id: MemberId, out: &mut Effects) {
        let timers: [fn(_, _) -> Timer; 4] =
            [Timer::Session, Timer::Rebalance, Timer::ClassicJoin, Timer::ClassicSync];
        for timer in timers {
            out.cancel(timer(self.id, id));
        }
    }

    /// Source: `removeMember`: in this order.
    pub(super) fn remove(&mut self, member: MemberId, log: &mut Vec<Record>) {
        let group = self.id;
        self.put(Record::Current { group, member, value: None }, log);
        self.put(Record::Target { group, member, value: None }, log);
        self.put(Record::Member { group, member, value: None }, log);
    }
}
