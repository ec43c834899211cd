//! Turns `lessons/` into one file of data, so that neither a page nor a test parses Markdown.
//!
//! A lesson that cannot be read stops the build with file, line and cure. Whether a lesson is true
//! is not asked here: that needs an engine, and is what `replicascope check` does.

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=lessons");
    // The word tables are read by a macro, which cannot say so itself.
    println!("cargo::rerun-if-changed=locales");
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(messages) => {
            for message in messages {
                println!("cargo::error={message}");
            }
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Vec<String>> {
    let read = |name: &str| {
        fs::read_to_string(Path::new("lessons").join(name)).map_err(|error| error.to_string())
    };
    let bundle = lesson::bundle(&read)
        .map_err(|flaws| flaws.iter().map(|flaw| format!("lessons/{flaw}")).collect::<Vec<_>>())?;
    let json = serde_json::to_string(&bundle).map_err(|error| vec![error.to_string()])?;
    let out = env::var("OUT_DIR").expect("cargo sets it for every build script");
    fs::write(Path::new(&out).join("catalogue.json"), json).map_err(|error| vec![error.to_string()])
}
