//! The headless face: plays scenarios, checks lessons, measures. Every verb drives a `Session`.

/// As in std, except that a reader who closes the pipe ends the program instead of breaking it.
macro_rules! print {
    ($($part:tt)*) => { $crate::put(format_args!($($part)*)) };
}

/// See [`print!`].
macro_rules! println {
    ($($part:tt)*) => { $crate::put(format_args!("{}\n", format_args!($($part)*))) };
}

mod cli;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// Watch real high-availability logic work, headless.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Plays a scenario or a lesson and prints the transcript.
    Run(cli::run::Arguments),
    /// Checks lessons and scenarios, as their author would want.
    Check(cli::check::Arguments),
    /// Compares the engine's rules with tables that were taken from real systems.
    Conform(cli::conform::Arguments),
    /// Tries random faults against every promise, seed by seed.
    Swarm(cli::swarm::Arguments),
    /// Takes out one line of defence after the other and asks whether a promise notices.
    Mutants(cli::mutants::Arguments),
    /// Plays recordings of real clusters, and writes the page that says how far apart we are.
    Fidelity(cli::fidelity::Arguments),
    /// Measures the engine; each figure with its workload.
    Bench(cli::bench::Arguments),
}

fn put(text: std::fmt::Arguments<'_>) {
    if std::io::stdout().write_fmt(text).is_err() {
        std::process::exit(0);
    }
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Run(arguments) => cli::run::run(&arguments),
        Verb::Check(arguments) => cli::check::run(&arguments),
        Verb::Conform(arguments) => cli::conform::run(&arguments),
        Verb::Swarm(arguments) => cli::swarm::run(&arguments),
        Verb::Mutants(arguments) => cli::mutants::run(&arguments),
        Verb::Fidelity(arguments) => cli::fidelity::run(&arguments),
        Verb::Bench(arguments) => cli::bench::run(&arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("replicascope: {message}");
            ExitCode::from(2)
        }
    }
}
