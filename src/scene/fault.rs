//! Faults as lines of the console, both ways: `kill broker-1`, `cut broker-1 -> broker-2`.

use crate::line::Words;
use crate::session::CommandError;
use crate::story::Told;
use kernel::{Fault, FlightId, NodeId, Span};

/// Who is meant by a word: what the parser must know of a cluster.
pub trait Cast {
    fn node(&self, word: &str) -> Option<NodeId>;
    /// Every node's name, for messages and completion.
    fn names(&self) -> Vec<String>;
    /// Leader of a partition and its other replicas, by the partition's name.
    ///
    /// # Errors
    /// No such partition, or nobody leads it.
    fn leader_and_followers(&self, name: &str) -> Result<(NodeId, Vec<NodeId>), CommandError>;
    fn name(&self, node: NodeId) -> String;
    /// Nodes whose process is gone, and nodes that are frozen: what `all` means.
    fn ended(&self) -> Vec<NodeId>;
    fn paused(&self) -> Vec<NodeId>;
}

/// Every verb that does a fault.
pub const FAULT_VERBS: [&str; 22] = [
    "kill",
    "power-off",
    "restart",
    "bounce",
    "pause",
    "resume",
    "stop",
    "cut",
    "heal",
    "isolate",
    "rejoin",
    "delay",
    "lose",
    "duplicate",
    "hold",
    "release",
    "drop",
    "slow-disk",
    "fill-disk",
    "free-disk",
    "fail-dir",
    "replace-dir",
];

/// Reads the faults of a line; none when its verb is not a fault's.
///
/// # Errors
/// Names the word that is wrong, its column, and what could stand there.
pub fn parse_fault(line: &str, cast: &dyn Cast) -> Result<Option<Vec<Fault>>, CommandError> {
    let mut words = Words::new(line);
    let Some(verb) = words.take() else { return Ok(None) };
    let mut reader = Reader { words, cast };
    let faults = match verb {
        "kill" => reader.each(Fault::Kill)?,
        "power-off" => reader.each(Fault::PowerOff)?,
        "restart" if reader.says("all") => cast.ended().into_iter().map(Fault::Restart).collect(),
        "restart" => reader.each(Fault::Restart)?,
        "bounce" => reader.bounce()?,
        "pause" => reader.each(Fault::Pause)?,
        "resume" if reader.says("all") => cast.paused().into_iter().map(Fault::Resume).collect(),
        "resume" => reader.each(Fault::Resume)?,
        "stop" => reader.each(Fault::Stop)?,
        "isolate" => reader.each(Fault::Isolate)?,
        "rejoin" => reader.each(Fault::Rejoin)?,
        "fill-disk" => reader.each(Fault::FillDisk)?,
        "free-disk" => reader.each(Fault::FreeDisk)?,
        "cut" => reader.links(|from, to| Fault::Cut { from, to })?,
        "heal" if reader.says("all") => vec![Fault::HealAll],
        "heal" => reader.links(|from, to| Fault::Heal { from, to })?,
        "hold" => reader.links(|from, to| Fault::Hold { from, to })?,
        "release" => reader.links(|from, to| Fault::Release { from, to })?,
        "delay" => reader.delay()?,
        "lose" => reader.share(|from, to, permille| Fault::Lose { from, to, permille })?,
        "duplicate" => {
            reader.share(|from, to, permille| Fault::Duplicate { from, to, permille })?
        }
        "slow-disk" => reader.slow_disk()?,
        "fail-dir" => reader.dirs(|node, dir| Fault::FailDir { node, dir })?,
        "replace-dir" => reader.dirs(|node, dir| Fault::ReplaceDir { node, dir })?,
        "drop" => vec![reader.drop()?],
        _ => return Ok(None),
    };
    reader.end()?;
    Ok(Some(faults))
}

struct Reader<'a> {
    words: Words<'a>,
    cast: &'a dyn Cast,
}

