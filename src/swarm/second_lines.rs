//! Lines of defence that nobody misses while the others stand, each with the one that stands before
//! it. `mutants` fails when one of them is caught after all: then it has no place here.

/// A line of defence, and why its absence alone cannot be seen.
pub struct SecondLine {
    pub guard: &'static str,
    pub because: &'static str,
}

const fn second(guard: &'static str, because: &'static str) -> SecondLine {
    SecondLine { guard, because }
}

pub const SECOND_LINES: &[SecondLine] = &[
    second(
        "session-refuses-twin",
        "restart-leaves-isr: who registers anew is outside of every ISR, old session or not",
    ),
    second(
        "heartbeat-broker-epoch",
        "unfence-needs-metadata: an old heartbeat reports an offset below the new registration",
    ),
    second(
        "alter-broker-epoch",
        "alter-partition-epoch: the fencing between two lives has raised the partition epoch",
    ),
    second(
        "alter-leader-epoch",
        "alter-partition-epoch: whatever raises the leader epoch raises the partition epoch",
    ),
    second(
        "alter-partition-epoch",
        "alter-eligible-members: what the controller changed meanwhile is who was fenced",
    ),
    second(
        "alter-by-leader",
        "alter-leader-epoch: an epoch has one leader, and it is always in what it proposes",
    ),
    second(
        "alter-member-epochs",
        "expand-eligible: the leader compares the same epochs before it proposes; the race that is \
         left needs a disk that is lost while a session goes on",
    ),
    second(
        "fetch-broker-epoch",
        "alter-member-epochs: a member is proposed with the epoch that it fetched under",
    ),
    second(
        "newer-metadata-only",
        "quorum-divergence: in KRaft a broker applies one log in order; it guarded requests of the \
         controller in the ZooKeeper era",
    ),
    second(
        "response-at-offset",
        "response-of-epoch: with one fetch under way a log moves between request and answer only \
         by a change of the leader epoch",
    ),
    second(
        "response-of-epoch",
        "divergence-check: what was stored under another epoch is cut off with the next fetch",
    ),
    second(
        "clean-mark-once",
        "unclean-restart-leaves-elr: the mark holds a broker epoch, and an old one counts as none",
    ),
];
