//! Where the replicas of new partitions go: striped over racks, and over brokers within a rack.
//!
//! The leaders go round the racks in turn, so that no rack leads more than its share; the other
//! replicas follow in the racks after it. It refuses to know load and disk space, as Kafka does.
//! Source: spec A16; `StripedReplicaPlacer`.

use crate::id::ErrorCode;
use crate::image::Image;
use kernel::{NodeId, SortedMap};
use std::rc::Rc;

/// A number below the given one.
pub(super) type Draw<'a> = &'a mut dyn FnMut(u64) -> u64;

/// Brokers of one rack that are all in service, or all not.
#[derive(Debug, Default)]
struct Stripe {
    brokers: Vec<NodeId>,
    /// Which partition this stripe is dealing for, how many it has dealt, and where it begins.
    epoch: usize,
    dealt: usize,
    offset: usize,
}

impl Stripe {
    fn begin(&mut self, draw: Draw<'_>) {
        if !self.brokers.is_empty() {
            self.offset = draw(self.brokers.len() as u64) as usize;
        }
    }

    fn next(&mut self, epoch: usize) -> Option<NodeId> {
        if self.brokers.is_empty() {
            return None;
        }
        if self.epoch != epoch {
            self.epoch = epoch;
            self.dealt = 0;
            self.offset = (self.offset + 1) % self.brokers.len();
        }
        if self.dealt >= self.brokers.len() {
            return None;
        }
        let broker = self.brokers[(self.offset + self.dealt) % self.brokers.len()];
        self.dealt += 1;
        Some(broker)
    }
}

#[derive(Debug, Default)]
struct Rack {
    in_service: Stripe,
    fenced: Stripe,
}

impl Rack {
    fn next(&mut self, epoch: usize) -> Option<NodeId> {
        self.in_service.next(epoch).or_else(|| self.fenced.next(epoch))
    }
}

/// The racks in the order in which they are dealt to.
struct Racks {
    racks: Vec<Rack>,
    brokers: usize,
    in_service: usize,
    epoch: usize,
    offset: usize,
}

impl Racks {
    fn of(image: &Image, draw: Draw<'_>) -> Racks {
        let mut by_name: SortedMap<Option<Rc<str>>, Rack> = SortedMap::new();
        for (broker, known) in &image.brokers {
            let rack = by_name.entry(known.rack.clone()).or_default();
            let stripe = if known.fenced { &mut rack.fenced } else { &mut rack.in_service };
            stripe.brokers.push(*broker);
        }
        let mut racks: Vec<Rack> = by_name.into_values().collect();
        for rack in &mut racks {
            rack.in_service.begin(draw);
            rack.fenced.begin(draw);
        }
        let in_service = racks.iter().map(|rack| rack.in_service.brokers.len()).sum();
        let offset = if racks.len() > 1 { draw(racks.len() as u64) as usize } else { 0 };
        Racks { racks, brokers: image.brokers.len(), in_service, epoch: 0, offset }
    }

    /// The replicas of the next partition; the caller has seen to it that there are enough.
    fn place(&mut self, factor: usize, draw: Draw<'_>) -> Vec<NodeId> {
        // As many partitions as brokers to lead them: the same assignments would come again.
        if self.epoch == self.in_service && self.in_service > 1 {
            self.shuffle(draw);
            self.epoch = 0;
        }
        self.offset %= self.racks.len();
        let mut placed = Vec::with_capacity(factor);
        let mut leads = self.offset;
        while placed.is_empty() {
            match self.racks[leads].in_service.next(self.epoch) {
                Some(leader) => placed.push(leader),
                None => leads = (leads + 1) % self.racks.len(),
            }
        }
        let mut at = self.offset;
        let mut first_lap = true;
        while placed.len() < factor {
            if !(first_lap && at == leads) {
                placed.extend(self.racks[at].next(self.epoch));
            }
            at = (at + 1) % self.racks.len();
            first_lap &= at != self.offset;
        }
        self.epoch += 1;
        self.offset += 1;
        placed
    }

