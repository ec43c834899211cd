//! Builds the page into a folder of static files that works from any path of any web server.
//! Refuses to know what is on the page: it takes one wasm program and the folder `static`.

use crate::tools::{cargo, output, root, run, target, which};
use crate::{Options, halves, press, setup};
use anyhow::{Context, Result, ensure};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROGRAM: &str = "replicascope-app";
/// Programs that are fetched only when they are wanted: a lesson from somewhere else, charts.
pub(crate) const LATER: [&str; 2] = ["reader", "plotter"];
/// What the front door's build script writes for the page to fetch.
const SHELVES: [&str; 2] = ["papers", "texts"];
/// Stands in `static/**` where the hash of this build goes, so that a browser that kept an older
/// build never mixes the two.
const BUILD: &str = "__BUILD__";
/// Stands in the service worker where the list of files goes.
const FILES: &str = "'__FILES__'";
/// wasm-opt before this cannot read what rustc and wasm-bindgen write today.
const OLDEST_WASM_OPT: u32 = 123;

pub(crate) fn build(options: &Options) -> Result<()> {
    // trunk calls us as a hook and names its own folder.
    let staging = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from);
    let dist = staging.unwrap_or_else(|| options.dist());
    // A build for looking for faults stays in one piece, with its names.
    let finish = |fresh: &Path| if options.debug { Ok(()) } else { halves::cut(fresh) };
    put_together(&dist, options.debug, finish)
}

/// `finish` makes of the page's program, whose functions still have names, what is shipped.
pub(crate) fn put_together(
    dist: &Path,
    debug: bool,
    finish: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    setup::wasm_target()?;
    setup::bindgen()?;
    println!("building the page (2 minutes the first time, then 10 to 30 s)");
    let (wasm, written) = compile(debug)?;
    // Built beside and moved into place, so that a failed build leaves the last good one.
    let fresh = dist.with_extension("new");
    remove(&fresh)?;
    fs::create_dir_all(&fresh)?;
    bind(&wasm, "app", &fresh, true)?;
    finish(&fresh)?;
    for name in LATER {
        bind(&compile_apart(name, debug)?, name, &fresh, debug)?;
    }
    if !debug {
        for file in files(&fresh)?.iter().filter(|f| f.extension().is_some_and(|e| e == "wasm")) {
            optimise(file)?;
        }
    }
    copy_static(&root().join("static"), &fresh)?;
    for shelf in SHELVES {
        fs::create_dir_all(fresh.join(shelf))?;
        copy_static(&written.join(shelf), &fresh.join(shelf))?;
    }
    let hash = hash_of(&fresh)?;
    stamp(&fresh, &hash)?;
    list_files(&fresh, &hash)?;
    if !debug {
        press::press(&fresh)?;
    }
    remove(dist)?;
    fs::rename(&fresh, dist)?;
    println!("built {}", dist.display());
    Ok(())
}

/// The program, and the folder that its build script wrote to.
fn compile(debug: bool) -> Result<(PathBuf, PathBuf)> {
    let (profile, folder) = if debug { ("dev", "debug") } else { ("web", "web") };
    let target_name = "wasm32-unknown-unknown";
    let mut command =
        cargo(["build", "-p", PROGRAM, "--target", target_name, "--profile", profile]);
    command.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    let done = command.spawn().context("cargo does not start")?.wait_with_output()?;
    ensure!(done.status.success(), "the page does not compile");
    let told = String::from_utf8_lossy(&done.stdout);
    let written = told.lines().find_map(written_to).context("cargo names no folder of papers")?;
    let wasm = target()?.join(target_name).join(folder).join(format!("{PROGRAM}.wasm"));
    Ok((wasm, written))
}

/// In a build of its own, so that the page does not get what it is made of.
fn compile_apart(name: &str, debug: bool) -> Result<PathBuf> {
    let (profile, folder) = if debug { ("dev", "debug") } else { ("web", "web") };
    let target_name = "wasm32-unknown-unknown";
    let package = format!("replicascope-{name}");
    run(&mut cargo(["build", "-p", &package, "--target", target_name, "--profile", profile]))?;
    Ok(target()?.join(target_name).join(folder).join(format!("replicascope_{name}.wasm")))
}

/// Where the front door's build script has put its shelves, if this line of cargo says so.
fn written_to(line: &str) -> Option<PathBuf> {
    let told: serde_json::Value = serde_json::from_str(line).ok()?;
    let folder = PathBuf::from(told["out_dir"].as_str()?);
    SHELVES.iter().all(|shelf| folder.join(shelf).is_dir()).then_some(folder)
}