impl Reader<'_> {
    fn says(&mut self, word: &str) -> bool {
        let is = self.words.peek() == Some(word);
        if is {
            self.words.take();
        }
        is
    }

    fn nodes(&mut self) -> Result<Vec<NodeId>, CommandError> {
        let leader = self.says("leader");
        if leader || self.says("followers") {
            if !self.says("of") {
                let what = Told::new("error.expected-of");
                return Err(CommandError::new(what).at(self.words.next_column()).expected(["of"]));
            }
            let column = self.words.next_column();
            let name = self.words.take().unwrap_or_default();
            let found = self.cast.leader_and_followers(name).map_err(|e| e.at(column))?;
            return Ok(if leader { vec![found.0] } else { found.1 });
        }
        Ok(vec![self.node()?])
    }

    fn node(&mut self) -> Result<NodeId, CommandError> {
        let column = self.words.next_column();
        let Some(word) = self.words.take() else {
            let what = Told::new("error.expected-node");
            return Err(CommandError::new(what).at(column).expected(self.cast.names()));
        };
        self.cast.node(word).ok_or_else(|| {
            let what = Told::new("error.unknown-node").with("node", word);
            CommandError::new(what).at(column).expected(self.cast.names())
        })
    }

    fn each(&mut self, fault: fn(NodeId) -> Fault) -> Result<Vec<Fault>, CommandError> {
        Ok(self.nodes()?.into_iter().map(fault).collect())
    }

    /// A new process in the place of one that is gone, or is killed for it.
    fn bounce(&mut self) -> Result<Vec<Fault>, CommandError> {
        let ended = self.cast.ended();
        let each = |node| {
            let kill = (!ended.contains(&node)).then_some(Fault::Kill(node));
            kill.into_iter().chain([Fault::Restart(node)])
        };
        Ok(self.nodes()?.into_iter().flat_map(each).collect())
    }

    /// `a -> b`, or `a <-> b` for both directions.
    fn pairs(&mut self) -> Result<Vec<(NodeId, NodeId)>, CommandError> {
        let from = self.node()?;
        let column = self.words.next_column();
        let both = match self.words.take() {
            Some("->") => false,
            Some("<->") => true,
            _ => {
                let what = Told::new("error.expected-arrow");
                return Err(CommandError::new(what).at(column).expected(["->", "<->"]));
            }
        };
        let to = self.node()?;
        if from == to {
            let what = Told::new("error.same-node").with("node", from);
            return Err(CommandError::new(what).at(self.words.column()));
        }
        Ok(if both { vec![(from, to), (to, from)] } else { vec![(from, to)] })
    }

    fn links(
        &mut self,
        fault: impl Fn(NodeId, NodeId) -> Fault,
    ) -> Result<Vec<Fault>, CommandError> {
        Ok(self.pairs()?.into_iter().map(|(from, to)| fault(from, to)).collect())
    }

    fn span(&mut self) -> Result<Span, CommandError> {
        let column = self.words.next_column();
        let span = self.words.take().and_then(Span::parse);
        span.filter(|span| *span <= Span::secs(600)).ok_or_else(|| {
            let what = Told::new("error.expected-span");
            CommandError::new(what).at(column).expected(["50ms", "2s"])
        })
    }

    fn delay(&mut self) -> Result<Vec<Fault>, CommandError> {
        let pairs = self.pairs()?;
        let extra = self.span()?;
        Ok(pairs.into_iter().map(|(from, to)| Fault::Delay { from, to, extra }).collect())
    }

    /// A share as `5%` or `0.5%`.
    fn share(
        &mut self,
        fault: impl Fn(NodeId, NodeId, u16) -> Fault,
    ) -> Result<Vec<Fault>, CommandError> {
        let pairs = self.pairs()?;
        let column = self.words.next_column();
        let permille = self.words.take().and_then(permille).ok_or_else(|| {
            let what = Told::new("error.expected-percent");
            CommandError::new(what).at(column).expected(["0%", "0.5%", "100%"])
        })?;
        Ok(pairs.into_iter().map(|(from, to)| fault(from, to, permille)).collect())
    }

    fn slow_disk(&mut self) -> Result<Vec<Fault>, CommandError> {
        let nodes = self.nodes()?;
        let extra = self.span()?;
        Ok(nodes.into_iter().map(|node| Fault::SlowDisk { node, extra }).collect())
    }

    /// `NODE 0`: one of the node's log directories.
    fn dirs(&mut self, fault: impl Fn(NodeId, u8) -> Fault) -> Result<Vec<Fault>, CommandError> {
        let nodes = self.nodes()?;
        let column = self.words.next_column();
        let dir = self.words.take().and_then(|word| word.parse().ok()).filter(|dir| *dir < 8);
        let dir = dir.ok_or_else(|| {
            let what = Told::new("error.expected-dir");
            CommandError::new(what).at(column).expected(["0", "1"])
        })?;
        Ok(nodes.into_iter().map(|node| fault(node, dir)).collect())
    }

    fn drop(&mut self) -> Result<Fault, CommandError> {
        let column = self.words.next_column();
        let number = self.words.take().and_then(|word| word.trim_start_matches('#').parse().ok());
        number.map(|n| Fault::Drop(FlightId(n))).ok_or_else(|| {
            CommandError::new(Told::new("error.expected-flight")).at(column).expected(["#17"])
        })
    }

    fn end(&mut self) -> Result<(), CommandError> {
        let column = self.words.next_column();
        match self.words.take() {
            None => Ok(()),
            Some(word) => {
                let what = Told::new("error.too-many-words").with("word", word);
                Err(CommandError::new(what).at(column))
            }
        }
    }
}

