//! What a product adds to be watched, spoken to and asked. It is kept out of the kernel, so that
//! the kernel never mentions a picture.

use crate::chart::Chart;
use crate::fault::Cast;
use crate::folder::LogFolder;
use crate::forms::Forms;
use crate::packed::{Carrier, Packed};
use crate::session::{Answer, CommandError, Output};
use crate::stage::Scene;
use crate::story::{Ask, Reason, Told, Weight};
use crate::tape::Tape;
use kernel::{Event, EventId, Instant, NodeId, System, Trail, World};
use std::fmt::Debug;

/// A world with the events that led to it.
#[derive(Debug)]
pub struct View<'a, S: System> {
    pub world: &'a World<S>,
    events: &'a Trail<S>,
    len: usize,
}

impl<'a, S: System> View<'a, S> {
    #[must_use]
    pub fn new(world: &'a World<S>, events: &'a Trail<S>, len: usize) -> View<'a, S> {
        View { world, events, len }
    }

    /// All events up to the cursor, oldest first: for what is asked seldom, never for a frame.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &'a Event<S>> + use<'a, S> {
        let events = self.events;
        (0..self.len).filter_map(move |at| events.get(at))
    }

    /// The event of this number, if it has happened and is kept.
    #[must_use]
    pub fn event(&self, id: EventId) -> Option<&'a Event<S>> {
        let place = self.events.partition_point(|event| event.id < id);
        self.events.get(place).filter(|event| place < self.len && event.id == id)
    }
}

/// A line of the narration without its place: the run adds that.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    pub what: Told,
    pub why: Option<Told>,
    pub so_what: Option<Told>,
}

impl Telling {
    #[must_use]
    pub fn new(what: Told) -> Telling {
        Telling { what, why: None, so_what: None }
    }
}

/// What a product adds to be observed.
pub trait Observable: System<Detail = Told> {
    /// `kafka`
    const NAME: &'static str;
    /// The story of a branch as its tape shows it, filmed as it happens.
    type Reel: Clone + Default + Debug;

    /// Reads what follows `cluster NAME` in a boot line: configuration and seed.
    ///
    /// # Errors
    /// Names the word that is wrong.
    fn open(words: &mut crate::line::Words<'_>) -> Result<(Self::Config, u64), CommandError>;
    fn profile(config: &Self::Config) -> String;
    fn cast<'a>(world: &'a World<Self>) -> Box<dyn Cast + 'a>;
    /// Reads a command of the product; none when the verb is not one of its own.
    ///
    /// # Errors
    /// Names the word that is wrong.
    fn parse(world: &World<Self>, line: &str) -> Result<Option<Self::Command>, CommandError>;
    /// The line that a command was read from.
    fn command_line(command: &Self::Command) -> String;
    /// Other lines that a line stands for, done one after the other; none when it is done itself.
    ///
    /// # Errors
    /// Names the word that is wrong.
    fn recipe(_world: &World<Self>, _line: &str) -> Result<Option<Vec<String>>, CommandError> {
        Ok(None)
    }
    /// What the tool prints that a command stands for, before it is carried out.
    fn answer(_world: &World<Self>, _command: &Self::Command) -> String {
        String::new()
    }
    /// Answers a line that only looks; none when the verb is not one of those.
    ///
    /// # Errors
    /// Names the word that is wrong.
    fn print(view: &View<'_, Self>, line: &str) -> Result<Option<Output>, CommandError>;
    /// The product's own verbs, each with the forms that it may have.
    fn forms() -> &'static [Forms];
    /// What may stand for a word of a form that is written in capitals: `TOPIC`.
    fn values(world: &World<Self>, kind: &str) -> Vec<String>;
    /// Whether commands can be carried out, and whether the cluster has come to rest.
    fn is_ready(world: &World<Self>) -> bool;
    fn is_settled(world: &World<Self>) -> bool;
    fn weight(event: &Event<Self>) -> Weight;
    fn tell(view: &View<'_, Self>, event: &Event<Self>) -> Telling;
    fn scene(view: &View<'_, Self>) -> Scene;
    /// Adds an event to the reel; the world is as it was just after its step.
    fn film(reel: &mut Self::Reel, world: &World<Self>, event: &Event<Self>);
    /// What was filmed, with all that still lasts lasting up to `to`.
    fn tape(reel: &Self::Reel, to: Instant) -> Tape;
    /// The numbers that were noted down on the way, as they were up to `to`.
    fn charts(_reel: &Self::Reel, _to: Instant) -> Vec<Chart> {
        Vec::new()
    }
    fn why(view: &View<'_, Self>, ask: &Ask) -> Vec<Reason>;
    /// What really brought an event about: where a node acted because something did *not* happen,
    /// or on what it had read earlier, that is not the kernel's own cause.
    fn cause(_view: &View<'_, Self>, event: &Event<Self>) -> Option<EventId> {
        event.cause
    }
    /// The bytes of what carries records; nothing where there are none.
    fn packed(_world: &World<Self>, _carrier: &Carrier) -> Vec<Packed> {
        Vec::new()
    }
    /// The files of one replica's log; nothing where logs are not kept in files.
    fn folder(_world: &World<Self>, _strip: &str, _node: NodeId) -> Option<LogFolder> {
        None
    }
    /// # Errors
    /// An unknown question, or a partition that is not there.
    fn probe(view: &View<'_, Self>, query: &str) -> Result<Answer, CommandError>;
    /// Every question that may be asked, by its form: `leader PARTITION`.
    fn probes() -> &'static [&'static str];
    fn node_name(node: NodeId) -> String;
    /// What a timer is about.
    fn timer(timer: <Self::Node as kernel::Process>::Timer) -> Told;
}
