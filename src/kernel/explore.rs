//! What might happen from here: a bounded search over the orders of pending events and over faults.
//!
//! Breadth first, so the first counterexample found is a shortest one. States met before are not
//! entered again; they are told apart by their digests.

use crate::fault::Fault;
use crate::system::System;
use crate::trace::Input;
use crate::world::World;
use std::collections::{BTreeSet, VecDeque};

/// One move of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The pending event of this place happens next.
    Choose(u32),
    Fault(Fault),
}

/// How far to look.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Moves in a row.
    pub depth: usize,
    /// States entered.
    pub states: usize,
    /// At each state only so many of the earliest pending events are tried.
    pub width: usize,
    /// Faults that may be added, each at any point, at most `fault_count` in a row of moves.
    pub faults: Vec<Fault>,
    pub fault_count: usize,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explored {
    /// A shortest row of moves to the goal.
    Found { path: Vec<Move>, states: usize },
    /// Not within the bounds. `complete` when every state within the depth was entered.
    None { states: usize, complete: bool },
}

struct Node<S: System> {
    world: World<S>,
    path: Vec<Move>,
    faults: usize,
}

/// Searches from `start` for a world in which `goal` holds.
#[must_use]
pub fn explore<S: System>(
    start: &World<S>,
    bounds: &Bounds,
    goal: &dyn Fn(&World<S>) -> bool,
) -> Explored {
    let mut seen = BTreeSet::from([start.digest()]);
    let mut frontier = VecDeque::from([Node { world: start.clone(), path: vec![], faults: 0 }]);
    let mut complete = true;
    while let Some(node) = frontier.pop_front() {
        if goal(&node.world) {
            return Explored::Found { path: node.path, states: seen.len() };
        }
        if node.path.len() >= bounds.depth {
            continue;
        }
        for step in moves(&node, bounds) {
            if seen.len() >= bounds.states {
                complete = false;
                break;
            }
            let Some(next) = follow(&node, step) else { continue };
            if seen.insert(next.world.digest()) {
                frontier.push_back(next);
            }
        }
    }
    Explored::None { states: seen.len(), complete }
}

fn moves<S: System>(node: &Node<S>, bounds: &Bounds) -> Vec<Move> {
    let pending = node.world.choices().len().min(bounds.width);
    let mut moves: Vec<Move> = (0..pending as u32).map(Move::Choose).collect();
    if node.faults < bounds.fault_count {
        moves.extend(bounds.faults.iter().copied().map(Move::Fault));
    }
    moves
}

fn follow<S: System>(node: &Node<S>, step: Move) -> Option<Node<S>> {
    let mut world = node.world.clone();
    let input = match step {
        Move::Choose(index) => Input::Choose(index),
        Move::Fault(fault) => Input::Fault(fault),
    };
    world.input(&input, &mut Vec::new()).ok()?;
    let mut path = node.path.clone();
    path.push(step);
    let faults = node.faults + usize::from(matches!(step, Move::Fault(_)));
    Some(Node { world, path, faults })
}
