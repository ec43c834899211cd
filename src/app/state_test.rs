//! What is shown, action by action.

use super::*;
use crate::action::Deed;
use crate::flow::{Phase, Turn};
use replicascope::lesson::{Reply, Scenario};
use replicascope::scene::{Answer, Instant, NodeId};

fn scene() -> Scene {
    Scene {
        at: Instant::ZERO,
        step: 0,
        next_at: None,
        nodes: Vec::new(),
        links: Vec::new(),
        flights: Vec::new(),
        strips: Vec::new(),
        parked: Vec::new(),
        timers: Vec::new(),
        decisions: Vec::new(),
        phases: Vec::new(),
        groups: Vec::new(),
        ledger: replicascope::scene::Ledger::default(),
    }
}

fn cursor() -> Cursor {
    Cursor { branch: 0, step: 0, at: Instant::ZERO }
}

fn seen() -> Seen {
    let tape = Tape { from: Instant::ZERO, to: Instant::ZERO, tracks: Vec::new() };
    Seen {
        boot: "cluster kafka".into(),
        scene: Part::new(scene()),
        tape: Part::new(tape),
        lines: Part::default(),
        branches: Part::default(),
        violations: Part::default(),
        promises: Part::default(),
        names: Names::default(),
        cursor: cursor(),
        end: cursor(),
    }
}

fn flow() -> Flow {
    let text = "cluster kafka\n\nstep crash\npredict heir: leader orders-0\nkill broker-1\n";
    let script = Scenario::parse(text).expect("a scenario");
    Flow::new("T-1", Rc::new(script), cursor())
}

fn after(actions: impl IntoIterator<Item = Action>) -> State {
    actions.into_iter().fold(State::new(seen(), Some(flow())), reduce)
}

#[test]
fn time_stands_still_at_first() {
    let state = after([]);
    assert!(!state.playing);
    assert_eq!((state.tab, state.filter), (Tab::Lesson, Weight::Key));
}

#[test]
fn deeds_change_nothing_by_themselves() {
    let before = after([]);
    let deeds = [Action::Do(Deed::Line("kill broker-1".to_owned())), Action::Do(Deed::Live)];
    assert_eq!(deeds.into_iter().fold(before.clone(), reduce), before);
}

#[test]
fn a_pick_opens_the_inspector_and_an_answer_the_causes() {
    let state = after([Action::Pick(Some(Pick::Node(NodeId(1))))]);
    assert_eq!((state.tab, state.picked), (Tab::Inspect, Some(Pick::Node(NodeId(1)))));
    let ask = Ask::Node(NodeId(1));
    let state = after([Action::Answered(ask.clone(), Vec::new())]);
    assert_eq!((state.tab, state.asked.map(|(asked, _)| asked)), (Tab::Why, Some(ask)));
}

#[test]
fn the_same_toast_is_shown_once_and_only_a_few_at_a_time() {
    let keys = ["app.a", "app.b", "app.a", "app.c", "app.d"];
    let state = after(keys.map(Action::Toast));
    let shown: Vec<&str> = state.toasts.iter().map(|toast| toast.key).collect();
    assert_eq!(shown, ["app.a", "app.c", "app.d"]);
    let id = state.toasts[0].id;
    assert_eq!(reduce(state, Action::ToastGone(id)).toasts.len(), 2);
}

#[test]
fn the_log_of_the_console_does_not_grow_for_ever() {
    let lines = (0..LOG_LIMIT + 5).map(|n| Action::Logged(Entry::Output(n.to_string())));
    let state = after(lines);
    assert_eq!(state.log.len(), LOG_LIMIT);
    assert_eq!(state.log[0], Entry::Output("5".to_owned()));
}

#[test]
fn key_lines_outlive_lines_about_data() {
    let line = |step: u64| Line {
        event: replicascope::scene::EventId(step),
        step,
        at: Instant(step),
        node: None,
        weight: if step == 0 { Weight::Key } else { Weight::Normal },
        what: Told::new("told"),
        cause: None,
        why: None,
        so_what: None,
    };
    let lines = capped((0..=DATA_LINES as u64 + 7).map(|at| Rc::new(line(at))).collect());
    assert_eq!(lines.len(), DATA_LINES + 1);
    assert_eq!((lines[0].step, lines[1].step), (0, 8));
}

#[test]
fn the_clock_may_move_alone() {
    let state = after([Action::Ticked(Instant(5))]);
    assert_eq!(state.seen.cursor.at, Instant(5));
    assert_eq!(state.seen.cursor.step, 0);
}

#[test]
fn a_lesson_is_turned_through_the_same_door() {
    let reply = Some(Reply::Node(Some(NodeId(2))));
    let state = after([
        Action::Flow(Turn::Reply("heir".to_owned(), reply)),
        Action::Flow(Turn::Submit("heir".to_owned())),
        Action::Flow(Turn::Run(vec![Answer::Node(Some(NodeId(2)))])),
        Action::Flow(Turn::Ran(Box::new(Cursor { step: 9, ..cursor() }))),
    ]);
    let flow = state.flow.expect("the flow stays");
    assert_eq!((flow.phase, flow.score(), flow.resume.step), (Phase::Told, (1, 1), 9));
}