    fn shuffle(&mut self, draw: Draw<'_>) {
        shuffle(&mut self.racks, draw);
        for rack in &mut self.racks {
            shuffle(&mut rack.in_service.brokers, draw);
            shuffle(&mut rack.fenced.brokers, draw);
        }
    }
}

fn shuffle<T>(list: &mut [T], draw: Draw<'_>) {
    for last in (1..list.len()).rev() {
        list.swap(last, draw(last as u64 + 1) as usize);
    }
}

/// The replicas of each of `count` partitions.
///
/// # Errors
/// `INVALID_REPLICATION_FACTOR` with too few brokers, or with none in service.
pub(super) fn place(
    image: &Image,
    count: usize,
    factor: usize,
    draw: Draw<'_>,
) -> Result<Vec<Vec<NodeId>>, ErrorCode> {
    let mut racks = Racks::of(image, draw);
    if factor == 0 || factor > racks.brokers || racks.in_service == 0 {
        return Err(ErrorCode::InvalidReplicationFactor);
    }
    Ok((0..count).map(|_| racks.place(factor, draw)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Registration;

    /// Brokers with their racks; a `!` marks one that is fenced.
    fn image(brokers: &[(u16, &str)]) -> Image {
        let mut image = Image::default();
        for (broker, rack) in brokers {
            let fenced = rack.ends_with('!');
            let rack = Some(rack.trim_end_matches('!')).filter(|rack| !rack.is_empty());
            let registration = Registration {
                epoch: 0,
                incarnation: 1,
                fenced,
                stopping: false,
                rack: rack.map(Rc::from),
                offline: Vec::new(),
            };
            image.brokers.insert(NodeId(*broker), registration);
        }
        image
    }

    fn placed(brokers: &[(u16, &str)], count: usize, factor: usize) -> Vec<Vec<u16>> {
        let placed = place(&image(brokers), count, factor, &mut |_| 0).expect("there are enough");
        placed.iter().map(|list| list.iter().map(|node| node.0).collect()).collect()
    }

    /// Source: spec A16; `StripedReplicaPlacer` (its example of three racks).
    #[test]
    fn leaders_go_round_the_racks_and_replicas_into_the_next_ones() {
        let brokers = [(1, "a"), (2, "a"), (3, "b"), (4, "b"), (5, "c"), (6, "c")];
        assert_eq!(
            placed(&brokers, 6, 3),
            [[1, 3, 5], [4, 6, 2], [5, 1, 3], [2, 4, 6], [3, 5, 1], [6, 2, 4]]
        );
    }

    #[test]
    fn without_racks_the_brokers_take_turns() {
        let brokers = [(1, ""), (2, ""), (3, "")];
        assert_eq!(placed(&brokers, 3, 2), [[1, 2], [2, 3], [3, 1]]);
    }

    #[test]
    fn a_fenced_broker_does_not_lead_and_comes_last_in_its_rack() {
        let brokers = [(1, "!"), (2, ""), (3, "")];
        assert_eq!(placed(&brokers, 2, 3), [[2, 3, 1], [3, 2, 1]]);
        let racks = [(1, "a!"), (2, "b"), (3, "b")];
        assert_eq!(placed(&racks, 1, 2), [[2, 1]]);
    }

    #[test]
    fn every_rack_leads_equally_often() {
        let brokers = [(1, "a"), (2, "b"), (3, "b"), (4, "c")];
        let leaders: Vec<u16> = placed(&brokers, 3, 2).iter().map(|list| list[0]).collect();
        assert_eq!(leaders, [1, 3, 4]);
    }

    #[test]
    fn too_few_brokers_or_none_in_service_is_an_error() {
        let error = Err(ErrorCode::InvalidReplicationFactor);
        assert_eq!(place(&image(&[(1, "")]), 1, 2, &mut |_| 0), error);
        assert_eq!(place(&image(&[(1, "!"), (2, "!")]), 1, 1, &mut |_| 0), error);
        assert_eq!(place(&image(&[(1, "")]), 1, 0, &mut |_| 0), error);
        // A single broker in service deals to itself, for ever.
        assert_eq!(placed(&[(1, "")], 3, 1), [[1], [1], [1]]);
    }
}
