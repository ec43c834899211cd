//! How many records go in and out, and how long a producer waits for its answers.
//! Source: `BrokerTopicMetrics`, `SenderMetricsRegistry`, `FetchMetricsRegistry`.

use super::is_internal;
use super::record::{Fold, Window};
use crate::fact::Fact;
use crate::names;
use crate::system::Kafka;
use kernel::{Event, EventId, Instant, World};
use scene::{Chart, Series, Told, Unit, Whose};

#[derive(Clone, Debug)]
pub(super) struct Clients {
    stored: Window,
    consumed: Window,
    requested: Window,
    queued: Window,
    retried: Window,
    given_up: Window,
    /// A send that failed just now: the next event says whether it was given up.
    failed: Option<(EventId, Instant, u32)>,
}

impl Default for Clients {
    fn default() -> Clients {
        let (rate, most) = (|| Window::new(Fold::Rate), || Window::new(Fold::Most));
        Clients {
            stored: rate(),
            consumed: rate(),
            requested: most(),
            queued: most(),
            retried: rate(),
            given_up: rate(),
            failed: None,
        }
    }
}

impl Clients {
    pub(super) fn film(&mut self, world: &World<Kafka>, event: &Event<Kafka>, fact: &Fact) {
        let at = event.at;
        match fact {
            Fact::Appended { id, records, .. } if !is_internal(&names::topic(world, id.topic)) => {
                self.stored.add(at, records.len() as u64);
            }
            Fact::Consumed { records, .. } => self.consumed.add(at, records.len() as u64),
            Fact::Acked(acked) => {
                self.requested.add(at, acked.request.0);
                self.queued.add(at, acked.latency.0 - acked.request.0);
            }
            Fact::SendFailed { count, .. } => {
                let before = self.failed.replace((event.id, at, *count));
                self.put_back(before);
            }
            Fact::GaveUp { count, .. } => {
                // Given up at once, it was not put back. Source: `Sender.completeBatch`.
                self.failed = self.failed.filter(|(failed, ..)| failed.0 + 1 != event.id.0);
                self.given_up.add(at, u64::from(*count));
            }
            _ => {}
        }
    }

    /// An event of any kind has come.
    pub(super) fn pass(&mut self, event: EventId) {
        let over = self.failed.take_if(|(failed, ..)| failed.0 + 1 < event.0);
        self.put_back(over);
    }

    fn put_back(&mut self, failed: Option<(EventId, Instant, u32)>) {
        if let Some((_, at, count)) = failed {
            self.retried.add(at, u64::from(count));
        }
    }

    pub(super) fn forget(&mut self, at: Instant) {
        self.stored.forget(at);
        self.consumed.forget(at);
    }

    pub(super) fn charts(&self, to: Instant) -> Vec<Chart> {
        let series = |name, object, window: &Window| {
            let one = || Series { name, object, of: Whose::All, samples: window.samples(to) };
            window.is_known().then(one)
        };
        let producer = "kafka.producer:type=producer-metrics,client-id=*";
        let fetches = "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=*";
        let messages = "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec";
        let charts = [
            (
                Told::new("chart.throughput"),
                Told::new("chart.throughput-about"),
                Unit::PerSecond,
                [
                    series("MessagesInPerSec", messages, &self.stored),
                    series("records-consumed-rate", fetches, &self.consumed),
                ],
            ),
            (
                Told::new("chart.latency"),
                Told::new("chart.latency-about"),
                Unit::Micros,
                [
                    series("request-latency-max", producer, &self.requested),
                    series("record-queue-time-max", producer, &self.queued),
                ],
            ),
            (
                Told::new("chart.retries"),
                Told::new("chart.retries-about"),
                Unit::PerSecond,
                [
                    series("record-retry-rate", producer, &self.retried),
                    series("record-error-rate", producer, &self.given_up),
                ],
            ),
        ];
        let charts = charts.into_iter().map(|(title, about, unit, series)| Chart {
            title,
            about,
            unit,
            series: series.into_iter().flatten().collect(),
        });
        charts.filter(|chart| !chart.series.is_empty()).collect()
    }
}
