//! The numbers that Kafka's own monitoring gives, under Kafka's own names, along virtual time.
//!
//! They follow from facts alone, event by event, as the tape does; a chart is a copy. What real
//! clients and brokers average over 30 s or a minute is here what the last second came to.
//! Refuses to look back at events, and to know how a chart is drawn.

mod clients;
mod readers;
mod record;
mod replicas;

use crate::group::OFFSETS_TOPIC;
use crate::system::Kafka;
use kernel::{Event, EventId, Instant, What, World};
use record::Gauge;
use scene::{Chart, Series, Whose};

/// As many numbers of one name as can be told apart in a chart.
const FEW: usize = 4;

#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    replicas: replicas::Replicas,
    clients: clients::Clients,
    readers: readers::Readers,
    /// The event that is to come next.
    next: EventId,
}

impl Metrics {
    pub(crate) fn film(&mut self, world: &World<Kafka>, event: &Event<Kafka>) {
        if event.id > self.next {
            // A branch of a very long run begins with what lasted, and that is not every record.
            self.clients.forget(event.at);
            self.readers.forget(event.at);
        }
        self.next = EventId(event.id.0 + 1);
        self.clients.pass(event.id);
        match &event.what {
            What::Ended => {
                let node = event.node.unwrap_or_default();
                self.replicas.ended(node, event.at);
                self.readers.ended(node, event.at);
            }
            What::Noted(fact) => {
                self.replicas.film(world, event, fact);
                self.clients.film(world, event, fact);
                self.readers.film(world, event, fact);
            }
            _ => {}
        }
    }

    pub(crate) fn charts(&self, to: Instant) -> Vec<Chart> {
        let mut charts = self.replicas.charts();
        charts.extend(self.clients.charts(to));
        charts.extend(self.readers.charts());
        charts
    }
}

/// Each of the numbers while they are few; otherwise the one that matters most, all along.
fn few(
    name: &'static str,
    object: &'static str,
    of: Vec<(&str, &Gauge)>,
    worst: fn(u64, u64) -> u64,
) -> Vec<Series> {
    if of.len() > FEW {
        let gauges: Vec<&Gauge> = of.iter().map(|(_, gauge)| *gauge).collect();
        let samples = Gauge::extreme(&gauges, worst).samples().to_vec();
        return vec![Series { name, object, of: Whose::Worst(of.len()), samples }];
    }
    let series = of.into_iter().map(|(owner, gauge)| {
        let of = Whose::One(owner.to_owned());
        Series { name, object, of, samples: gauge.samples().to_vec() }
    });
    series.collect()
}

/// What Kafka keeps for itself, a topic or one of its partitions.
fn is_internal(name: &str) -> bool {
    name.starts_with(OFFSETS_TOPIC)
}
