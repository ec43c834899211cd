//! Serves a folder of static files to this machine over HTTP/1.1, one thread a connection.
//! Refuses everything but GET and HEAD of files inside the folder, and knows nothing of the page.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// No request of ours is longer.
const LONGEST_HEAD: usize = 16 * 1024;
/// Browsers open connections ahead of need and leave them silent.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Server {
    listener: TcpListener,
    site: Arc<Site>,
}

struct Site {
    folder: PathBuf,
    /// Path that the folder appears under: begins and ends with `/`.
    mount: String,
}

/// What goes back: a status line and a file, or a short text.
struct Reply {
    status: &'static str,
    kind: &'static str,
    /// Whether the body is the file's smaller form, as `xtask/press.rs` writes it.
    pressed: bool,
    body: Vec<u8>,
}

impl Server {
    /// Takes the port, or a free one for 0, on 127.0.0.1.
    pub(crate) fn bind(folder: PathBuf, mount: &str, port: u16) -> io::Result<Server> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        Ok(Server { listener, site: Arc::new(Site { folder, mount: mount.to_owned() }) })
    }

    pub(crate) fn url(&self) -> String {
        let port = self.listener.local_addr().map_or(0, |a| a.port());
        format!("http://127.0.0.1:{port}{}", self.site.mount)
    }

    /// Serves until the program ends; while `closed`, whoever connects is hung up on.
    pub(crate) fn run(self, closed: &AtomicBool) {
        for stream in self.listener.incoming().flatten() {
            if closed.load(Ordering::Relaxed) {
                continue;
            }
            let site = Arc::clone(&self.site);
            // A connection that breaks is the browser's choice, not our failure.
            std::thread::spawn(move || site.answer(stream).ok());
        }
    }
}

impl Site {
    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = read_head(&mut stream)?;
        let mut words = head.split_whitespace();
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
        let reply = match method {
            "GET" | "HEAD" => self.find(target, takes_brotli(&head)),
            _ => Reply::text("405 Method Not Allowed"),
        };
        // Any origin may read: pages embed us in frames without an origin of their own.
        write!(
            stream,
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\
             Access-Control-Allow-Origin: *\r\nX-Content-Type-Options: nosniff\r\n\
             Vary: Accept-Encoding\r\n{}Cache-Control: {}\r\nConnection: close\r\n\r\n",
            reply.status,
            reply.kind,
            reply.body.len(),
            if reply.pressed { "Content-Encoding: br\r\n" } else { "" },
            keeping(target)
        )?;
        if method == "GET" {
            stream.write_all(&reply.body)?;
        }
        stream.flush()
    }

    fn find(&self, target: &str, brotli: bool) -> Reply {
        let path = target.split(['?', '#']).next().unwrap_or("");
        let Some(inside) = path.strip_prefix(&self.mount) else {
            return Reply::text("404 Not Found");
        };
        // Nothing is percent-decoded, so these are all the ways out of the folder.
        if inside.split('/').any(|p| p == ".." || p.contains(['\\', ':', '\0'])) {
            return Reply::text("403 Forbidden");
        }
        let name = if inside.is_empty() || inside.ends_with('/') {
            format!("{inside}index.html")
        } else {
            inside.to_owned()
        };
        let file = self.folder.join(name.trim_start_matches('/'));
        let kind = kind(&file);
        let mut smaller = file.clone().into_os_string();
        smaller.push(".br");
        let pressed = if brotli { std::fs::read(smaller).ok() } else { None };
        match (pressed, std::fs::read(&file)) {
            (Some(body), Ok(_)) => Reply { status: "200 OK", kind, pressed: true, body },
            (None, Ok(body)) => Reply { status: "200 OK", kind, pressed: false, body },
            (_, Err(_)) => Reply::text("404 Not Found"),
        }
    }
}

impl Reply {
    fn text(status: &'static str) -> Reply {
        let body = status.as_bytes().to_vec();
        Reply { status, kind: "text/plain; charset=utf-8", pressed: false, body }
    }
}

/// How long a browser may keep the answer. What is asked for under the hash of its build is never
/// another file, so it may be kept for good, and a page that is loaded again is there at once.
fn keeping(target: &str) -> &'static str {
    if target.contains("?v=") { "public, max-age=31536000, immutable" } else { "no-store" }
}

/// The request up to its empty line.
fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let (mut head, mut piece) = (Vec::new(), [0; 4096]);
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        let read = stream.read(&mut piece)?;
        if read == 0 || head.len() > LONGEST_HEAD {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(&piece[..read]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Whether a request says that it takes brotli.
fn takes_brotli(head: &str) -> bool {
    head.lines().filter_map(|line| line.split_once(':')).any(|(name, codings)| {
        let taken = |coding: &str| matches!(coding.trim().split(';').next(), Some("br"));
        name.eq_ignore_ascii_case("accept-encoding") && codings.split(',').any(taken)
    })
}

/// Browsers refuse a module or a wasm program that comes under another type.
fn kind(file: &Path) -> &'static str {
    match file.extension().and_then(|e| e.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(mount: &str, target: &str) -> &'static str {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf();
        Site { folder, mount: mount.to_owned() }.find(target, false).status
    }

    #[test]
    fn files_inside_the_folder_are_found_under_the_mount_only() {
        assert_eq!(status("/", "/Cargo.toml?v=1"), "200 OK");
        assert_eq!(status("/notes/", "/notes/Cargo.toml"), "200 OK");
        assert_eq!(status("/notes/", "/Cargo.toml"), "404 Not Found");
    }

    #[test]
    fn only_who_takes_brotli_gets_it() {
        assert!(takes_brotli("GET / HTTP/1.1\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"));
        assert!(takes_brotli("GET / HTTP/1.1\r\naccept-encoding: br;q=0.5\r\n"));
        assert!(!takes_brotli("GET /br HTTP/1.1\r\nAccept-Encoding: gzip\r\nAccept: br\r\n"));
    }

    #[test]
    fn nothing_outside_the_folder_is_ever_read() {
        assert_eq!(status("/", "/../Cargo.toml"), "403 Forbidden");
        assert_eq!(status("/", "/a/../../Cargo.toml"), "403 Forbidden");
        assert_eq!(status("/", "/..\\Cargo.toml"), "403 Forbidden");
        assert_eq!(status("/", "/%2e%2e/Cargo.toml"), "404 Not Found");
        assert_eq!(status("/", "//etc/hosts"), "404 Not Found");
    }
}
