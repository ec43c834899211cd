//! Clients that the tools start: the console's producer and consumer, and the performance test's
//! producer. Each is an ordinary client; the tool only names its settings otherwise.
//! It refuses to print what they do: the story and the scene show it.
//! Source: `ConsoleProducer`, `ConsoleConsumer`, `ProducerPerformance`.

use super::producer::producer;
use super::subscribe::consumer;
use super::{Act, Options};
use crate::names;
use crate::system::Kafka;
use kernel::World;
use scene::{CommandError, Words};

/// `kafka-console-producer.sh --topic orders [--producer-property acks=1]`: a person types a line
/// now and then.
#[inline(never)]
pub(super) fn console_producer(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Act, CommandError> {
    let options = Options::read(
        words,
        &["--topic", "--producer-property", "--bootstrap-server"],
        &["--sync"],
    )?;
    let column = words.next_column();
    let mut line = named(world, "console-producer", &options);
    line += " rate=1";
    line.extend(options.values("--producer-property").map(|pair| format!(" {pair}")));
    producer(world, &mut Words::new(&line)).map_err(|error| error.at(column))
}

/// `kafka-producer-perf-test.sh --topic orders --num-records 100 --throughput 20`
#[inline(never)]
pub(super) fn perf_test(world: &World<Kafka>, words: &mut Words<'_>) -> Result<Act, CommandError> {
    let options = Options::read(
        words,
        &[
            "--topic",
            "--num-records",
            "--throughput",
            "--record-size",
            "--producer-props",
            "--bootstrap-server",
        ],
        &[],
    )?;
    let column = words.next_column();
    let mut line = named(world, "producer-perf-test", &options);
    let own = [("--num-records", "count"), ("--throughput", "rate"), ("--record-size", "size")];
    for (option, key) in own {
        line.extend(options.value(option).map(|value| format!(" {key}={value}")));
    }
    line.extend(options.values("--producer-props").map(|pair| format!(" {pair}")));
    producer(world, &mut Words::new(&line)).map_err(|error| error.at(column))
}

/// `kafka-console-consumer.sh --topic orders [--group g] [--from-beginning]`. Without the latter it
/// begins at the end, as the real one does.
#[inline(never)]
pub(super) fn console_consumer(
    world: &World<Kafka>,
    words: &mut Words<'_>,
) -> Result<Act, CommandError> {
    let options = Options::read(
        words,
        &["--topic", "--group", "--consumer-property", "--bootstrap-server"],
        &["--from-beginning"],
    )?;
    let column = words.next_column();
    let reset = if options.has("--from-beginning") { "earliest" } else { "latest" };
    let mut line = named(world, "console-consumer", &options);
    line += &format!(" auto.offset.reset={reset}");
    line.extend(options.value("--group").map(|group| format!(" group={group}")));
    line.extend(options.values("--consumer-property").map(|pair| format!(" {pair}")));
    consumer(world, &mut Words::new(&line)).map_err(|error| error.at(column))
}

/// `console-producer topic=orders`, with a number behind the name where it is taken.
fn named(world: &World<Kafka>, name: &str, options: &Options<'_>) -> String {
    let taken = |name: &String| names::find_node(world, name).is_some();
    let numbered = (2..).map(|n| format!("{name}-{n}"));
    let free = std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name));
    let topic = options.value("--topic").unwrap_or_default();
    format!("{} topic={topic}", free.unwrap_or_default())
}
