//! A topic's subscribers by load, and two ranges of them that grow towards each other: the least
//! loaded, who get partitions, and the most loaded, who give them.
//!
//! Refuses to move anything: whoever asks for the next member is trusted to give to it, or to take
//! from it. Source: `UniformHeterogeneousAssignmentBuilder.MemberAssignmentBalancer` (4.1).

use super::Shares;
use kernel::Arrange;

pub(super) struct Loads {
    /// Places, least loaded first at the outset; ties by member id.
    members: Vec<usize>,
    /// The least loaded are those before this one; each has the level, or one more already.
    least_end: usize,
    least_level: isize,
    next_least: usize,
    /// The most loaded are those from start to end; each has the level, or one less already.
    /// Behind the end stand those that have nothing to give.
    most_start: usize,
    most_end: usize,
    most_level: isize,
    /// Counts down; -1 when the first member has been asked.
    next_most: isize,
}

impl Loads {
    /// Of at least one member.
    pub(super) fn new(mut members: Vec<usize>, shares: &Shares) -> Loads {
        members.arrange_by_key(|place| (shares[*place].len(), *place));
        let count = members.len();
        let level = |at: usize| members.get(at).map_or(0, |place| shares[*place].len() as isize);
        Loads {
            least_end: 0,
            least_level: level(0) - 1,
            next_least: 0,
            most_start: count,
            most_end: count,
            most_level: level(count.saturating_sub(1)) + 1,
            next_most: count as isize - 1,
            members,
        }
    }

    fn level(&self, at: usize, shares: &Shares) -> isize {
        shares[self.members[at]].len() as isize
    }

    /// How far the loads are apart, before anybody was asked.
    pub(super) fn spread(&self, shares: &Shares) -> isize {
        self.level(self.members.len() - 1, shares) - self.level(0, shares)
    }

    /// The least loaded. Once each in the range has got one, the level rises and the range takes
    /// in those who are at that level anyway.
    pub(super) fn next_least(&mut self, shares: &Shares) -> usize {
        if self.next_least >= self.least_end {
            self.least_level += 1;
            while self.least_end < self.members.len()
                && self.level(self.least_end, shares) == self.least_level
            {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        let member = self.members[self.next_least];
        self.next_least += 1;
        member
    }

    /// The most loaded; none when nobody has anything to give.
    pub(super) fn next_most(&mut self, shares: &Shares) -> Option<usize> {
        if self.next_most < self.most_start as isize {
            if self.most_end <= self.most_start && self.most_start > 0 {
                self.most_level = self.level(self.most_start - 1, shares);
            } else {
                self.most_level -= 1;
            }
            while self.most_start > 0 && self.level(self.most_start - 1, shares) == self.most_level
            {
                self.most_start -= 1;
            }
            self.next_most = self.most_end as isize - 1;
        }
        let at = usize::try_from(self.next_most).ok()?;
        self.next_most -= 1;
        Some(self.members[at])
    }

    /// The member that was asked last has nothing to give.
    pub(super) fn exclude_most(&mut self) {
        self.most_end -= 1;
        self.members.swap((self.next_most + 1) as usize, self.most_end);
    }

    /// Nobody in the one range has more than one partition more than anybody in the other.
    pub(super) fn are_even(&self) -> bool {
        self.most_level - self.least_level <= 1
    }
}
