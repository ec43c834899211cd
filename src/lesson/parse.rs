//! The grammar of a scenario, line by line.
//!
//! `# …` is a comment, the first line boots, `step NAME`, `covers ROW …`, `predict …`,
//! `assert ID: … = …`, `goal … = …`, `solution` and `----` are ours; every other line belongs to
//! the console. An empty line ends a block.
//! Refuses to know what the console's lines mean.

use crate::flaw::Flaw;
use crate::question;
use crate::scenario::{
    Command, Covers, Expected, Goal, MAX_BYTES, MAX_CHARS, MAX_LINES, Part, Scenario, Step,
};

/// What the next line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Boot,
    Setup,
    Step,
    Goals,
    Solution,
}

struct Reader {
    scenario: Scenario,
    section: Section,
    /// The next console line begins a new part.
    fresh: bool,
    /// Reading what stands under a `----`.
    expecting: bool,
}

pub(crate) fn scenario(text: &str) -> Result<Scenario, Flaw> {
    limits(text)?;
    let scenario = Scenario {
        boot: Command::plain(0, ""),
        covers: Vec::new(),
        setup: Vec::new(),
        steps: Vec::new(),
        goals: Vec::new(),
        solution: Vec::new(),
    };
    let mut reader = Reader { scenario, section: Section::Boot, fresh: false, expecting: false };
    for (i, line) in text.lines().enumerate() {
        reader.line(i + 1, line.trim_end())?;
    }
    reader.finish()
}

fn limits(text: &str) -> Result<(), Flaw> {
    let shorten = "split it into two scenarios";
    if text.len() > MAX_BYTES {
        let what = format!("{} bytes are more than the {MAX_BYTES} allowed", text.len());
        return Err(Flaw::new(0, what, shorten));
    }
    if text.lines().count() > MAX_LINES {
        return Err(Flaw::new(MAX_LINES + 1, format!("more than {MAX_LINES} lines"), shorten));
    }
    for (i, line) in text.lines().enumerate() {
        if line.chars().count() > MAX_CHARS {
            let what = format!("a line of more than {MAX_CHARS} characters");
            return Err(Flaw::new(i + 1, what, "shorten it"));
        }
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(Flaw::new(i + 1, "a control character", "remove it"));
        }
    }
    Ok(())
}

