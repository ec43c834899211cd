//! The forms of every verb: what `help VERB` prints, and what completion offers word by word.
//! It refuses to read lines; a verb's form says what its reader takes.

use crate::config::KEYS;
use crate::id::{is_broker, node_name};
use crate::node::Node;
use crate::system::{Kafka, image};
use kernel::World;
use scene::Forms;

pub(crate) const FORMS: [Forms; 31] = [
    (
        "topic",
        &["NAME [partitions=N] [replicas=N] [min.insync.replicas=N] \
           [unclean.leader.election.enable=true|false] [retention.ms=N] [retention.bytes=N] \
           [segment.bytes=N] [manager=one-seat|first-alive] \
           [recovery=leader-epoch|high-watermark|copy] [assignment=1:2:3,2:3:1]"],
    ),
    (
        "producer",
        &["NAME topic=TOPIC [acks=0|1|all] [rate=N] [count=N] [size=N] \
           [enable.idempotence=true|false] [linger.ms=N] [request.timeout.ms=N] \
           [delivery.timeout.ms=N] [metadata.max.age.ms=N] [retries=N] \
           [max.in.flight.requests.per.connection=N] [batch.size=N] [buffer.memory=N] \
           [max.block.ms=N] [partitioner.class=RoundRobinPartitioner|sticky] \
           [partitioner.ignore.keys=true|false] \
           [partitioner.adaptive.partitioning.enable=true|false] \
           [partitioner.availability.timeout.ms=N] [keys=N] [skew=1.2] [salt=N]"],
    ),
    (
        "consumer",
        &[
            "NAME topic=TOPIC [include=PATTERN] [auto.offset.reset=earliest|latest|none] \
           [fetch.min.bytes=N] [fetch.max.bytes=N] [fetch.max.wait.ms=N] \
           [metadata.max.age.ms=N] [client.rack=RACK]",
            "NAME topic=TOPIC group=GROUP [group.protocol=classic|consumer] \
           [partition.assignment.strategy=range|roundrobin|sticky|cooperative-sticky] \
           [group.remote.assignor=uniform|range] [group.instance.id=NAME] [session.timeout.ms=N] \
           [heartbeat.interval.ms=N] [max.poll.interval.ms=N] [max.poll.records=N] \
           [enable.auto.commit=true|false] [auto.commit.interval.ms=N] \
           [commit=auto|before|after|never] [handler=20ms]",
        ],
    ),
    ("handler", &["CONSUMER 500ms"]),
    ("join", &["GROUP"]),
    ("deploy", &["GROUP [down=2s] [every=10s]"]),
    ("flap", &["CONSUMER [down=2s] [every=10s] [times=5]"]),
    ("consumer-seek", &["CONSUMER PARTITION OFFSET|beginning|end"]),
    ("consumer-pause", &["CONSUMER PARTITION"]),
    ("consumer-resume", &["CONSUMER PARTITION"]),
    (
        "kafka-consumer-groups.sh",
        &[
            "--list",
            "--describe --group GROUP",
            "--describe --group GROUP --members [--verbose]",
            "--describe --group GROUP --state",
            "--describe --all-groups",
            "--reset-offsets --group GROUP --topic TOPIC --to-earliest|--to-latest \
             --execute|--dry-run",
            "--reset-offsets --group GROUP --topic TOPIC --to-offset|--shift-by N \
             --execute|--dry-run",
        ],
    ),
    ("controller", &["104"]),
    ("voter", &["add|remove NODE"]),
    ("elect", &["preferred|unclean PARTITION"]),
    ("delete-records", &["PARTITION all|OFFSET"]),
    ("reassign", &["PARTITION to BROKERS", "PARTITION cancel"]),
    (
        "config",
        &[
            "TOPIC [min.insync.replicas=N] [unclean.leader.election.enable=true|false] \
             [retention.ms=N] [retention.bytes=N] [segment.bytes=N] \
             [manager=one-seat|first-alive] [recovery=leader-epoch|high-watermark|copy]",
            "* [min.insync.replicas=N] [unclean.leader.election.enable=true|false] \
             [log.retention.ms=N] [log.retention.bytes=N] [log.segment.bytes=N]",
        ],
    ),
    ("partitions", &["TOPIC N"]),
    ("unregister", &["BROKER"]),
    ("show", &["[PARTITION]", "keys TOPIC"]),
    (
        "kafka-topics.sh",
        &[
            "--list",
            "--describe [--topic TOPIC] [--under-replicated-partitions] \
             [--under-min-isr-partitions] [--at-min-isr-partitions] [--unavailable-partitions]",
            "--create --topic NAME [--partitions N] [--replication-factor N] \
             [--replica-assignment 1:2:3,2:3:1] [--config KEY=VALUE]...",
            "--alter --topic TOPIC --partitions N [--replica-assignment 1:2:3,2:3:1]",
        ],
    ),
    (
        "kafka-configs.sh",
        &[
            "--describe --topic TOPIC",
            "--describe --entity-type brokers --entity-default",
            "--describe --entity-type brokers --entity-name ID --all",
            "--alter --topic TOPIC [--add-config KEY=VALUE] [--delete-config KEY]",
            "--alter --entity-type brokers --entity-default [--add-config KEY=VALUE]",
        ],
    ),
    ("kafka-console-producer.sh", &["--topic TOPIC [--producer-property acks=all]... [--sync]"]),
    (
        "kafka-console-consumer.sh",
        &[
            "--topic TOPIC [--from-beginning] [--group NAME] [--consumer-property KEY=VALUE]...",
            "--topic TOPIC --partition N --offset earliest|OFFSET --max-messages N \
             [--property print.offset=true]...",
        ],
    ),
    (
        "kafka-producer-perf-test.sh",
        &["--topic TOPIC --num-records N --throughput N [--record-size N] \
           [--producer-props acks=all]..."],
    ),
    (
        "kafka-leader-election.sh",
        &[
            "--election-type preferred|unclean --topic TOPIC --partition INDEX",
            "--election-type preferred|unclean --all-topic-partitions",
        ],
    ),
    (
        "kafka-reassign-partitions.sh",
        &[
            "--list",
            "--verify [--topic TOPIC --partition INDEX]",
            "--verify --reassignment-json-file JSON",
            "--execute --topic TOPIC --partition INDEX --replicas BROKERS [--additional]",
            "--execute --reassignment-json-file JSON [--additional]",
            "--cancel --topic TOPIC --partition INDEX",
            "--cancel --reassignment-json-file JSON",
        ],
    ),
    (
        "kafka-metadata-quorum.sh",
        &[
            "describe --status",
            "describe --replication [--human-readable]",
            "--command-config controller-104.properties add-controller",
            "remove-controller --controller-id ID [--controller-directory-id DIRECTORY]",
        ],
    ),
    ("kafka-log-dirs.sh", &["--describe [--broker-list IDS] [--topic-list TOPIC]"]),
    ("kafka-dump-log.sh", &["--cluster-metadata-decoder", "--files LOG [--print-data-log]"]),
    ("kafka-cluster.sh", &["list-endpoints [--include-fenced-brokers]", "unregister --id ID"]),
];

