//! One program for all native tests of the whole: each line below names a guard and what it guards.
//! Refuses to run as wasm: it reads the checkout.

#![cfg(not(target_arch = "wasm32"))]

// The checkout as a list of files; what the guards below read.
mod files;
// Who may depend on whom: the map as data, against every manifest.
mod map;
// The style: sizes, opening words, nothing left undone.
mod tidy;
// The words: every text in both languages, with the same holes to fill.
mod words;