impl Reader {
    fn line(&mut self, at: usize, line: &str) -> Result<(), Flaw> {
        let text = line.trim_start();
        if text.is_empty() {
            self.fresh = true;
            self.expecting = false;
            return Ok(());
        }
        if self.expecting {
            return self.expected(at, line);
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        match word {
            _ if text.starts_with('#') => Ok(()),
            _ if self.section == Section::Boot => self.boot(at, text),
            "----" => self.rule(at),
            // `step` and `step 5` are the console's: so many events. A name makes it ours.
            "step" if rest.starts_with(|c: char| !c.is_ascii_digit()) => self.step(at, rest),
            "covers" => self.covers(at, rest),
            "assert" => self.assert(at, rest),
            "predict" => self.predict(at, rest),
            "goal" => self.goal(at, rest),
            "solution" if rest.is_empty() => self.solution(at),
            _ => self.command(Command::plain(at, text)),
        }
    }

    fn boot(&mut self, at: usize, text: &str) -> Result<(), Flaw> {
        if !text.starts_with("cluster ") {
            let what = format!("the first line is `{text}`, which opens no cluster");
            let cure =
                "begin with `cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7`";
            return Err(Flaw::new(at, what, cure));
        }
        self.scenario.boot = Command::plain(at, text);
        self.scenario.setup.push(Part::default());
        self.section = Section::Setup;
        Ok(())
    }

    fn step(&mut self, at: usize, name: &str) -> Result<(), Flaw> {
        let name = question::name(at, "step", name)?;
        if let Some(other) = self.scenario.step(&name) {
            let what = format!("step `{name}` was already begun in line {}", other.line);
            return Err(Flaw::new(at, what, "give each step a name of its own"));
        }
        if self.section == Section::Solution {
            let what = format!("step `{name}` comes after the solution");
            return Err(Flaw::new(at, what, "put goals and solution last"));
        }
        let parts = vec![Part::default()];
        let (covers, predicts) = (Vec::new(), Vec::new());
        self.scenario.steps.push(Step { line: at, name, covers, predicts, parts });
        self.section = Section::Step;
        self.fresh = false;
        Ok(())
    }

    /// Rows of the syllabus, shown in this step or, above all steps, by the lesson around them.
    fn covers(&mut self, at: usize, rest: &str) -> Result<(), Flaw> {
        let shape = "write `covers K-ISR-04 K-ISR-05` below the boot line or a `step NAME`";
        let list = match self.section {
            Section::Setup => &mut self.scenario.covers,
            Section::Step => &mut self.scenario.steps.last_mut().expect("it has begun").covers,
            _ => return Err(Flaw::new(at, "`covers` stands outside of set-up and steps", shape)),
        };
        if rest.is_empty() {
            return Err(Flaw::new(at, "`covers` names no row", shape));
        }
        for row in rest.split_whitespace() {
            if list.iter().any(|other| other.row == row) {
                return Err(Flaw::new(at, format!("row `{row}` stands here twice"), "keep one"));
            }
            list.push(Covers { line: at, row: row.to_owned() });
        }
        Ok(())
    }

    /// A check with the name of the assertion that it proves.
    fn assert(&mut self, at: usize, rest: &str) -> Result<(), Flaw> {
        let parts = rest.split_once(": ").map(|(id, rest)| (id.trim(), rest.trim()));
        let tame = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let named = parts.filter(|(id, _)| !id.is_empty() && id.chars().all(tame));
        let Some((id, rest)) = named.filter(|(_, rest)| rest.contains(" = ")) else {
            let cure = "write `assert rejoins: isr orders-0 = 1,2,3`";
            return Err(Flaw::new(at, "an assertion without a name, a probe or a value", cure));
        };
        self.command(Command { line: at, text: rest.to_owned(), asserts: Some(id.to_owned()) })
    }

    fn predict(&mut self, at: usize, text: &str) -> Result<(), Flaw> {
        let predict = question::parse(at, text)?;
        if let Some(other) = self.scenario.predicts().find(|other| other.id == predict.id) {
            let what = format!("question `{}` was already asked in line {}", other.id, other.line);
            return Err(Flaw::new(at, what, "give each question a name of its own"));
        }
        let step = match self.section {
            Section::Step => self.scenario.steps.last_mut(),
            _ => None,
        };
        let Some(step) = step else {
            let what = format!("question `{}` stands outside of a step", predict.id);
            return Err(Flaw::new(at, what, "put it right below a `step NAME` line"));
        };
        if step.lines().next().is_some() {
            let what = format!("question `{}` comes after a command of its step", predict.id);
            return Err(Flaw::new(at, what, "ask before anything happens: put it above"));
        }
        step.predicts.push(predict);
        Ok(())
    }

    fn goal(&mut self, at: usize, text: &str) -> Result<(), Flaw> {
        let parts = text.split_once(" = ").map(|(probe, value)| (probe.trim(), value.trim()));
        let Some((probe, value)) =
            parts.filter(|(probe, value)| !probe.is_empty() && !value.is_empty())
        else {
            let cure = "write `goal isr orders-0 = 1,2,3` or `goal lost clicks-0 = 1..`";
            return Err(Flaw::new(at, "a goal without ` = ` and a value", cure));
        };
        self.scenario.goals.push(Goal { line: at, probe: probe.into(), value: value.into() });
        if self.section != Section::Solution {
            self.section = Section::Goals;
        }
        Ok(())
    }

    fn solution(&mut self, at: usize) -> Result<(), Flaw> {
        if self.section == Section::Solution {
            return Err(Flaw::new(at, "a second solution", "keep one"));
        }
        self.section = Section::Solution;
        Ok(())
    }

    fn command(&mut self, command: Command) -> Result<(), Flaw> {
        if self.section == Section::Solution {
            self.scenario.solution.push(command);
            return Ok(());
        }
        let fresh = std::mem::take(&mut self.fresh);
        let Some(parts) = self.parts() else {
            let what = format!("`{command}` stands below a goal and belongs to nothing");
            return Err(Flaw::new(command.line, what, "put `step NAME` or `solution` above it"));
        };
        let full = parts
            .last()
            .is_none_or(|part| part.expected.is_some() || (fresh && !part.lines.is_empty()));
        if full {
            parts.push(Part::default());
        }
        let part = parts.last_mut().expect("one was pushed if there was none");
        part.lines.push(command);
        Ok(())
    }

    fn rule(&mut self, at: usize) -> Result<(), Flaw> {
        let part = self.parts().and_then(|parts| parts.last_mut());
        let Some(part) = part.filter(|part| part.expected.is_none()) else {
            let cure = "put `----` right below the commands whose output it compares";
            return Err(Flaw::new(at, "a `----` without commands above it", cure));
        };
        part.expected = Some(Expected { line: at, text: String::new() });
        self.expecting = true;
        Ok(())
    }

    fn expected(&mut self, _at: usize, line: &str) -> Result<(), Flaw> {
        let part = self.parts().and_then(|parts| parts.last_mut());
        let expected = part.and_then(|part| part.expected.as_mut());
        let text = &mut expected.expect("`expecting` is set with it").text;
        text.push_str(line);
        text.push('\n');
        Ok(())
    }

    /// The parts of the section that is being read, if it has any.
    fn parts(&mut self) -> Option<&mut Vec<Part>> {
        match self.section {
            Section::Setup => Some(&mut self.scenario.setup),
            Section::Step => self.scenario.steps.last_mut().map(|step| &mut step.parts),
            Section::Boot | Section::Goals | Section::Solution => None,
        }
    }

    fn finish(self) -> Result<Scenario, Flaw> {
        if self.section == Section::Boot {
            let cure =
                "begin with `cluster kafka profile=kraft-4.1 brokers=3 controllers=3 seed=7`";
            return Err(Flaw::new(0, "nothing in it opens a cluster", cure));
        }
        for step in &self.scenario.steps {
            if step.lines().next().is_none() {
                let what = format!("step `{}` does nothing", step.name);
                return Err(Flaw::new(step.line, what, "give it a line, or take it out"));
            }
        }
        let (goals, solution) = (&self.scenario.goals, &self.scenario.solution);
        match (goals.first(), solution.first()) {
            (Some(goal), None) => {
                let cure = "add a `solution` block, so that the goal is known to be possible";
                Err(Flaw::new(goal.line, "a goal without a solution", cure))
            }
            (None, Some(first)) => {
                Err(Flaw::new(first.line, "a solution without a goal", "add `goal PROBE = VALUE`"))
            }
            _ => Ok(self.scenario),
        }
    }
}
