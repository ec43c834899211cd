//! One program for all native tests of the whole: each line below names a guard and what it guards.
//! Refuses to run as wasm: it reads the checkout.

#![cfg(not(target_arch = "wasm32"))]

// The rules against tables of what real systems answered.
mod conform;
// What every assignor of consumer groups owes a group, whatever the group.
mod assignors;
// The charts: what monitoring would have shown of a run.
mod charts;
// Record batches: whatever is written is read back, whatever is read is no panic.
mod batches;
// Recordings of real clusters, played again and compared fact by fact.
mod fidelity;
// The checkout as a list of files; what the guards below read.
mod files;
// Traces of real elections.
mod conform_raft;
// Final states of a few runs, the same natively and in wasm.
mod golden;
// Who may depend on whom: the map as data, against every manifest.
mod map;
// The keys: every one that the sources name has words, and the other way round.
mod keys;
// Lessons: what `check` proves of them, the template for new ones, practice, the syllabus.
mod lessons;
// Lines of defence: taken out one by one, they are missed.
mod mutants;
// A run that has become long: thin, and whole all the same.
mod long;
// Reading and playing a transcript; what several tests need.
mod play;
// The bytes of batches, as an inspector shows them.
mod packed;
// Where the versions of Kafka differ, played under each of them.
mod profiles;
// A run is its inputs: replay, seek, fork, save, restore, links.
mod replay;
// Nothing that can be typed, pasted or damaged makes the program panic.
mod robust;
// What happens, as transcripts: one file under `tests/kafka` for each rule.
mod scenario;
// Random faults in safe settings break no promise, and the cluster recovers.
mod swarm;
// Lessons, each without the rule that it teaches.
mod taught;
// The style: sizes, opening words, nothing left undone.
mod tidy;
// The register: every proposal and issue that is cited stands in it.
mod sources;
// The console: forms, help, completion by place.
mod console;
// What a space-time diagram is given.
mod weave;
// The words again, as readers meet them: an eventful run and many refusals.
mod spoken;
// Why: chains of causes end at a fault or a setting.
mod why;
// The words: every text in both languages, with the same holes to fill.
mod words;
