//! What commands read besides their words: files and standard input.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Kind, Result};

/// The value that was typed for `what`: as it stands, or with `-` standard
/// input and with `@FILE` that file's content, byte for byte.
pub fn value(what: &str, typed: OsString, literal: bool) -> Result<String> {
    match typed.as_encoded_bytes() {
        _ if literal => text(what, typed.into_encoded_bytes()),
        b"-" => text(what, stdin()?),
        [b'@', ..] => {
            let name = typed.to_string_lossy();
            let name = name.strip_prefix('@').unwrap_or_default();
            if name.is_empty() {
                return Err(Error::new(Kind::Usage, "`@` without the name of a file")
                    .hint("Type `@FILE`, or `--literal` before a value that is `@` itself"));
            }
            file_text(what, Path::new(name))
        }
        _ => text(what, typed.into_encoded_bytes()),
    }
}

/// A file's content as a text, byte for byte.
pub fn file_text(what: &str, path: &Path) -> Result<String> {
    text(what, std::fs::read(path).map_err(|error| unreadable(path, error))?)
}

/// `bytes` as the text of `what`; `Invalid`, naming the first bad byte, when they are none.
pub fn text(what: &str, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        Error::invalid(format!("{what} is not UTF-8 text: byte {at} is 0x{byte:02x}"))
            .hint("Encode it first, for instance with `base64`")
    })
}

/// A file to be read, or standard input for `-`, and what errors call it.
pub fn open(name: &OsStr) -> Result<(String, Box<dyn Read + Send>, Option<u64>)> {
    if name == "-" {
        return Ok(("standard input".to_owned(), Box::new(io::stdin()), None));
    }
    let path = Path::new(name);
    let file = File::open(path).map_err(|error| unreadable(path, error))?;
    let about = file.metadata().map_err(|error| unreadable(path, error))?;
    if about.is_dir() {
        return Err(Error::new(Kind::Usage, format!("`{}` is a directory", path.display())));
    }
    let size = about.is_file().then_some(about.len());
    Ok((path.display().to_string(), Box::new(file), size))
}

fn stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(Kind::Failed, "reading standard input").because(error))?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::new(Kind::Failed, format!("reading the file `{}`", path.display())).because(error)
}