fn permille(word: &str) -> Option<u16> {
    let number = word.strip_suffix('%')?;
    let (whole, tenth) = number.split_once('.').unwrap_or((number, "0"));
    let tenth: u16 = tenth.parse().ok().filter(|n| *n < 10)?;
    let permille = whole.parse::<u16>().ok()?.checked_mul(10)? + tenth;
    (permille <= 1000).then_some(permille)
}

/// The line that does a fault: what a click echoes and a saved run keeps.
#[must_use]
pub fn fault_line(fault: &Fault, name: &dyn Fn(NodeId) -> String) -> String {
    let link =
        |verb: &str, from: NodeId, to: NodeId| format!("{verb} {} -> {}", name(from), name(to));
    let percent = |permille: u16| format!("{}.{}%", permille / 10, permille % 10);
    match *fault {
        Fault::Kill(node) => format!("kill {}", name(node)),
        Fault::PowerOff(node) => format!("power-off {}", name(node)),
        Fault::Restart(node) => format!("restart {}", name(node)),
        Fault::Pause(node) => format!("pause {}", name(node)),
        Fault::Resume(node) => format!("resume {}", name(node)),
        Fault::Stop(node) => format!("stop {}", name(node)),
        Fault::Isolate(node) => format!("isolate {}", name(node)),
        Fault::Rejoin(node) => format!("rejoin {}", name(node)),
        Fault::HealAll => "heal all".to_owned(),
        Fault::Cut { from, to } => link("cut", from, to),
        Fault::Heal { from, to } => link("heal", from, to),
        Fault::Hold { from, to } => link("hold", from, to),
        Fault::Release { from, to } => link("release", from, to),
        Fault::Delay { from, to, extra } => format!("{} {}us", link("delay", from, to), extra.0),
        Fault::Lose { from, to, permille } => {
            format!("{} {}", link("lose", from, to), percent(permille))
        }
        Fault::Duplicate { from, to, permille } => {
            format!("{} {}", link("duplicate", from, to), percent(permille))
        }
        Fault::Drop(flight) => format!("drop #{}", flight.0),
        Fault::SlowDisk { node, extra } => format!("slow-disk {} {}us", name(node), extra.0),
        Fault::FillDisk(node) => format!("fill-disk {}", name(node)),
        Fault::FreeDisk(node) => format!("free-disk {}", name(node)),
        Fault::FailDir { node, dir } => format!("fail-dir {} {dir}", name(node)),
        Fault::ReplaceDir { node, dir } => format!("replace-dir {} {dir}", name(node)),
    }
}
