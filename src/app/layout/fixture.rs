//! Scenes made by hand, for tests of pictures only: an outage with something of everything.

use replicascope::scene::{
    Candidate, Cell, Decision, Disk, EventId, Fate, Field, Flight, FlightId, Health, Instant, Lag,
    Ledger, LinkState, Node, NodeId, Parked, Phases, Pips, Promise, Role, Scene, Setting, Span,
    Strip, Strips, Timer, Told, Tone,
};

const NOW: Instant = Instant(21_384_000);

fn node(id: u16, name: &str, role: Role) -> Node {
    Node {
        id: NodeId(id),
        name: format!("{name}-{id}"),
        role,
        health: Health::Up,
        disk: Disk::Ok,
        standing: None,
        pips: None,
        badges: Vec::new(),
        fields: vec![Field { name: "node.id".to_owned(), value: id.to_string() }],
    }
}

fn nodes(brokers: u16) -> Vec<Node> {
    let mut nodes = Vec::new();
    for id in 101..=103 {
        let mut controller = node(id, "controller", Role::Controller);
        let key = if id == 101 { "standing.active" } else { "standing.follower" };
        controller.standing = Some(Told::new(key).with("epoch", 3u32));
        nodes.push(controller);
    }
    nodes.extend((1..=brokers).map(|id| node(id, "broker", Role::Broker)));
    nodes.push(node(201, "producer", Role::Producer));
    nodes.push(node(301, "consumer", Role::Consumer));
    nodes
}

/// A quiet cluster.
pub fn cluster(brokers: u16) -> Scene {
    Scene {
        at: NOW,
        step: 812,
        next_at: Some(Instant(NOW.0 + 400)),
        nodes: nodes(brokers),
        links: Vec::new(),
        flights: Vec::new(),
        strips: vec![partition("orders-0", &(1..=brokers.min(3)).collect::<Vec<_>>())],
        parked: Vec::new(),
        timers: Vec::new(),
        decisions: Vec::new(),
        phases: Vec::new(),
        groups: Vec::new(),
        ledger: Ledger { sent: 9, acked: 6, ..Ledger::default() },
    }
}

fn cell(offset: u64, epoch: u32, promise: Promise) -> Cell {
    let flushed = promise > Promise::Appended;
    Cell { offset, epoch, label: (offset + 30).to_string(), promise, flushed }
}

fn strip(node: u16, end: u64, high_watermark: u64) -> Strip {
    let cells = (0..end).map(|offset| {
        let promise = if offset < 5.min(high_watermark) {
            Promise::Acked
        } else if offset < high_watermark {
            Promise::Committed
        } else {
            Promise::Appended
        };
        cell(offset, if offset < 3 { 4 } else { 5 }, promise)
    });
    Strip {
        node: NodeId(node),
        leads: false,
        epoch: 5,
        in_isr: true,
        eligible: false,
        online: true,
        start: 0,
        end,
        high_watermark,
        cells: cells.collect(),
        ghosts: Vec::new(),
        lag: None,
    }
}

/// A partition whose replicas stand on `nodes`; the first leads.
pub fn partition(name: &str, nodes: &[u16]) -> Strips {
    let mut replicas: Vec<Strip> = nodes
        .iter()
        .zip([(8, 6), (7, 5), (6, 4)])
        .map(|(id, (end, hw))| strip(*id, end, hw))
        .collect();
    replicas[0].leads = true;
    Strips {
        name: name.to_owned(),
        leader: Some(NodeId(nodes[0])),
        epoch: 5,
        version: 9,
        isr: nodes.iter().copied().map(NodeId).collect(),
        proposed: None,
        elr: Vec::new(),
        min_isr: 2,
        window: 0,
        replicas,
        ledger: Ledger { sent: 9, acked: 5, ..Ledger::default() },
    }
}

fn flight(id: u64, from: u16, to: u16, api: &str, note: &str) -> Flight {
    Flight {
        id: FlightId(id),
        from: NodeId(from),
        to: NodeId(to),
        api: api.to_owned(),
        note: note.to_owned(),
        reply: false,
        sent: Instant(NOW.0 - 900 - 130 * id),
        due: Instant(NOW.0 + 1_100 + 90 * id),
        fate: Fate::Arriving,
        tone: Tone::Normal,
        error: None,
        cause: EventId(id),
        fields: Vec::new(),
    }
}

