//! `roundrobin`: all partitions of all topics in one row, dealt in a circle of members.
//!
//! Whoever has not subscribed to the topic is passed over. Refuses to look at what was owned
//! before. Source: spec E4.2; clients `RoundRobinAssignor` (4.1).

use super::{Group, Shares};
use kernel::Arrange;

pub(super) fn assign(group: &Group) -> Shares {
    let mut circle: Vec<usize> = (0..group.members.len()).collect();
    circle.arrange_by(|a, b| group.compare_members(*a, *b));
    let mut shares = vec![Vec::new(); group.members.len()];
    let mut next = circle.iter().copied().cycle();
    for topic in group.subscribed_topics() {
        for id in group.partitions(topic) {
            let taker = next.find(|place| group.members[*place].topics.contains(&topic));
            shares[taker.expect("a subscribed topic has a subscriber")].push(id);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use crate::assign::Assignor;
    use crate::assign::fixture::{assign, group};

    /// Source: spec E4.2.
    #[test]
    fn partitions_are_dealt_over_all_topics() {
        let group = group("t1:3 t2:2", &["c2 = t1 t2", "c1 = t1 t2"]);
        let seen = assign(Assignor::RoundRobin, &group);
        assert_eq!(seen, "c1: t1-0 t1-2 t2-1 | c2: t1-1 t2-0");
    }

    /// Source: spec E4.2; the example of `RoundRobinAssignor`.
    #[test]
    fn whoever_has_not_subscribed_is_passed_over() {
        let group = group("t0:1 t1:2 t2:3", &["c0 = t0", "c1 = t0 t1", "c2 = t0 t1 t2"]);
        let seen = assign(Assignor::RoundRobin, &group);
        assert_eq!(seen, "c0: t0-0 | c1: t1-0 | c2: t1-1 t2-0 t2-1 t2-2");
    }
}
