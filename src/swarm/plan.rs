//! What a seed draws before anything runs: the cluster, its settings in safe ranges, its clients,
//! and which kinds of faults there will be. Runs differ in kind and not only in luck.
//! Source: swarm testing; FoundationDB's two-level coin.

use super::Orders;
use super::luck::Luck;

/// What can be done to a node or its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Kill,
    /// The machine goes, and with it what was not flushed.
    PowerOff,
    Stop,
    Pause,
    Isolate,
    /// Some links are cut, each in one direction or both.
    Cut,
    /// What is sent waits, and then arrives all at once.
    Hold,
    Delay,
    Lose,
    Duplicate,
    SlowDisk,
    /// An application takes its time for each record.
    SlowHandler,
    /// Several nodes are isolated one after the other, and come back in another order.
    Swizzle,
}

const KINDS: [Kind; 13] = [
    Kind::Kill,
    Kind::PowerOff,
    Kind::Stop,
    Kind::Pause,
    Kind::Isolate,
    Kind::Cut,
    Kind::Hold,
    Kind::Delay,
    Kind::Lose,
    Kind::Duplicate,
    Kind::SlowDisk,
    Kind::SlowHandler,
    Kind::Swizzle,
];

pub(super) struct Plan {
    pub(super) setup: Vec<String>,
    pub(super) brokers: Vec<String>,
    pub(super) controllers: Vec<String>,
    pub(super) clients: Vec<String>,
    /// Members of groups, and the groups that must come to rest.
    pub(super) members: Vec<String>,
    pub(super) groups: Vec<String>,
    /// One victim in so many is a member of a group; none is where there is none.
    pub(super) member_share: u64,
    pub(super) partitions: Vec<String>,
    pub(super) kinds: Vec<Kind>,
    /// At most so many nodes suffer at a time.
    pub(super) together: usize,
    /// One gust in so many brings something new, and one of those several things at once.
    pub(super) calm: u64,
    pub(super) burst: u64,
    /// The longest time between two gusts, in milliseconds.
    pub(super) gust: u64,
    /// A node that has recovered is left alone for so long, in milliseconds.
    pub(super) rest: u64,
    /// One victim in so many is a controller.
    pub(super) controller_share: u64,
    /// How long a trouble may last, in milliseconds.
    pub(super) lasting: &'static [u64],
}

/// Long enough for a session to run out; or so short that one election follows the other.
const SLOW: &[u64] = &[200, 1_500, 5_000, 11_000, 14_000];
const QUICK: &[u64] = &[20, 200, 1_000, 2_500];

impl Plan {
    pub(super) fn draw(seed: u64, orders: &Orders, luck: &mut Luck) -> Plan {
        // One run in four is about the quorum: all that fails is controllers, and quickly.
        let quorum = luck.one_in(4);
        let brokers = if quorum { 3 } else { luck.between(3, 5) };
        let controllers = *luck.one_of(if quorum { &[3, 5] } else { &[1, 3, 3, 3, 5] });
        let mut plan = Plan {
            setup: vec![cluster(seed, orders, brokers, controllers, luck)],
            brokers: (1..=brokers).map(|n| format!("broker-{n}")).collect(),
            controllers: (101..101 + controllers).map(|n| format!("controller-{n}")).collect(),
            clients: Vec::new(),
            members: Vec::new(),
            groups: Vec::new(),
            member_share: luck.between(1, 4),
            partitions: Vec::new(),
            kinds: kinds(orders, luck),
            together: luck.between(1, 3) as usize,
            calm: luck.between(1, 6),
            burst: luck.between(3, 12),
            gust: *luck.one_of(&[300, 1_000, 2_500]),
            rest: *luck.one_of(&[0, 2_000, 8_000]),
            controller_share: if quorum { 1 } else { luck.between(2, 6) },
            lasting: if quorum || luck.one_in(4) { QUICK } else { SLOW },
        };
        for topic in ["orders", "audit"].into_iter().take(luck.between(1, 2) as usize) {
            plan.topic(topic, luck);
        }
        if !quorum && luck.one_in(3) {
            plan.group("g", luck);
            if luck.one_in(2) {
                plan.group("h", luck);
            }
        }
        plan.setup.push("settle".to_owned());
        plan
    }

