//! Files in a smaller form beside the files themselves, for hosts that send what a browser accepts.
//! Refuses to press what is small or pressed already.

use crate::dist::files;
use anyhow::Result;
use brotli::enc::BrotliEncoderParams;
use std::fs;
use std::path::{Path, PathBuf};

/// Below this the head of an answer is longer than what is saved.
const SMALL: usize = 1024;

/// Writes `NAME.br` for every file in the folder that is worth it.
pub(crate) fn press(dist: &Path) -> Result<()> {
    for file in files(dist)? {
        let bytes = fs::read(&file)?;
        if bytes.len() >= SMALL {
            let pressed = brotli(&bytes)?;
            if pressed.len() < bytes.len() {
                fs::write(beside(&file), pressed)?;
            }
        }
    }
    Ok(())
}

/// Where the smaller form of a file is, if it has one.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".br");
    name.into()
}

pub(crate) fn is_pressed(file: &Path) -> bool {
    file.extension().is_some_and(|kind| kind == "br")
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: 11,
        lgwin: 24,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut pressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut pressed, &params)?;
    Ok(pressed)
}