/// What may stand for a word in capitals.
pub(crate) fn values(world: &World<Kafka>, kind: &str) -> Vec<String> {
    let brokers = || world.nodes().map(|slot| slot.id).filter(|node| is_broker(*node));
    let image = image(world);
    let partitions = || {
        image
            .into_iter()
            .flat_map(|image| image.partitions.keys().map(|id| image.partition_name(*id)))
    };
    match kind {
        "TOPIC" => {
            image.into_iter().flat_map(|it| it.topics.values()).map(|it| it.name.clone()).collect()
        }
        "PARTITION" => partitions().collect(),
        "BROKER" => brokers().map(node_name).collect(),
        "CONSUMER" => {
            let members = |slot: &kernel::Slot<Kafka>| match &slot.process {
                Node::Member(member) => Some(member.config.reader.name.clone()),
                _ => None,
            };
            world.nodes().filter_map(members).collect()
        }
        "GROUP" => crate::probe::groups::names(world),
        "ID" => world.nodes().map(|slot| slot.id.to_string()).collect(),
        "IDS" => vec![brokers().map(|node| node.to_string()).collect::<Vec<_>>().join(",")],
        "LOG" => brokers()
            .flat_map(|node| partitions().map(move |name| format!("{}/{name}", node_name(node))))
            .collect(),
        "KEY" => KEYS.iter().map(|key| key.name.to_owned()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_stands_once() {
        for (at, (verb, forms)) in FORMS.iter().enumerate() {
            assert!(FORMS[..at].iter().all(|(other, _)| other != verb), "{verb}");
            assert!(!forms.is_empty(), "{verb}");
        }
    }
}
