//! Playing: outputs are compared, answers come from a copy, refusals stop.

use super::stub;
use crate::{Kind, Runner, Scenario, Stop, foresee, kind, met};
use scene::Answer;

const TEXT: &str = "\
cluster stub
add acks 3

step more
predict total: count acks
predict time: since start in 0s..2s | 2s..9s
add acks 4
wait 3s
show acks
----
acks = 7

goal count acks = 10

solution
add acks 3
";

fn scenario(text: &str) -> Scenario {
    Scenario::parse(text).expect("a scenario")
}

#[test]
fn looking_ahead_leaves_the_run_alone() {
    let scenario = scenario(TEXT);
    let mut session = stub::open(&scenario.boot.text).expect("the stub");
    Runner::new(&mut *session, &scenario).setup().expect("plays");
    let step = &scenario.steps[0];
    let answer = foresee(&*session, step, &step.predicts[0]);
    assert_eq!(answer, Ok(Answer::Number(7)));
    assert_eq!(session.probe("count acks"), Ok(Answer::Number(3)));
    assert_eq!(kind(&*session, &step.predicts[0]), Ok(Kind::Number));
    assert_eq!(kind(&*session, &step.predicts[1]), Ok(Kind::Choice(2)));
}

#[test]
fn the_first_difference_is_shown_as_a_diff() {
    let scenario = scenario(&TEXT.replace("acks = 7", "acks = 8"));
    let mut session = stub::open(&scenario.boot.text).expect("the stub");
    let report = Runner::new(&mut *session, &scenario).play_all().expect("plays");
    let shown = report.differences[0].to_string();
    assert_eq!(shown, "line 11 is not what was printed\n- acks = 8\n+ acks = 7");
}

#[test]
fn the_goal_is_met_by_the_solution() {
    let scenario = scenario(TEXT);
    let mut session = stub::open(&scenario.boot.text).expect("the stub");
    let report = Runner::new(&mut *session, &scenario).play_all().expect("plays");
    assert_eq!(report.differences, []);
    assert_eq!(met(&*session, &scenario.goals[0]), Ok(false));
    Runner::new(&mut *session, &scenario).solve().expect("plays");
    assert_eq!(met(&*session, &scenario.goals[0]), Ok(true));
}

#[test]
fn a_refusal_stops_unless_it_is_written_down() {
    let plain = scenario("cluster stub\nstep odd\ndance\n");
    let mut session = stub::open("cluster stub").expect("the stub");
    let stop = Runner::new(&mut *session, &plain).play_step("odd").expect_err("refused");
    assert!(matches!(&stop, Stop::Refused { command, .. } if command.line == 3));
    let told = scenario("cluster stub\nstep odd\ndance\n----\nerror: error.refused (column 1)\n");
    let report = Runner::new(&mut *session, &told).play_step("odd").expect("plays");
    assert_eq!(report.differences, []);
    let stop = Runner::new(&mut *session, &told).play_step("even").expect_err("no such step");
    assert_eq!(stop.to_string(), "there is no step `even`");
}
