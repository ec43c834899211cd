//! What every assignor owes a group, whatever the group: each partition to one subscriber, loads as
//! even as the subscriptions allow, and nothing moved without need. Groups are drawn from a fixed
//! seed. Refuses to know the answers; the tables in `oracle/` do.

use crate::robust::cases;
use proptest::prelude::*;
use proptest::sample::subsequence;
use replicascope_kafka::assign::{
    Assignment, Assignor, Group, Member, PartitionId, Topic, TopicId, server,
};
use std::collections::{BTreeMap, BTreeSet};

const RACKS: [&str; 3] = ["a", "b", "c"];
const TOPICS: usize = 4;

fn topic(n: usize) -> impl Strategy<Value = Topic> {
    let racks = subsequence(RACKS.to_vec(), 0..=3);
    let racks = racks.prop_map(|racks| racks.into_iter().map(str::to_owned).collect());
    prop::collection::vec(racks, 1..12).prop_map(move |racks: Vec<Vec<String>>| Topic {
        name: format!("t{n}"),
        partitions: racks.len() as u16,
        racks: racks.into_iter().map(|racks| racks.into_iter().collect()).collect(),
    })
}

/// Claims are of any generation, may contradict each other and name what is no more.
fn member() -> impl Strategy<Value = Member> {
    let id = |(topic, index)| PartitionId { topic: TopicId(topic), index };
    let owned = prop::collection::vec((0..TOPICS as u16, 0..12_u16).prop_map(id), 0..12);
    let topics = subsequence((0..TOPICS as u16).collect::<Vec<_>>(), 1..=TOPICS);
    let instance = prop::option::weighted(0.2, 0..100_u8);
    let rack = prop::option::of(prop::sample::select(&RACKS));
    (instance, rack, topics, owned, -1..3_i32).prop_map(
        |(instance, rack, topics, owned, generation)| Member {
            id: String::new(),
            instance: instance.map(|n| format!("i{n}")),
            rack: rack.map(str::to_owned),
            topics: topics.into_iter().map(TopicId).collect(),
            owned,
            generation,
        },
    )
}

fn group() -> impl Strategy<Value = Group> {
    let topics: Vec<_> = (0..TOPICS).map(topic).collect();
    let ids = prop::collection::btree_set(0..1000_u16, 1..9);
    (topics, ids, prop::collection::vec(member(), 9), any::<bool>()).prop_map(
        |(topics, ids, mut members, same_topics)| {
            members.truncate(ids.len());
            let first = members[0].topics.clone();
            for (member, id) in members.iter_mut().zip(ids) {
                member.id = format!("consumer-{id}");
                if same_topics {
                    member.topics.clone_from(&first);
                }
                let topics = &member.topics;
                member.owned.retain(|id| topics.contains(&id.topic));
            }
            let topics = topics.into_iter().enumerate();
            Group { topics: topics.map(|(n, t)| (TopicId(n as u16), t)).collect(), members }
        },
    )
}

/// Partitions that somebody wants.
fn wanted(group: &Group) -> BTreeSet<PartitionId> {
    let topics: BTreeSet<TopicId> = group.members.iter().flat_map(|m| m.topics.clone()).collect();
    let ids = |topic: TopicId| {
        let count = group.topics[&topic].partitions;
        (0..count).map(move |index| PartitionId { topic, index })
    };
    topics.into_iter().flat_map(ids).collect()
}

fn is_homogeneous(group: &Group) -> bool {
    group.members.windows(2).all(|pair| pair[0].topics == pair[1].topics)
}

fn spread(loads: impl Iterator<Item = usize> + Clone) -> usize {
    loads.clone().max().unwrap_or(0) - loads.min().unwrap_or(0)
}

/// The members after a round: they own what they were given, in the next generation.
fn next_round(group: &Group, assignment: &Assignment) -> Group {
    let mut group = group.clone();
    for member in &mut group.members {
        member.owned.clone_from(&assignment[&member.id]);
        member.generation = 9;
    }
    group
}

#[test]
fn every_partition_goes_to_one_subscriber() {
    cases(400, &group(), |group| {
        for assignor in Assignor::ALL {
            let assignment = assignor.assign(&group);
            let mut given = BTreeSet::new();
            for member in &group.members {
                for id in &assignment[&member.id] {
                    let name = assignor.name();
                    assert!(member.topics.contains(&id.topic), "{name}: {id:?} to {}", member.id);
                    assert!(given.insert(*id), "{name}: {id:?} twice");
                }
            }
            if assignor != Assignor::CooperativeSticky {
                assert_eq!(given, wanted(&group), "{}", assignor.name());
            }
        }
    });
}

