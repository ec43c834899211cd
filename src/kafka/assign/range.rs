//! `range`: each topic by itself; its partitions in order, cut into one range for each subscriber.
//!
//! The first subscribers get what does not divide evenly, of every topic again. Refuses to look at
//! what was owned before. Source: spec E4.1; clients `RangeAssignor` (4.1); KIP-881 for racks.

use super::{Group, PartitionId, Shares, TopicId, rack};
use kernel::{Arrange, SortedMap, SortedSet};

pub(super) fn assign(group: &Group) -> Shares {
    let topics = group.subscribed_topics();
    let mut states: Vec<Ranges<'_>> = topics.iter().map(|id| Ranges::new(group, *id)).collect();
    let mut shares = vec![Vec::new(); group.members.len()];
    let rack_aware = states.iter().any(|state| state.rack_aware);
    if rack_aware {
        align(&mut states, &mut shares);
    }
    for state in &mut states {
        state.deal(false, &mut shares);
    }
    if rack_aware {
        for share in &mut shares {
            share.arrange_by(|a, b| group.compare(*a, *b));
        }
    }
    shares
}

/// Gives out what can be given within racks. Topics with the same subscribers and as many
/// partitions stay together: partition n of each goes to the same member, or to nobody yet.
fn align(states: &mut [Ranges<'_>], shares: &mut Shares) {
    let mut together: SortedMap<(Vec<usize>, usize), Vec<&mut Ranges<'_>>> = SortedMap::new();
    for state in states {
        together.entry((state.subscribers.clone(), state.racks.len())).or_default().push(state);
    }
    for ((subscribers, partitions), mut states) in together {
        if let [state] = states.as_mut_slice() {
            if state.rack_aware {
                state.deal(true, shares);
            }
        } else {
            align_together(&subscribers, partitions, &mut states, shares);
        }
    }
}

fn align_together(
    subscribers: &[usize],
    partitions: usize,
    states: &mut [&mut Ranges<'_>],
    shares: &mut Shares,
) {
    for index in 0..partitions as u16 {
        let fits = |at: &usize| {
            states.iter().all(|state| state.room(*at) > 0 && state.in_rack(*at, index))
        };
        if let Some(at) = (0..subscribers.len()).find(fits) {
            for state in &mut *states {
                state.give(at, &[index], shares);
            }
        }
    }
}

/// How far one topic is given out.
struct Ranges<'a> {
    group: &'a Group,
    topic: TopicId,
    /// Places of the members, static ones first.
    subscribers: Vec<usize>,
    /// Racks of each partition; empty when no subscriber names a rack.
    racks: Vec<SortedSet<&'a str>>,
    rack_aware: bool,
    unassigned: SortedSet<u16>,
    /// Partitions given, by subscriber.
    given: Vec<usize>,
    quota: usize,
    /// Subscribers who may still get one more than the quota.
    extra: usize,
}

impl<'a> Ranges<'a> {
    fn new(group: &'a Group, topic: TopicId) -> Ranges<'a> {
        let mut subscribers = group.subscribers(topic);
        subscribers.arrange_by(|a, b| group.compare_members(*a, *b));
        let named: SortedSet<&str> = subscribers.iter().filter_map(|m| group.rack(*m)).collect();
        let racks: Vec<_> = match named.is_empty() {
            true => Vec::new(),
            false => group.partitions(topic).map(|id| group.racks_of(id)).collect(),
        };
        let partitions = group.partition_count(topic);
        Ranges {
            group,
            topic,
            rack_aware: rack::matter(&named, racks.iter().cloned()),
            racks,
            unassigned: (0..partitions).collect(),
            given: vec![0; subscribers.len()],
            quota: usize::from(partitions) / subscribers.len(),
            extra: usize::from(partitions) % subscribers.len(),
            subscribers,
        }
    }

    /// Ranges of what is left; `in_rack`: of what is left on the subscriber's rack.
    fn deal(&mut self, in_rack: bool, shares: &mut Shares) {
        for at in 0..self.subscribers.len() {
            let fits = |index: &u16| !in_rack || self.in_rack(at, *index);
            let left = self.unassigned.iter().copied().filter(fits);
            let range: Vec<u16> = left.take(self.room(at)).collect();
            self.give(at, &range, shares);
        }
    }

    fn room(&self, at: usize) -> usize {
        (self.quota + usize::from(self.extra > 0)).saturating_sub(self.given[at])
    }

    /// Whoever names no rack is at home everywhere.
    fn in_rack(&self, at: usize, index: u16) -> bool {
        let rack = self.group.rack(self.subscribers[at]);
        rack.is_none_or(|rack| self.racks.get(index as usize).is_some_and(|r| r.contains(rack)))
    }

    fn give(&mut self, at: usize, range: &[u16], shares: &mut Shares) {
        self.given[at] += range.len();
        if !range.is_empty() && self.given[at] > self.quota {
            self.extra -= 1;
        }
        self.unassigned.retain(|index| !range.contains(index));
        let ids = range.iter().map(|index| PartitionId { topic: self.topic, index: *index });
        shares[self.subscribers[at]].extend(ids);
    }
}

#[cfg(test)]
mod tests {
    use crate::assign::Assignor;
    use crate::assign::fixture::{assign, group};

    /// Source: vector V91.
    #[test]
    fn the_first_subscriber_gets_the_extra_partition_of_every_topic() {
        let group = group("t1:3 t2:3", &["c1 = t1 t2", "c2 = t1 t2"]);
        let seen = assign(Assignor::Range, &group);
        assert_eq!(seen, "c1: t1-0 t1-1 t2-0 t2-1 | c2: t1-2 t2-2");
    }

    /// Source: spec E4.1; KIP-345.
    #[test]
    fn static_members_come_first_by_instance() {
        let group = group("t:3", &["c1 = t", "c9/i2 = t", "c8/i3 = t"]);
        assert_eq!(assign(Assignor::Range, &group), "c1: t-2 | c8: t-1 | c9: t-0");
    }

    /// Source: KIP-881.
    #[test]
    fn partitions_go_to_members_on_their_racks_within_the_quotas() {
        let group = group("t:4@a,b,a,b", &["c1%b = t", "c2%a = t"]);
        assert_eq!(assign(Assignor::Range, &group), "c1: t-1 t-3 | c2: t-0 t-2");
    }

    /// Source: KIP-881.
    #[test]
    fn racks_do_not_matter_when_every_partition_is_everywhere() {
        let group = group("t:2@a+b,b+a", &["c1%b = t", "c2%a = t"]);
        assert_eq!(assign(Assignor::Range, &group), "c1: t-0 | c2: t-1");
    }

    /// Partition 1 is with c2 on one topic and with nobody on the other: co-partitioning wins, so
    /// neither is given by rack. Source: KIP-881.
    #[test]
    fn topics_with_the_same_subscribers_and_size_stay_together() {
        let group = group("s:2@b,a t:2@b,b", &["c1%a = s t", "c2%b = s t"]);
        assert_eq!(assign(Assignor::Range, &group), "c1: s-1 t-1 | c2: s-0 t-0");
    }
}
