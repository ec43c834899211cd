//! Records are the group's state: whatever changes it is written down and replayed, here and, after
//! a change of the coordinator, from the log. Source: spec E1; `GroupMetadataManager.replay`.

use super::{ConsumerGroup, Current, Member, MemberMetadata, MemberState};
use crate::group::record::Record;
use crate::group::{Config, Effects, MemberId, Timer};
use std::rc::Rc;

impl ConsumerGroup {
    pub(super) fn put(&mut self, record: Record, log: &mut Vec<Record>) {
        self.replay(&record);
        log.push(record);
    }

    /// Records of other kinds say nothing of this group.
    pub(crate) fn replay(&mut self, record: &Record) {
        match record {
            Record::ConsumerGroup { value, .. } => self.value = value.clone().unwrap_or_default(),
            Record::TargetEpoch { value, .. } => self.target_epoch = value.unwrap_or_default(),
            Record::Member { member, value, .. } => self.replay_member(*member, value.as_ref()),
            Record::Target { member, value: Some(target), .. } => {
                self.targets.insert(*member, Rc::clone(target));
            }
            Record::Target { member, value: None, .. } => {
                self.targets.remove(member);
            }
            Record::Current { member, value, .. } => self.replay_current(*member, value.as_ref()),
            Record::ClassicGroup { .. } | Record::Offset { .. } => {}
        }
    }

    fn replay_member(&mut self, id: MemberId, value: Option<&Rc<MemberMetadata>>) {
        let Some(metadata) = value else {
            let gone = self.members.remove(&id);
            let instance = gone.and_then(|member| member.metadata.instance);
            if let Some(instance) = instance
                && self.statics.get(&instance) == Some(&id)
            {
                self.statics.remove(&instance);
            }
            return;
        };
        if let Some(instance) = metadata.instance {
            self.statics.insert(instance, id);
        }
        self.members.entry(id).or_default().metadata = Rc::clone(metadata);
    }

    fn replay_current(&mut self, id: MemberId, value: Option<&Rc<Current>>) {
        match value {
            Some(current) => {
                let member: &mut Member = self.members.entry(id).or_default();
                member.current = Rc::clone(current);
            }
            None => {
                if let Some(member) = self.members.get_mut(&id) {
                    member.current = Rc::default();
                }
            }
        }
    }

    /// The records that take an empty group away.
    pub(crate) fn tombstones(&self) -> Vec<Record> {
        vec![
            Record::TargetEpoch { group: self.id, value: None },
            Record::ConsumerGroup { group: self.id, value: None },
        ]
    }

    /// This broker has become the coordinator: every timer begins anew.
    /// Source: `GroupMetadataManager.onLoaded`.
    pub(crate) fn loaded(&mut self, config: &Config, out: &mut Effects) {
        self.begin_sessions(config, out);
        let unrevoked = |member: &Member| {
            let revokes = member.current.state == MemberState::UnrevokedPartitions;
            revokes && member.metadata.classic.is_none()
        };
        let unrevoked = self.members.iter().filter(|(_, member)| unrevoked(member));
        let members: Vec<MemberId> = unrevoked.map(|(id, _)| *id).collect();
        for id in members {
            self.await_revocation(id, out);
        }
    }

    /// A classic member's session is as long as it has asked for.
    pub(crate) fn begin_sessions(&self, config: &Config, out: &mut Effects) {
        for (id, member) in &self.members {
            let own = member.metadata.classic.as_ref().map(|classic| classic.session_timeout);
            let session = own.unwrap_or(config.consumer_session_timeout);
            out.set(Timer::Session(self.id, *id), session);
        }
    }
}