fn flights() -> Vec<Flight> {
    let mut doomed = flight(5, 1, 101, "BrokerHeartbeat", "");
    doomed.fate = Fate::Doomed;
    let mut refused = flight(6, 3, 201, "Produce", "");
    (refused.reply, refused.error) = (true, Some("NOT_LEADER_OR_FOLLOWER".to_owned()));
    refused.tone = Tone::Key;
    let mut held = flight(7, 301, 2, "Fetch", "orders-0 @5");
    held.fate = Fate::Held;
    let mut reply = flight(4, 2, 3, "Fetch", "1 rec");
    reply.reply = true;
    let mut alter = flight(2, 2, 101, "AlterPartition", "{2, 3}");
    alter.tone = Tone::Key;
    vec![
        flight(1, 201, 2, "Produce", "#41"),
        alter,
        flight(3, 3, 2, "Fetch", "orders-0 @7"),
        reply,
        doomed,
        refused,
        held,
    ]
}

fn decision() -> Decision {
    let candidate = |id: u16, picked: bool, key: &'static str| Candidate {
        node: NodeId(id),
        picked,
        reason: Told::new(key),
    };
    Decision {
        event: EventId(640),
        step: 640,
        at: Instant(12_600_000),
        node: NodeId(101),
        title: Told::new("decision.leader").with("partition", "orders-0"),
        candidates: vec![
            candidate(1, false, "candidate.fenced"),
            candidate(2, true, "candidate.first-in-isr"),
            candidate(3, false, "candidate.later"),
        ],
        rule: Told::new("rule.first-live-isr"),
    }
}

fn waits(scene: &mut Scene) {
    let parked = |from: u16, api: &str, until: u64| Parked {
        node: NodeId(2),
        api: api.to_owned(),
        from: NodeId(from),
        strip: Some("orders-0".to_owned()),
        why: Told::new("parked.produce"),
        since: Instant(NOW.0 - 300_000),
        until: Instant(NOW.0 + until),
    };
    scene.parked = vec![
        parked(201, "Produce", 20_000_000),
        parked(3, "Fetch", 200_000),
        parked(301, "Fetch", 90_000),
    ];
    scene.timers = [(101, 1, 4_200_000), (101, 2, 8_800_000), (101, 3, 8_100_000)]
        .map(|(node, peer, left)| Timer {
            node: NodeId(node),
            label: Told::new("timer.session").with("node", NodeId(peer)),
            set: Instant(NOW.0 + left - 9_000_000),
            due: Instant(NOW.0 + left),
            setting: Setting { key: "broker.session.timeout.ms", value: "9000".to_owned() },
        })
        .into();
}

/// Broker 1 has been killed and is back behind; a cut, a slow disk and a lost record besides.
pub fn outage() -> Scene {
    let mut scene = cluster(3);
    scene.nodes[3].health = Health::Starting;
    scene.nodes[4].badges = vec![Told::new("badge.leads").with("partition", "orders-0")];
    scene.nodes[5].disk = Disk::Slow;
    scene.nodes[2].pips = Some(Pips {
        granted: vec![NodeId(103)],
        refused: vec![NodeId(101)],
        waiting: vec![NodeId(102)],
    });
    scene.flights = flights();
    let link = |from: u16, to: u16| LinkState {
        from: NodeId(from),
        to: NodeId(to),
        cut: false,
        held: false,
        extra: Span::ZERO,
        loss_permille: 0,
    };
    scene.links = vec![
        LinkState { cut: true, ..link(1, 101) },
        LinkState { held: true, ..link(301, 2) },
        LinkState { extra: Span::millis(200), loss_permille: 125, ..link(3, 101) },
    ];
    let mut first = partition("orders-0", &[2, 3, 1]);
    first.isr = vec![NodeId(2), NodeId(3)];
    let out = &mut first.replicas[2];
    (out.in_isr, out.eligible) = (false, true);
    out.cells.truncate(5);
    (out.end, out.high_watermark) = (5, 4);
    out.ghosts = vec![cell(4, 4, Promise::Lost), cell(5, 4, Promise::Lost)];
    out.lag =
        Some(Lag { records: 3, caught_up: Instant(NOW.0 - 19_400_000), limit: Span::secs(30) });
    first.elr = vec![NodeId(1)];
    first.ledger.lost = 2;
    scene.strips = vec![first, partition("orders-1", &[3, 1, 2])];
    waits(&mut scene);
    scene.decisions = vec![decision()];
    scene.phases = vec![Phases {
        subject: "orders-0".to_owned(),
        marks: [
            ("fault", 9_000_000, 300),
            ("detected", 12_580_000, 620),
            ("elected", 12_600_000, 640),
        ]
        .map(|(name, at, step)| (format!("phase.{name}"), Instant(at), step))
        .into(),
    }];
    scene
}
