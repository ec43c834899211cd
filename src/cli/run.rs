//! `run`: plays a scenario or a lesson and prints what happened.

use super::{Done, read_scenario, scenario_path, stopped, worded};
use lesson::Runner;
use replicascope::Session;
use scene::{Halt, Instant, Span, Weight};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A scenario file, or the folder of a lesson.
    scenario: PathBuf,
    /// Another seed than the scenario's.
    #[arg(long)]
    seed: Option<u64>,
    /// Goes on (or stops) at this instant of virtual time: `30s`.
    #[arg(long)]
    until: Option<String>,
    /// Another setting: `broker.session.timeout.ms=3000`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    /// `text`: one line an event; `json`: one object an event.
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// How much is printed: `key`, `normal` or `routine` events and above.
    #[arg(long, default_value = "normal", value_parser = ["key", "normal", "routine"])]
    weight: String,
    /// Prints the digest of the final state, alone on the last line.
    #[arg(long)]
    digest: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let scenario = read_scenario(&arguments.scenario)?;
    let boot = boot_line(&scenario.boot.text, arguments);
    let file = scenario_path(&arguments.scenario);
    let mut session = replicascope::open(&boot)
        .map_err(|error| format!("{}: {boot}: {}", file.display(), worded(&error)))?;
    let report = Runner::new(&mut *session, &scenario)
        .play_all()
        .map_err(|stop| stopped(&arguments.scenario, &stop))?;
    if let Some(until) = &arguments.until {
        go_to(&mut *session, until)?;
    }
    print_trace(&*session, arguments)?;
    for difference in &report.differences {
        eprintln!("{}:{difference}", file.display());
    }
    if arguments.digest {
        println!("{:016x}", session.digest());
    }
    Ok(report.differences.is_empty())
}

/// The scenario's boot line with the changes that were asked for; the last word of a key counts.
fn boot_line(boot: &str, arguments: &Arguments) -> String {
    let mut line = boot.to_owned();
    if let Some(seed) = arguments.seed {
        line += &format!(" seed={seed}");
    }
    for setting in &arguments.settings {
        line += &format!(" {setting}");
    }
    line
}

fn go_to(session: &mut dyn Session, until: &str) -> Result<(), String> {
    let span = Span::parse(until).ok_or_else(|| format!("--until {until}: expected 30s or 2m"))?;
    let at = Instant(span.0);
    if at < session.cursor().at {
        session.seek_time(at);
    } else if let Halt::Limit(limit) = session.run_until(at) {
        return Err(format!("--until {until}: the limit {limit} was reached"));
    }
    Ok(())
}

fn print_trace(session: &dyn Session, arguments: &Arguments) -> Result<(), String> {
    let weight = match arguments.weight.as_str() {
        "key" => Weight::Key,
        "routine" => Weight::Routine,
        _ => Weight::Normal,
    };
    let end = session.cursor().step;
    if arguments.format == "text" {
        print!("{}", session.text(0, end, weight));
        return Ok(());
    }
    for line in session.trace(0, end, weight) {
        let json = serde_json::to_string(&line).map_err(|error| error.to_string())?;
        println!("{json}");
    }
    Ok(())
}
