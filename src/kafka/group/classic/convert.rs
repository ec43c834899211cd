//! A classic group becomes one of the consumer protocol, or has been one: what of its members
//! lives on. Refuses to know when that may be. Source: spec E3.8; `ConsumerGroup.fromClassicGroup`,
//! `ClassicGroup.fromConsumerGroup`.

use super::{ClassicGroup, JoinRefused, Member, State};
use crate::group::consumer::{Classic, Current, MemberMetadata};
use crate::group::record::{ConsumerValue, Record};
use crate::group::{Answer, Effects, Epoch, GroupId, MemberId, Partitions, Timer};
use crate::id::ErrorCode;
use kernel::Instant;
use std::rc::Rc;

impl ClassicGroup {
    /// The records of a group of the consumer protocol with the same members: all of them where
    /// the last generation has led them, with what it has given them.
    /// Source: `ConsumerGroup.createConsumerGroupRecords`: in this order.
    pub(crate) fn as_consumer_group(&self) -> Vec<Record> {
        let (group, epoch) = (self.id, self.generation);
        let of = |record: fn(&ClassicGroup, &Member) -> Record| {
            self.members.values().map(move |member| record(self, member))
        };
        let value = Some(ConsumerValue { epoch, ..ConsumerValue::default() });
        let mut records = vec![Record::ClassicGroup { group, value: None }];
        records.extend(of(ClassicGroup::metadata_record));
        records.push(Record::ConsumerGroup { group, value });
        records.extend(of(ClassicGroup::target_record));
        records.push(Record::TargetEpoch { group, value: Some(epoch) });
        records.extend(of(ClassicGroup::current_record));
        records
    }

    fn metadata_record(&self, member: &Member) -> Record {
        // All protocols of a consumer tell the same subscription.
        let chosen = self.protocol.and_then(|name| member.subscription(name));
        let says = chosen.or_else(|| member.protocols.first().map(|(_, says)| Rc::clone(says)));
        let value = MemberMetadata {
            instance: member.instance,
            rebalance_timeout: member.rebalance_timeout,
            topics: says.unwrap_or_default().topics.clone(),
            assignor: None,
            classic: Some(Classic {
                session_timeout: member.session_timeout,
                protocols: Rc::clone(&member.protocols),
            }),
        };
        Record::Member { group: self.id, member: member.id, value: Some(Rc::new(value)) }
    }

    fn target_record(&self, member: &Member) -> Record {
        let value = Some(Rc::new(by_topic(member)));
        Record::Target { group: self.id, member: member.id, value }
    }

    fn current_record(&self, member: &Member) -> Record {
        let value = Current {
            epoch: self.generation,
            previous_epoch: self.generation,
            assigned: by_topic(member),
            ..Current::default()
        };
        Record::Current { group: self.id, member: member.id, value: Some(Rc::new(value)) }
    }

    /// Whoever waits is told that another rebalance has begun, and joins what the group has become.
    /// (Kafka lets the timers run out: they find a group of another kind and do nothing.)
    /// Source: `convertToConsumerGroup`.
    pub(crate) fn give_way(&mut self, out: &mut Effects) {
        let error = ErrorCode::RebalanceInProgress;
        let ids: Vec<MemberId> = self.members.keys().copied().collect();
        for id in ids {
            if let Some(from) = self.take_join(id) {
                out.answer(from, Answer::Join(Err(JoinRefused { member: Some(id), error })));
            }
            out.cancel(Timer::Heartbeat(self.id, id));
        }
        self.answer_syncs(Some(error), out);
        for member in self.members.values() {
            out.cancel(Timer::Heartbeat(self.id, member.id));
        }
        out.cancel(Timer::Join(self.id));
        out.cancel(Timer::Sync(self.id));
    }

    /// What was a group of the consumer protocol. Its members have their sessions, and what they
    /// have until the group meets.
    pub(crate) fn of_members(
        id: GroupId,
        generation: Epoch,
        members: Vec<Member>,
        now: Instant,
        out: &mut Effects,
    ) -> ClassicGroup {
        let mut group = ClassicGroup::new(id, now);
        group.become_state(State::Stable, now);
        group.generation = generation;
        for member in members {
            group.add(member);
        }
        group.protocol = group.select_protocol();
        group.subscribed = group.subscriptions();
        out.write(vec![group.record()]);
        for id in group.members.keys() {
            group.extend_session(*id, out);
        }
        group
    }
}

fn by_topic(member: &Member) -> Partitions {
    let mut all = Partitions::new();
    for id in member.assignment.iter() {
        all.entry(id.topic).or_default().insert(id.index);
    }
    all
}