#[test]
fn loads_differ_by_one_at_most_where_all_want_the_same() {
    cases(400, &group().prop_filter("same topics", is_homogeneous), |group| {
        for assignor in [Assignor::RoundRobin, Assignor::Sticky] {
            let assignment = assignor.assign(&group);
            let loads = assignment.values().map(Vec::len);
            assert!(spread(loads) <= 1, "{}: {assignment:?}", assignor.name());
        }
        let assignment = Assignor::Range.assign(&group);
        for topic in group.topics.keys() {
            let of_topic =
                |ids: &Vec<PartitionId>| ids.iter().filter(|p| p.topic == *topic).count();
            assert!(spread(assignment.values().map(of_topic)) <= 1, "range: {assignment:?}");
        }
    });
}

/// Without racks: those move partitions to be nearer, not to be even.
#[test]
fn a_sticky_assignment_stays_as_it_is() {
    cases(400, &group(), |mut group| {
        group.members.iter_mut().for_each(|member| member.rack = None);
        let first = Assignor::Sticky.assign(&group);
        let second = Assignor::Sticky.assign(&next_round(&group, &first));
        assert_eq!(sets(&first), sets(&second));
    });
}

/// What changes hands is held back for a round. Two rounds are enough where all want the same;
/// where not, a second round may find something else to move.
#[test]
fn a_cooperative_group_becomes_complete() {
    cases(400, &group(), |mut group| {
        group.members.iter_mut().for_each(|member| member.rack = None);
        let rounds = if is_homogeneous(&group) { 2 } else { 3 };
        for _ in 1..rounds {
            group = next_round(&group, &Assignor::CooperativeSticky.assign(&group));
        }
        let last = Assignor::CooperativeSticky.assign(&group);
        let given: BTreeSet<PartitionId> = last.values().flatten().copied().collect();
        assert!(given == wanted(&group), "after {rounds} rounds: {last:?}");
    });
}

fn sets(assignment: &Assignment) -> BTreeMap<&String, BTreeSet<PartitionId>> {
    assignment.iter().map(|(id, ids)| (id, ids.iter().copied().collect())).collect()
}

/// The same group at the coordinator; of what its members claim, the first claim is their target.
fn coordinated(group: &Group) -> server::Group {
    let mut taken = BTreeSet::new();
    let members = group.members.iter().map(|member| {
        let target = member.owned.iter().copied().filter(|id| taken.insert(*id)).collect();
        let (instance, topics) = (member.instance.clone(), member.topics.clone());
        (member.id.clone(), server::Member { instance, topics, target })
    });
    let members = members.collect();
    let topics = group.topics.iter().map(|(id, topic)| (*id, topic.partitions));
    server::Group { topics: topics.collect(), members }
}

#[test]
fn the_coordinator_gives_every_partition_to_one_subscriber() {
    cases(400, &group(), |group| {
        let coordinated = coordinated(&group);
        for assignor in server::Assignor::ALL {
            let target = assignor.assign(&coordinated);
            let given: Vec<PartitionId> = target.values().flatten().copied().collect();
            assert_eq!(given.len(), wanted(&group).len(), "{}: twice or not", assignor.name());
            assert_eq!(BTreeSet::from_iter(given), wanted(&group), "{}", assignor.name());
            let unwanted = |(id, member): (&String, &server::Member)| {
                target[id].iter().any(|p| !member.topics.contains(&p.topic))
            };
            assert!(!coordinated.members.iter().any(unwanted), "{}", assignor.name());
        }
    });
}

/// Where subscriptions differ, sixteen rounds of evening out need not be the end.
#[test]
fn a_uniform_target_of_one_subscription_is_even_and_stays() {
    cases(400, &group().prop_filter("same topics", is_homogeneous), |group| {
        let mut coordinated = coordinated(&group);
        let first = server::Assignor::Uniform.assign(&coordinated);
        assert!(spread(first.values().map(|ids| ids.len())) <= 1, "{first:?}");
        for (id, member) in &mut coordinated.members {
            member.target.clone_from(&first[id]);
        }
        assert_eq!(server::Assignor::Uniform.assign(&coordinated), first);
    });
}
