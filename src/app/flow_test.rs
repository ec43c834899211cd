//! The way through a lesson, turn by turn.

use super::*;
use replicascope::scene::{Instant, NodeId, Span};

const TEXT: &str = "\
cluster kafka brokers=3

step crash
predict heir: leader orders-0
predict gap: gap orders-0 in 0s..2s | 2s..7s | 7s..13s
kill broker-1
wait 15s

step returning
restart broker-1

goal isr orders-0 = 1,2,3

solution
wait 5m
";

fn cursor(step: u64) -> Cursor {
    Cursor { branch: 0, step, at: Instant(step) }
}

fn flow() -> Flow {
    Flow::new("T-1", Rc::new(Scenario::parse(TEXT).expect("a scenario")), cursor(1))
}

fn after(turns: impl IntoIterator<Item = Turn>) -> Flow {
    turns.into_iter().fold(flow(), Flow::turn)
}

fn own(id: &str) -> String {
    id.to_owned()
}

fn answered() -> Vec<Turn> {
    vec![
        Turn::Reply(own("heir"), Some(Reply::Node(Some(NodeId(2))))),
        Turn::Submit(own("heir")),
        Turn::Reply(own("gap"), Some(Reply::Choice(0))),
        Turn::Submit(own("gap")),
    ]
}

fn told() -> Vec<Turn> {
    let answers = vec![Answer::Node(Some(NodeId(2))), Answer::Span(Span::millis(8_900))];
    let mut turns = answered();
    turns.extend([Turn::Run(answers), Turn::Ran(Box::new(cursor(40)))]);
    turns
}

#[test]
fn a_step_waits_for_every_reply() {
    assert!(!flow().is_ready());
    assert!(!after([Turn::Submit(own("heir")), Turn::LeaveOut(own("gap"))]).is_ready());
    assert!(after([Turn::LeaveOut(own("heir")), Turn::LeaveOut(own("gap"))]).is_ready());
    assert!(after(answered()).is_ready());
}

#[test]
fn a_reply_that_was_handed_in_stands() {
    let mut turns = answered();
    turns.push(Turn::Reply(own("heir"), None));
    let flow = after(turns);
    assert_eq!(flow.questions["crash/heir"].reply, Some(Reply::Node(Some(NodeId(2)))));
}

#[test]
fn the_run_marks_the_replies() {
    let flow = after(told());
    assert_eq!((flow.phase, flow.score(), flow.resume), (Phase::Told, (1, 2), cursor(40)));
    let gap = flow.questions["crash/gap"].marking.as_ref().expect("it is marked");
    assert_eq!((gap.right, gap.choice, gap.answer.as_str()), (false, Some(2), "8900ms"));
}

#[test]
fn a_step_without_questions_is_ready_and_the_task_comes_last() {
    let mut turns = told();
    turns.push(Turn::Next);
    let flow = after(turns.clone());
    assert!(flow.is_ready());
    assert_eq!(flow.phase, Phase::Asking);
    turns.extend([Turn::Run(vec![]), Turn::Ran(Box::new(cursor(50))), Turn::Next]);
    let flow = after(turns);
    assert_eq!(flow.step(), None);
    assert!(!flow.is_done());
    assert!(flow.turn(Turn::Goals(vec![true])).is_done());
}

#[test]
fn a_turn_out_of_turn_changes_nothing() {
    assert_eq!(after([Turn::Next]), flow());
    assert_eq!(after([Turn::Ran(Box::new(cursor(7)))]), flow());
}

#[test]
fn a_place_is_read_back_with_its_marks() {
    let before = after(told());
    let read = flow().read(&before.write()).expect("its own text");
    assert_eq!((read.at, read.phase, read.resume), (0, Phase::Told, cursor(40)));
    assert_eq!(read.score(), (1, 2));
    assert!(read.questions["crash/heir"].locked);
    assert_eq!(flow().read("{}"), None);
    let beyond = before.write().replace("\"at\":0,\"told\"", "\"at\":9,\"told\"");
    assert_eq!(flow().read(&beyond), None);
}

#[test]
fn a_step_that_was_cut_short_is_kept_as_not_begun() {
    let mut turns = told();
    turns.pop();
    let read = flow().read(&after(turns).write()).expect("its own text");
    assert_eq!((read.phase, read.resume), (Phase::Asking, cursor(1)));
}