    fn topic(&mut self, topic: &str, luck: &mut Luck) {
        let partitions = luck.between(1, 3);
        self.setup.push(format!(
            "topic {topic} partitions={partitions} replicas=3 min.insync.replicas=2"
        ));
        self.partitions.extend((0..partitions).map(|n| format!("{topic}-{n}")));
        for n in 0..luck.between(1, 2) {
            // The first sees to it that every partition is written to.
            let turns = if n == 0 { " partitioner.class=RoundRobinPartitioner" } else { "" };
            let name = format!("p{}", self.clients.len() + 1);
            let rate = luck.between(3, 12);
            let timeout = *luck.one_of(&[2_000, 5_000, 30_000]);
            let delivery = *luck.one_of(&[30_000, 120_000]).max(&(timeout + 1_000));
            self.setup.push(format!(
                "producer {name} topic={topic} acks=all rate={rate} \
                 request.timeout.ms={timeout} delivery.timeout.ms={delivery}{turns}"
            ));
            self.clients.push(name);
        }
        let name = format!("c{}", self.clients.len() + 1);
        self.setup.push(format!("consumer {name} topic={topic}"));
        self.clients.push(name);
    }
}

impl Plan {
    /// A group of some members, all alike; or half of them of the other protocol, so that it
    /// changes from one to the other as they come and go.
    fn group(&mut self, group: &str, luck: &mut Luck) {
        let protocol = *luck.one_of(&[
            "",
            "partition.assignment.strategy=range",
            "partition.assignment.strategy=sticky",
            "partition.assignment.strategy=cooperative-sticky",
            "partition.assignment.strategy=cooperative-sticky",
            "group.protocol=consumer",
            "group.protocol=consumer",
            "group.protocol=consumer group.remote.assignor=range",
        ]);
        let commit = *luck.one_of(&["auto", "auto", "after", "before"]);
        let handler = *luck.one_of(&["0ms", "0ms", "20ms"]);
        let topics = if self.partitions.iter().any(|name| name.starts_with("audit")) {
            *luck.one_of(&["orders", "orders,audit"])
        } else {
            "orders"
        };
        // Under the consumer protocol a static member that was killed comes back in vain until its
        // session has run out, and then gives in.
        let statics = luck.one_in(4) && !protocol.contains("consumer");
        let mixed = !protocol.contains("consumer") && luck.one_in(3);
        // The rebalance that a downgrade begins with is written down nowhere: a coordinator that
        // takes over at that instant leaves a partition to nobody (tests/kafka has it).
        let rests = !mixed || luck.one_in(2);
        if let (true, true, Some(cluster)) = (mixed, rests, self.setup.first_mut()) {
            cluster.push_str(" group.consumer.migration.policy=upgrade");
        }
        for n in 1..=luck.between(2, 4) {
            let name = format!("{group}{n}");
            let modern = mixed && n % 2 == 0;
            let protocol = if modern { "group.protocol=consumer" } else { protocol };
            let instance = if statics && !modern {
                format!(" group.instance.id={name}")
            } else {
                String::new()
            };
            self.setup.push(format!(
                "consumer {name} topic={topics} group={group} session.timeout.ms=6000 \
                 heartbeat.interval.ms=1500 max.poll.interval.ms=15000 commit={commit} \
                 auto.commit.interval.ms=1000 handler={handler} {protocol}{instance}"
            ));
            self.members.push(name);
        }
        if rests {
            self.groups.push(group.to_owned());
        }
    }
}

fn cluster(seed: u64, orders: &Orders, brokers: u64, controllers: u64, luck: &mut Luck) -> String {
    let lag = luck.one_of(&[3_000, 10_000, 30_000]);
    let session = luck.one_of(&[6_000, 9_000]);
    let checkpoint = luck.one_of(&[500, 5_000]);
    let boot = luck.one_of(&["50ms", "300ms", "2s"]);
    // On a slow network without any jitter voters can go on splitting their votes in step.
    let network =
        luck.one_of(&[("1ms", "400us"), ("1ms", "3ms"), ("1ms", "3ms"), ("20ms", "20ms")]);
    let (latency, jitter) = network;
    let mut line = format!(
        "cluster kafka profile={} brokers={brokers} controllers={controllers} seed={seed} \
         replica.lag.time.max.ms={lag} broker.session.timeout.ms={session} \
         replica.high.watermark.checkpoint.interval.ms={checkpoint} jitter={jitter} boot={boot} \
         latency={latency} group.consumer.session.timeout.ms=6000 \
         group.consumer.heartbeat.interval.ms=1500 min.insync.replicas=2",
        orders.profile
    );
    if let Some(guard) = &orders.without {
        line += &format!(" without={guard}");
    }
    line
}

/// Each kind is in this run or not; power is cut only where the settings tolerate it.
fn kinds(orders: &Orders, luck: &mut Luck) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = KINDS.into_iter().filter(|_| luck.one_in(2)).collect();
    if kinds.is_empty() {
        kinds.push(Kind::Kill);
    }
    if !orders.survives_power_loss() {
        kinds.retain(|kind| *kind != Kind::PowerOff);
        kinds.push(Kind::Kill);
    }
    kinds
}
