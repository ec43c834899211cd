//! Rack-aware answers of the classic assignors: the tables in `oracle/` have no racks.
//!
//! Refuses to explain them; the rules are in `range.rs` and `sticky/`.
//! Source: `RangeAssignorTest`, `AbstractStickyAssignorTest` (`testRackAwareAssignmentWith…`).

use super::fixture::{assign, group};
use super::{Assignor, Group};

const ALL: [&str; 3] = ["t1 t2 t3"; 3];
const NOT_ALL: [&str; 3] = ["t1 t2 t3", "t1 t2 t3", "t1 t3"];

/// Topics of these sizes over brokers on racks a, b, c…, replicas in turn without a break between
/// topics; members c0, c1… on these racks, who want these topics and own nothing.
struct Racked<'a> {
    sizes: &'a [u16],
    replicas: u16,
    racks: u16,
    members: &'a str,
    topics: &'a [&'a str],
}

impl Racked<'_> {
    fn fresh(&self) -> Group {
        self.owning(&[""; 4])
    }

    fn owning(&self, owned: &[&str]) -> Group {
        let members = self.members.chars().zip(self.topics).zip(owned).enumerate();
        let members = members
            .map(|(n, ((rack, topics), owned))| format!("c{n}%{rack} = {topics}; {owned} @1"));
        let members: Vec<String> = members.collect();
        group(&self.topics(), &members.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn topics(&self) -> String {
        let rack = |broker: u16| char::from(b'a' + (broker % self.racks) as u8).to_string();
        let mut next = 0;
        let mut text = String::new();
        for (n, size) in self.sizes.iter().enumerate() {
            let replicas = |index: u16| (index..index + self.replicas).map(rack);
            let racks = |index: u16| replicas(next + index).collect::<Vec<_>>().join("+");
            let partitions: Vec<String> = (0..*size).map(racks).collect();
            text += &format!("t{}:{size}@{} ", n + 1, partitions.join(","));
            next += size;
        }
        text
    }
}

fn racked<'a>(
    sizes: &'a [u16],
    replicas: u16,
    racks: u16,
    members: &'a str,
    topics: &'a [&'a str],
) -> Racked<'a> {
    Racked { sizes, replicas, racks, members, topics }
}

fn check(assignor: Assignor, group: &Group, expected: &[&str]) {
    let expected = expected.iter().enumerate().map(|(n, share)| format!("c{n}: {share}"));
    let expected: Vec<String> = expected.collect();
    assert_eq!(assign(assignor, group), expected.join(" | "), "{}", assignor.name());
}

#[test]
fn range_gives_by_rack_within_the_quota_of_each_topic() {
    let sizes = [6, 7, 2];
    let by_rack =
        ["t1-0 t1-3 t2-0 t2-3 t2-6", "t1-1 t1-4 t2-1 t2-4 t3-0", "t1-2 t1-5 t2-2 t2-5 t3-1"];
    check(Assignor::Range, &racked(&sizes, 1, 3, "abc", &ALL).fresh(), &by_rack);
    let two = ["t1-0 t1-2 t2-0 t2-2 t2-3 t3-1", "t1-1 t1-3 t2-1 t2-4 t3-0", "t1-4 t1-5 t2-5 t2-6"];
    check(Assignor::Range, &racked(&sizes, 2, 3, "abc", &ALL).fresh(), &two);
    let not_all =
        ["t1-0 t1-3 t2-0 t2-2 t2-3 t2-6", "t1-1 t1-4 t2-1 t2-4 t2-5 t3-0", "t1-2 t1-5 t3-1"];
    check(Assignor::Range, &racked(&sizes, 1, 3, "abc", &NOT_ALL).fresh(), &not_all);
    let not_all =
        ["t1-0 t1-2 t2-0 t2-2 t2-3 t2-5 t3-1", "t1-1 t1-3 t2-1 t2-4 t2-6 t3-0", "t1-4 t1-5"];
    check(Assignor::Range, &racked(&sizes, 2, 3, "abc", &NOT_ALL).fresh(), &not_all);
}

#[test]
fn range_looks_at_no_racks_where_they_make_no_difference() {
    let plain =
        ["t1-0 t1-1 t2-0 t2-1 t2-2 t3-0", "t1-2 t1-3 t2-3 t2-4 t3-1", "t1-4 t1-5 t2-5 t2-6"];
    check(Assignor::Range, &racked(&[6, 7, 2], 3, 3, "abc", &ALL).fresh(), &plain);
    check(Assignor::Range, &racked(&[6, 7, 2], 3, 3, "def", &ALL).fresh(), &plain);
    check(Assignor::Range, &racked(&[6, 7, 2], 3, 2, "abc", &ALL).fresh(), &plain);
}

