//! A node's disk: appended is not durable, and what is durable depends on how the node dies.
//!
//! A killed process leaves the page cache to the machine, so everything appended survives.
//! A machine without power keeps only what had been flushed.

use crate::chunked::Chunked;
use crate::clock::{Instant, Span};
use crate::process::Process;
use crate::sorted::SortedMap;
use std::hash::{Hash, Hasher};

/// How long an ordinary flush takes.
pub(crate) const FLUSH: Span = Span::micros(400);

/// One file: entries in order, of which the first `flushed` are on the platter.
#[derive(Clone, Debug)]
pub struct File<R> {
    pub records: Chunked<R>,
    pub flushed: usize,
}

/// The disk of one node.
#[derive(Clone, Debug)]
pub struct Disk<P: Process> {
    files: SortedMap<P::File, File<P::Record>>,
    /// Added to every flush and every write while the disk is slow.
    pub extra: Span,
    pub full: bool,
    /// Volumes that have failed, as bits.
    dead: u8,
    /// Until when a slow disk is busy with earlier writes.
    busy_until: Instant,
}

/// What a process finds on its disk when it starts.
pub struct Durable<'a, P: Process>(&'a Disk<P>);

impl<P: Process> Default for Disk<P> {
    fn default() -> Disk<P> {
        Disk {
            files: SortedMap::new(),
            extra: Span::ZERO,
            full: false,
            dead: 0,
            busy_until: Instant::ZERO,
        }
    }
}

impl<P: Process> Disk<P> {
    /// How many volumes a disk may have.
    pub const VOLUMES: u8 = 8;

    /// Volumes that take no writes now, as bits.
    #[must_use]
    pub fn refusing(&self) -> u8 {
        if self.full { u8::MAX } else { self.dead }
    }

    /// The volume fails: nothing can be written to it or read from it.
    pub(crate) fn fail(&mut self, volume: u8) {
        self.dead |= 1 << (volume % Disk::<P>::VOLUMES);
    }

    /// An empty volume takes the place of a failed one.
    pub(crate) fn replace_volume(&mut self, volume: u8) {
        self.dead &= !(1 << (volume % Disk::<P>::VOLUMES));
        self.files.retain(|file, _| P::volume(*file) != volume);
    }

    #[must_use]
    pub fn file(&self, file: P::File) -> Option<&File<P::Record>> {
        self.files.get(&file)
    }

    #[must_use]
    pub fn durable(&self) -> Durable<'_, P> {
        Durable(self)
    }

    pub(crate) fn append(&mut self, file: P::File, record: P::Record) {
        self.entry(file).records.push(record);
    }

    pub(crate) fn truncate(&mut self, file: P::File, len: usize) {
        let file = self.entry(file);
        file.records.truncate(len);
        file.flushed = file.flushed.min(len);
    }

    /// A file that is replaced by nothing is gone.
    pub(crate) fn replace(&mut self, file: P::File, records: Vec<P::Record>) {
        if records.is_empty() {
            self.files.remove(&file);
            return;
        }
        let flushed = records.len();
        self.files.insert(file, File { records: records.into_iter().collect(), flushed });
    }

    /// Begins a flush: how many entries it will cover and how long it takes.
    pub(crate) fn flush(&mut self, file: P::File) -> (usize, Span) {
        (self.entry(file).records.len(), FLUSH + self.extra)
    }

    /// A flush of the first `upto` entries is done (a truncation meanwhile limits it).
    pub(crate) fn flush_done(&mut self, file: P::File, upto: usize) {
        let file = self.entry(file);
        file.flushed = file.flushed.max(upto.min(file.records.len()));
    }

    /// A write begins; returns when a slow disk lets the writer go on.
    pub(crate) fn write_until(&mut self, now: Instant) -> Instant {
        if self.extra == Span::ZERO {
            return now;
        }
        self.busy_until = self.busy_until.max(now) + self.extra;
        self.busy_until
    }

    /// The machine loses power: only what was flushed remains.
    pub(crate) fn lose_power(&mut self) {
        for file in self.files.values_mut() {
            file.records.truncate(file.flushed);
        }
        self.busy_until = Instant::ZERO;
    }

    fn entry(&mut self, file: P::File) -> &mut File<P::Record> {
        self.files.entry(file).or_insert_with(|| File { records: Chunked::default(), flushed: 0 })
    }
}

impl<P: Process> Durable<'_, P> {
    /// The entries of a file, in order; none when there is no such file.
    pub fn read(&self, file: P::File) -> impl Iterator<Item = &P::Record> {
        let readable = !self.is_dead(P::volume(file));
        let file = self.0.files.get(&file).filter(|_| readable);
        file.into_iter().flat_map(|file| file.records.iter())
    }

    /// Every file that can be read, in order.
    pub fn files(&self) -> impl Iterator<Item = P::File> {
        self.0.files.keys().copied().filter(|file| !self.is_dead(P::volume(*file)))
    }

    #[must_use]
    pub fn is_dead(&self, volume: u8) -> bool {
        self.0.dead & (1 << volume) != 0
    }
}

impl<P: Process> Hash for Disk<P> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (name, file) in &self.files {
            name.hash(state);
            file.records.hash(state);
            state.write_u64(file.flushed as u64);
        }
        (self.extra, self.full, self.dead, self.busy_until).hash(state);
    }
}
