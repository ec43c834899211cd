//! Members go: they leave, their session runs out, or they do not give up what they must.
//! Source: spec E3.1, E3.4; `consumerGroupLeave`, `consumerGroupFenceMember`.

use super::{Around, ConsumerGroup, Current, Heartbeat, LEAVE_STATIC, Reply};
use crate::group::record::Record;
use crate::group::{Effects, MemberId, Partitions, Timer};
use crate::id::ErrorCode;
use kernel::Span;
use std::rc::Rc;

impl ConsumerGroup {
    pub(super) fn leave(
        &mut self,
        beat: &Heartbeat,
        around: Around<'_>,
        log: &mut Vec<Record>,
        out: &mut Effects,
    ) -> Result<Reply, ErrorCode> {
        if let Some(instance) = beat.instance {
            let (id, _) = self.static_by(instance).ok_or(ErrorCode::UnknownMemberId)?;
            if id != beat.member {
                return Err(ErrorCode::FencedInstanceId);
            }
        }
        let member = self.members.get(&beat.member).ok_or(ErrorCode::UnknownMemberId)?;
        if beat.instance.is_some() && beat.epoch == LEAVE_STATIC {
            // It keeps its partitions while its session lasts.
            let current = Rc::new(Current {
                epoch: LEAVE_STATIC,
                pending_revocation: Partitions::new(),
                ..(*member.current).clone()
            });
            let (group, member) = (self.id, beat.member);
            self.put(Record::Current { group, member, value: Some(current) }, log);
        } else {
            self.fence(beat.member, around, log, out);
        }
        Ok(Reply {
            member: beat.member,
            epoch: beat.epoch,
            heartbeat_interval: Span::ZERO,
            assignment: None,
        })
    }

    /// [`Timer::Session`].
    pub(crate) fn session_timed_out(
        &mut self,
        id: MemberId,
        around: Around<'_>,
        out: &mut Effects,
    ) {
        let mut log = Vec::new();
        if self.members.contains_key(&id) {
            self.fence(id, around, &mut log, out);
        }
        out.write(log);
    }

    /// [`Timer::Rebalance`]: it is still in the epoch in which it was told to give up.
    /// Source: `scheduleConsumerGroupRebalanceTimeout`.
    pub(crate) fn revocation_timed_out(
        &mut self,
        id: MemberId,
        around: Around<'_>,
        out: &mut Effects,
    ) {
        let epoch = self.revoking.remove(&id);
        if self.members.get(&id).map(|member| member.current.epoch) == epoch {
            self.session_timed_out(id, around, out);
        }
    }

    fn fence(
        &mut self,
        id: MemberId,
        around: Around<'_>,
        log: &mut Vec<Record>,
        out: &mut Effects,
    ) {
        self.remove(id, log);
        self.bump(self.metadata(around.topics), log);
        self.revoking.remove(&id);
        out.cancel(Timer::Session(self.id, id));
        out.cancel(Timer::Rebalance(self.id, id));
    }

    /// Source: `removeMember`: in this order.
    pub(super) fn remove(&mut self, member: MemberId, log: &mut Vec<Record>) {
        let group = self.id;
        self.put(Record::Current { group, member, value: None }, log);
        self.put(Record::Target { group, member, value: None }, log);
        self.put(Record::Member { group, member, value: None }, log);
    }
}