#[test]
fn range_keeps_topics_of_one_size_together_before_it_looks_at_racks() {
    let together =
        ["t1-0 t1-1 t2-0 t2-1 t3-0 t3-1", "t1-2 t1-3 t2-2 t2-3 t3-2 t3-3", "t1-4 t2-4 t3-4"];
    check(Assignor::Range, &racked(&[5, 5, 5], 1, 3, "abc", &ALL).fresh(), &together);
    check(Assignor::Range, &racked(&[5, 5, 5], 2, 3, "abc", &ALL).fresh(), &together);
    let one = ["t1-0 t1-1 t2-0 t2-1 t2-4 t3-0 t3-1", "t1-2 t1-3 t2-2 t2-3 t3-2 t3-3", "t1-4 t3-4"];
    check(Assignor::Range, &racked(&[5, 5, 5], 1, 3, "abc", &NOT_ALL).fresh(), &one);
    let two = ["t1-2 t2-0 t2-1 t2-3 t3-2", "t1-0 t1-3 t2-2 t2-4 t3-0 t3-3", "t1-1 t1-4 t3-1 t3-4"];
    check(Assignor::Range, &racked(&[5, 5, 5], 2, 3, "abc", &NOT_ALL).fresh(), &two);
    let pairs = ["t1 t2", "t1 t2", "t3 t4", "t3 t4"];
    let aligned = [
        "t1-0 t1-2 t1-4 t2-0 t2-2 t2-4",
        "t1-1 t1-3 t1-5 t2-1 t2-3 t2-5",
        "t3-1 t4-1",
        "t3-0 t4-0",
    ];
    check(Assignor::Range, &racked(&[6, 6, 2, 2], 1, 2, "abba", &pairs).fresh(), &aligned);
    let four = ["t1 t2 t3 t4"; 4];
    let aligned = [
        "t1-0 t1-3 t2-0 t2-3 t3-0 t4-0",
        "t1-1 t1-4 t2-1 t2-4 t3-1 t4-1",
        "t1-2 t2-2",
        "t1-5 t2-5",
    ];
    check(Assignor::Range, &racked(&[6, 6, 2, 2], 1, 3, "abba", &four).fresh(), &aligned);
}

#[test]
fn sticky_gives_by_rack_within_the_quotas_and_improves_what_is_owned() {
    let even = ["t1-0 t1-3 t2-0 t2-3 t2-6", "t1-1 t1-4 t2-1 t2-4 t3-0", "t1-2 t1-5 t2-2 t2-5 t3-1"];
    for (replicas, racks) in [(1, 3), (2, 3), (3, 3), (3, 2)] {
        let group = racked(&[6, 7, 2], replicas, racks, "abc", &ALL);
        for assignor in [Assignor::Sticky, Assignor::CooperativeSticky] {
            check(assignor, &group.fresh(), &even);
            check(assignor, &group.owning(&even), &even);
        }
    }
    let owned =
        ["t1-0 t1-1 t1-2 t1-3 t1-4", "t1-5 t2-0 t2-1 t2-2 t2-3", "t2-4 t2-5 t2-6 t3-0 t3-1"];
    let group = racked(&[6, 7, 2], 1, 3, "abc", &ALL);
    check(Assignor::Sticky, &group.owning(&owned), &even);
}

#[test]
fn sticky_tries_racks_first_where_subscriptions_differ() {
    let one = ["t1-3 t2-0 t2-2 t2-3 t2-6", "t1-4 t2-1 t2-4 t2-5 t3-0", "t1-0 t1-1 t1-2 t1-5 t3-1"];
    let two = ["t1-3 t2-0 t2-2 t2-5 t2-6", "t1-0 t2-1 t2-3 t2-4 t3-0", "t1-1 t1-2 t1-4 t1-5 t3-1"];
    let plain =
        ["t1-5 t2-0 t2-2 t2-4 t2-6", "t1-3 t2-1 t2-3 t2-5 t3-0", "t1-0 t1-1 t1-2 t1-4 t3-1"];
    for (replicas, racks, expected) in [(1, 3, one), (2, 3, two), (3, 3, plain), (3, 2, plain)] {
        let group = racked(&[6, 7, 2], replicas, racks, "abc", &NOT_ALL);
        for assignor in [Assignor::Sticky, Assignor::CooperativeSticky] {
            check(assignor, &group.fresh(), &expected);
            check(assignor, &group.owning(&expected), &expected);
        }
    }
    let owned =
        ["t1-0 t1-1 t1-2 t1-3 t1-4", "t1-5 t2-0 t2-1 t2-2 t2-3", "t2-4 t2-5 t2-6 t3-0 t3-1"];
    let group = racked(&[6, 7, 2], 1, 3, "abc", &NOT_ALL);
    check(Assignor::Sticky, &group.owning(&owned), &one);
    let first = ["t1-3", "t2-1", "t3-1"];
    check(Assignor::CooperativeSticky, &group.owning(&owned), &first);
    check(Assignor::CooperativeSticky, &group.owning(&first), &one);
}

/// Everything is everywhere, so only the subscriptions count.
#[test]
fn cooperative_sticky_takes_two_rounds_to_what_nobody_may_keep() {
    let owned =
        ["t1-0 t1-1 t1-2 t1-3 t1-4", "t1-5 t2-0 t2-1 t2-2 t2-3", "t2-4 t2-5 t2-6 t3-0 t3-1"];
    let group = racked(&[6, 7, 2], 3, 3, "abc", &NOT_ALL);
    let first = ["t1-2 t1-3 t1-4", "t2-0 t2-1 t2-2 t2-3", "t3-0 t3-1"];
    check(Assignor::CooperativeSticky, &group.owning(&owned), &first);
    let second =
        ["t1-2 t1-3 t1-4 t2-4 t2-5", "t2-0 t2-1 t2-2 t2-3 t2-6", "t1-0 t1-1 t1-5 t3-0 t3-1"];
    check(Assignor::CooperativeSticky, &group.owning(&first), &second);
}
