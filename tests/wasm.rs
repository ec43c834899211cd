//! What must hold in wasm as it does natively: the same runs end in the same states.
//! Refuses to read the checkout: what is compared is built in.

#![cfg(target_arch = "wasm32")]

#[path = "golden/list.rs"]
mod list;

use replicascope::link::{Place, decode, encode};
use replicascope::{Lang, restore};
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_pinned_runs_end_where_they_do_natively() {
    assert_eq!(list::digests(), include_str!("golden/digest.txt"));
}

#[test]
fn a_link_carries_a_run_there_and_back() {
    let mut session = replicascope::open("cluster kafka seed=3").expect("it is well formed");
    for line in ["topic orders", "settle", "kill broker-1", "wait 12s"] {
        session.command(line).expect("it is well formed");
    }
    let place = Place {
        run: session.save(),
        lesson: None,
        step: None,
        lang: Lang::Zh,
        theme: None,
        beside: None,
    };
    let back = decode(&encode(&place)).expect("it was just written");
    let again = restore(&back.run).expect("it was just saved");
    assert_eq!((again.digest(), again.cursor()), (session.digest(), session.cursor()));
}
