//! One partition in focus: what belongs to it, and what steps back.
//!
//! Pure; refuses to hide: what steps back stays where it is, only paler.

use super::shape::Shape;
use replicascope::scene::{Arg, Flight, NodeId, Role, Scene, Tape, Track};

/// Whether a message has to do with the partition. What is about no partition at all stays: an
/// election of controllers concerns every one.
fn concerns(flight: &Flight, partition: &str) -> bool {
    let mut about = flight.fields.iter().filter(|field| field.name == "Partition").peekable();
    about.peek().is_none() || about.any(|field| field.value == partition)
}

/// The same scene without messages about other partitions.
#[must_use]
pub fn narrowed(scene: &Scene, partition: &str) -> Scene {
    let mut scene = scene.clone();
    scene.flights.retain(|flight| concerns(flight, partition));
    scene
}

/// Brokers that hold no replica of it.
#[must_use]
pub fn outside(scene: &Scene, partition: &str) -> Vec<NodeId> {
    let Some(strips) = scene.strips.iter().find(|strips| strips.name == partition) else {
        return Vec::new();
    };
    let holds = |node: NodeId| strips.replicas.iter().any(|strip| strip.node == node);
    let brokers = scene.nodes.iter().filter(|node| node.role == Role::Broker);
    brokers.map(|node| node.id).filter(|node| !holds(*node)).collect()
}

/// The tape without the tracks of other partitions.
#[must_use]
pub fn tape(tape: &Tape, partition: &str) -> Tape {
    let about = |track: &&Track| {
        let names = track.title.args.iter().filter_map(|(name, arg)| match arg {
            Arg::Name(value) if *name == "partition" => Some(value),
            _ => None,
        });
        let mut names = names.peekable();
        names.peek().is_none() || names.any(|name| name == partition)
    };
    Tape {
        from: tape.from,
        to: tape.to,
        tracks: tape.tracks.iter().filter(about).cloned().collect(),
    }
}

/// The same picture, paler.
#[must_use]
pub fn stepped_back(mut shape: Shape) -> Shape {
    shape.class += " stepped-back";
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::fixture;
    use replicascope::scene::{Instant, Told};

    #[test]
    fn messages_about_other_partitions_are_left_out() {
        let mut scene = fixture::outage();
        let all = scene.flights.len();
        assert!(all > 0);
        for flight in &mut scene.flights {
            flight.fields.clear();
        }
        assert_eq!(narrowed(&scene, "orders-0").flights.len(), all, "they are about no partition");
        scene.flights[0].fields.push(replicascope::scene::Field {
            name: "Partition".to_owned(),
            value: "clicks-3".to_owned(),
        });
        assert_eq!(narrowed(&scene, "orders-0").flights.len(), all - 1);
        assert_eq!(narrowed(&scene, "clicks-3").flights.len(), all);
    }

    #[test]
    fn the_tape_keeps_what_concerns_everybody() {
        let track = |title: Told| Track { title, stretches: Vec::new(), marks: Vec::new() };
        let of = |name: &str| track(Told::new("track.partition").with("partition", name));
        let tracks = vec![track(Told::new("track.faults")), of("orders-0"), of("orders-1")];
        let whole = Tape { from: Instant::ZERO, to: Instant::ZERO, tracks };
        let narrow = tape(&whole, "orders-1");
        assert_eq!(narrow.tracks, [whole.tracks[0].clone(), whole.tracks[2].clone()]);
    }

    #[test]
    fn brokers_without_a_replica_step_back() {
        let mut scene = fixture::outage();
        let name = scene.strips[0].name.clone();
        let gone = scene.strips[0].replicas.pop().expect("it has replicas").node;
        assert_eq!(outside(&scene, &name), [gone]);
        assert!(outside(&scene, "no-such-0").is_empty());
    }
}
