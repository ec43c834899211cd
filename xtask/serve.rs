//! `cargo xtask serve`: builds the page, serves it to this machine alone and says where.
//! Refuses to be a web server for anyone else: it binds 127.0.0.1 and nothing more.

use crate::server::Server;
use crate::{Options, dist};
use anyhow::{Context, Result};
use std::process::Command;
use std::sync::atomic::AtomicBool;

const PORT: u16 = 8080;

pub(crate) fn serve(options: &Options) -> Result<()> {
    if options.dist.is_none() {
        dist::build(options)?;
    }
    let port = options.port.unwrap_or(PORT);
    let server = Server::bind(options.dist(), "/", port)
        .with_context(|| format!("port {port} is taken; choose another with --port"))?;
    println!("{}", server.url());
    println!("serving until Ctrl-C");
    if options.open {
        open(&server.url());
    }
    server.run(&AtomicBool::new(false));
    Ok(())
}

/// A convenience; that there is nothing to open a page with is no failure.
fn open(url: &str) {
    let (program, first): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start"]),
        _ => ("xdg-open", &[]),
    };
    if Command::new(program).args(first).arg(url).spawn().is_err() {
        println!("no program to open a browser with; the address is above");
    }
}
