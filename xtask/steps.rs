//! Runs a row of steps and says at the end how each ended, how long it took, and what its test
//! runners counted. Refuses to know what the steps do.

use crate::tools::shown;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    ok: bool,
    /// The lines in which test runners say how many tests passed.
    closing: Vec<String>,
}

impl Steps {
    /// A step that is one command.
    pub(crate) fn run(&mut self, name: &'static str, command: &mut Command) -> Result<()> {
        self.record(name, |closing| {
            println!("   {}", shown(command));
            stream(command, closing)
        })
    }

    /// A step that is code of ours.
    pub(crate) fn task(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> Result<()>,
    ) -> Result<()> {
        self.record(name, |_| work())
    }

    fn record(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&mut Vec<String>) -> Result<()>,
    ) -> Result<()> {
        println!("\n== {name}");
        let (begun, mut closing) = (Instant::now(), Vec::new());
        let result = work(&mut closing);
        self.done.push(Step { name, took: begun.elapsed(), ok: result.is_ok(), closing });
        result.with_context(|| format!("step `{name}` failed"))
    }

    /// The last words: a line a step, under it what its tests counted.
    pub(crate) fn summary(&self) {
        println!("\n== summary");
        for step in &self.done {
            let mark = if step.ok { "ok    " } else { "FAILED" };
            println!("{mark} {:7.1} s  {}", step.took.as_secs_f32(), step.name);
            for line in &step.closing {
                println!("                   {line}");
            }
        }
        let all: Duration = self.done.iter().map(|s| s.took).sum();
        println!("in all {:.0} s, {} steps", all.as_secs_f32(), self.done.len());
    }
}

/// Runs a command, shows what it prints as it comes, and keeps the closing lines of test runners.
fn stream(command: &mut Command, closing: &mut Vec<String>) -> Result<()> {
    let started = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = started.with_context(|| format!("cannot start {}", shown(command)))?;
    let mut out = BufReader::new(child.stdout.take().expect("stdout was just piped"));
    let mut line = Vec::new();
    while out.read_until(b'\n', &mut line)? > 0 {
        std::io::stdout().write_all(&line)?;
        let text = String::from_utf8_lossy(&line);
        // A binary without tests says nothing worth repeating.
        if text.starts_with("test result:") && !text.contains(" 0 passed; 0 failed; 0 ignored;") {
            closing.push(text.trim_end().to_owned());
        }
        line.clear();
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}