/// wasm-bindgen: the program in a form that a page can load, and the script that loads it.
fn bind(wasm: &Path, name: &str, dist: &Path, names: bool) -> Result<()> {
    let mut args: Vec<OsString> =
        ["wasm-bindgen", "--target", "web", "--no-typescript", "--out-name", name]
            .map(OsString::from)
            .to_vec();
    if !names {
        // A fifth of the file; only stack traces want it.
        args.push("--remove-name-section".into());
    }
    args.extend(["--out-dir".into(), dist.into(), wasm.into()]);
    run(Command::new(setup::bindgen()?).args(args))
}

/// About 6 % smaller before compression, nothing after it: welcome where it is installed, no more.
fn optimise(wasm: &Path) -> Result<()> {
    let local = root().join("node_modules/.bin/wasm-opt");
    let Some(program) = local.is_file().then_some(local).or_else(|| which("wasm-opt")) else {
        return Ok(());
    };
    let version = output(Command::new(&program).arg("--version")).unwrap_or_default();
    let number = version.split_whitespace().nth(2).and_then(|n| n.parse().ok()).unwrap_or(0);
    if number < OLDEST_WASM_OPT {
        println!("wasm-opt {number} is older than {OLDEST_WASM_OPT}: not used");
        return Ok(());
    }
    run(Command::new(program).arg("-Oz").arg(wasm).arg("-o").arg(wasm))
}

fn copy_static(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&target)?;
            copy_static(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Puts the hash of the build where the token stands.
fn stamp(dist: &Path, hash: &str) -> Result<()> {
    for file in files(dist)? {
        let kind = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if !["html", "js", "css", "webmanifest"].contains(&kind) {
            continue;
        }
        let text = fs::read_to_string(&file)?;
        if text.contains(BUILD) {
            fs::write(&file, text.replace(BUILD, hash))?;
        }
    }
    Ok(())
}

/// Tells the service worker every file, under the address by which the page asks for it.
fn list_files(dist: &Path, hash: &str) -> Result<()> {
    let mut list = vec!["'./'".to_owned()];
    for file in files(dist)? {
        let name = file.strip_prefix(dist)?.to_string_lossy().replace('\\', "/");
        list.extend(asked_as(&name, hash).map(|address| format!("'{address}'")));
    }
    let worker = dist.join("sw.js");
    let text = fs::read_to_string(&worker).context("the service worker is missing")?;
    ensure!(text.contains(FILES), "the service worker has no place for the list of files");
    Ok(fs::write(&worker, text.replace(FILES, &list.join(",\n  ")))?)
}

/// Scripts, styles and the program are asked for with their build; the worker itself never is kept.
fn asked_as(name: &str, hash: &str) -> Option<String> {
    match name.rsplit_once('.').map_or("", |(_, kind)| kind) {
        _ if ["sw.js", "index.html"].contains(&name) => None,
        _ if name.starts_with("texts/") => Some(format!("./{name}?v={hash}")),
        "js" | "css" | "wasm" => Some(format!("./{name}?v={hash}")),
        _ => Some(format!("./{name}")),
    }
}

/// Sixteen hex digits over every name and byte: the same sources give the same hash.
fn hash_of(dist: &Path) -> Result<String> {
    let mut hash = Fnv::new();
    for file in files(dist)? {
        hash.write(file.strip_prefix(dist)?.to_string_lossy().as_bytes());
        hash.write(&fs::read(&file)?);
    }
    Ok(format!("{:016x}", hash.0))
}

/// Every file below `dir`, in order of its path.
pub(crate) fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))? {
            let entry = entry?;
            let list = if entry.file_type()?.is_dir() { &mut open } else { &mut found };
            list.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn remove(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("removing {}", dir.display()))?;
    }
    Ok(())
}

/// FNV-1a, 64 bits: names a build, protects nothing.
struct Fnv(u64);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_as_the_page_asks_for_them() {
        assert_eq!(asked_as("app_bg.wasm", "1f").as_deref(), Some("./app_bg.wasm?v=1f"));
        assert_eq!(asked_as("papers/a.json", "1f").as_deref(), Some("./papers/a.json"));
        assert_eq!(
            asked_as("texts/words.en.txt", "1f").as_deref(),
            Some("./texts/words.en.txt?v=1f")
        );
        assert_eq!(asked_as("sw.js", "1f"), None);
    }

    #[test]
    fn the_hash_is_the_published_one() {
        let mut hash = Fnv::new();
        hash.write(b"foobar");
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }
}
