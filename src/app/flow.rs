//! The learner's way through a lesson: predict, run, see who was right, go on. Pure.
//!
//! Refuses to know how steps are played and where answers come from: both are told to it as turns.

use crate::reply;
use replicascope::lesson::mark;
use replicascope::lesson::{Kind, Marking, Reply, Scenario, Step};
use replicascope::scene::{Answer, Cursor};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The step waits for the learner's replies.
    Asking,
    /// The step is being played.
    Running,
    /// The step is over and its questions are marked.
    Told,
}

/// One question and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    pub kind: Option<Kind>,
    pub reply: Option<Reply>,
    /// No more changes: it was handed in or left out.
    pub locked: bool,
    pub answer: Option<Answer>,
    pub marking: Option<Marking>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    pub lesson: String,
    pub script: Rc<Scenario>,
    /// Index of the step; the number of steps while the learner is at the closing task.
    pub at: usize,
    pub phase: Phase,
    pub questions: BTreeMap<String, Question>,
    /// Where the lesson's own run stands: the learner may look around and come back.
    pub resume: Cursor,
    /// Which goals of the closing task hold.
    pub goals: Vec<bool>,
}

/// A turn of the lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// What kinds of reply the questions of this step want.
    Kinds(Vec<(String, Kind)>),
    Reply(String, Option<Reply>),
    Submit(String),
    LeaveOut(String),
    /// The step begins; these are the right answers to its questions, in order.
    Run(Vec<Answer>),
    /// The step is over; the run stands here.
    Ran(Box<Cursor>),
    Next,
    Goals(Vec<bool>),
}

impl Flow {
    pub fn new(lesson: &str, script: Rc<Scenario>, resume: Cursor) -> Flow {
        Flow {
            lesson: lesson.to_owned(),
            script,
            at: 0,
            phase: Phase::Asking,
            questions: BTreeMap::new(),
            resume,
            goals: Vec::new(),
        }
    }

    pub fn step(&self) -> Option<&Step> {
        self.script.steps.get(self.at)
    }

    /// The name under which a question of the present step is kept.
    pub fn key(&self, id: &str) -> String {
        self.step().map_or_else(|| id.to_owned(), |step| key(&step.name, id))
    }

    /// All questions of the step are handed in or left out.
    pub fn is_ready(&self) -> bool {
        let locked = |id: &str| self.questions.get(&self.key(id)).is_some_and(|q| q.locked);
        self.step().is_none_or(|step| step.predicts.iter().all(|predict| locked(&predict.id)))
    }

    /// Right replies, and questions in the whole lesson.
    pub fn score(&self) -> (usize, usize) {
        let right = |q: &&Question| q.marking.as_ref().is_some_and(|marking| marking.right);
        (self.questions.values().filter(right).count(), self.script.predicts().count())
    }

    pub fn is_done(&self) -> bool {
        self.at >= self.script.steps.len()
            && (self.script.goals.is_empty()
                || !self.goals.is_empty() && self.goals.iter().all(|met| *met))
    }

    pub fn turn(mut self, turn: Turn) -> Flow {
        match turn {
            Turn::Kinds(kinds) => {
                for (id, kind) in kinds {
                    self.question(&id).kind = Some(kind);
                }
            }
            Turn::Reply(id, reply) => {
                let question = self.question(&id);
                if !question.locked {
                    question.reply = reply;
                }
            }
            Turn::Submit(id) => {
                let question = self.question(&id);
                question.locked = question.reply.is_some();
            }
            Turn::LeaveOut(id) => {
                let question = self.question(&id);
                (question.reply, question.locked) = (None, true);
            }
            Turn::Run(answers) => self.run(answers),
            Turn::Ran(cursor) => self.ran(*cursor),
            Turn::Next => self.next(),
            Turn::Goals(goals) => self.goals = goals,
        }
        self
    }

    fn question(&mut self, id: &str) -> &mut Question {
        let key = self.key(id);
        self.questions.entry(key).or_default()
    }

    fn run(&mut self, answers: Vec<Answer>) {
        let Some(step) = self.script.clone().steps.get(self.at).cloned() else { return };
        self.phase = Phase::Running;
        for (predict, answer) in step.predicts.iter().zip(answers) {
            let question = self.question(&predict.id);
            let mark = |reply| mark(&predict.form, &answer, reply);
            question.marking = question.reply.as_ref().map(mark);
            question.answer = Some(answer);
        }
    }

    fn ran(&mut self, cursor: Cursor) {
        if self.phase == Phase::Running {
            self.phase = Phase::Told;
            self.resume = cursor;
        }
    }

    fn next(&mut self) {
        if self.phase == Phase::Told {
            self.at = (self.at + 1).min(self.script.steps.len());
            self.phase = Phase::Asking;
        }
    }
}

fn key(step: &str, id: &str) -> String {
    format!("{step}/{id}")
}

/// A place in a lesson as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    at: usize,
    told: bool,
    resume: Cursor,
    questions: BTreeMap<String, KeptQuestion>,
}

#[derive(Serialize, Deserialize)]
struct KeptQuestion {
    reply: Option<String>,
    /// Whether it was right, the right option, the right answer.
    marking: Option<(bool, Option<usize>, String)>,
}

impl Flow {
    /// As text. A step in the middle of its playing is kept as not yet begun.
    pub fn write(&self) -> String {
        let told = self.phase == Phase::Told;
        let question = |question: &Question| KeptQuestion {
            reply: question.reply.as_ref().map(reply::write),
            marking: question.marking.as_ref().map(|m| (m.right, m.choice, m.answer.clone())),
        };
        let locked = self.questions.iter().filter(|(_, question)| question.locked);
        let questions = locked.map(|(key, it)| (key.clone(), question(it))).collect();
        let kept = Kept { at: self.at, told, resume: self.resume, questions };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Goes to the kept place, if the text is one of this lesson.
    pub fn read(mut self, text: &str) -> Option<Flow> {
        let kept: Kept = serde_json::from_str(text).ok()?;
        if kept.at > self.script.steps.len() {
            return None;
        }
        self.at = kept.at;
        self.phase = if kept.told { Phase::Told } else { Phase::Asking };
        self.resume = kept.resume;
        for (key, question) in kept.questions {
            let marking =
                question.marking.map(|(right, choice, answer)| Marking { right, choice, answer });
            let reply = question.reply.as_deref().and_then(reply::read);
            let found = Question { kind: None, reply, locked: true, answer: None, marking };
            self.questions.insert(key, found);
        }
        Some(self)
    }
}

#[cfg(test)]
#[path = "flow_test.rs"]
mod tests;
