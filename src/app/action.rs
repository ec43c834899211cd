//! Everything that the reader can do and everything that can come back, as one closed list.
//!
//! Refuses to know how any of it is done: deeds are done by `player`, the rest by `state`.

use crate::flow::Turn;
use crate::mate::Other;
use crate::pick::Pick;
use crate::state::Seen;
use crate::tempo::Tempo;
use replicascope::scene::{Ask, CommandError, Fault, Instant, Reason, Weight};

/// What is done to the session.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// To the next or previous event that told something of at least this weight.
    Event {
        forward: bool,
        weight: Weight,
    },
    /// To just after this step.
    Seek(u64),
    SeekTime(Instant),
    /// To the end of what is recorded.
    Live,
    Fork,
    Switch(usize),
    Fault(Fault),
    /// A line of the console.
    Line(String),
    Ask(Ask),
}

/// Starting and stopping time.
#[derive(Clone, Debug, PartialEq)]
pub enum Time {
    Play,
    Pause,
    Toggle,
    Tempo(Tempo),
    Faster,
    Slower,
    /// Plays these console lines; the waiting ones among them pass in time.
    Script(Vec<String>),
    /// Does the rest of the script at once.
    Skip,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Do(Deed),
    Time(Time),
    /// A turn of the lesson.
    Flow(Turn),
    Pick(Option<Pick>),
    Tab(Tab),
    Console(bool),
    /// Where playing begins anew, and from where on: a part to see again and again.
    Loop(Option<(Instant, Instant)>),
    /// One partition stands out, everything else steps back.
    Focus(Option<String>),
    /// The space-time diagram opens or closes.
    Weave(bool),
    /// The charts open or close.
    Charts(bool),
    Dialog(Option<Dialog>),
    /// On a phone: which half of the stage is seen.
    Face(Face),
    /// On a phone: the bottom sheet stands high, or leaves the room to the stage.
    Sheet(bool),
    Routine(bool),
    Filter(Weight),
    /// A message key to show for a moment.
    Toast(&'static str),
    ToastGone(u64),
    /// What the session shows now.
    Seen(Box<Seen>),
    /// What the run beside it shows; none: it has left.
    Beside(Option<Box<Other>>),
    /// Which of the two the panels are about: the other one, or the first.
    Front(bool),
    /// Only the clock moved on.
    Ticked(Instant),
    Playing(bool),
    TempoIs(Tempo),
    Answered(Ask, Vec<Reason>),
    Logged(Entry),
}

/// What the right column (on a phone: the bottom sheet) shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Lesson,
    Story,
    Why,
    Inspect,
    Faults,
    /// Two runs in lock-step.
    Twins,
    /// Only on a phone; elsewhere the console is a drawer.
    Console,
}

/// The halves of the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Map,
    Log,
    /// Only on a phone; elsewhere the diagram is a drawer.
    Weave,
    /// The same with the charts.
    Charts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    Share,
    Help,
}

/// One entry of the console's log.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A line that was typed, or that a click stands for.
    Line(String),
    Output(String),
    Refused(CommandError),
}
