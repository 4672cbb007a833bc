//! Reading an app package: a directory, or an archive of one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use crate::error::{Error, Kind, Result};
use crate::model::app::near;
use crate::model::app::package::{CONFIG, Package, TEMPLATE};

/// The largest `config.json` or `cluster.json.mustache` that is read, in bytes.
pub const MAX_TEXT: u64 = 1 << 20;
/// The most files that an archive may hold.
const MAX_FILES: usize = 10_000;
/// The most bytes that are unpacked of a compressed tar.
const MAX_UNPACKED: u64 = 256 << 20;

/// Reads the package at `path`: a directory, `.zip`, `.tar.gz`, `.tgz` or
/// `.tar`, told apart by their content. The files may lie in one folder inside.
///
/// `NotFound` when there is nothing, `Invalid` when it is no package: a file is
/// missing, too large or no text, or an archive leads outside of itself.
pub fn read(path: &Path) -> Result<Package> {
    let name = path.display().to_string();
    let doing = |error: io::Error| {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => Kind::NotFound,
            _ => Kind::Failed,
        };
        Error::new(kind, format!("reading app package `{name}`")).because(error)
    };
    let about = std::fs::metadata(path).map_err(doing)?;
    let mut found = Found::default();
    if about.is_dir() {
        directory(path, "", &mut found).map_err(doing)?;
    } else {
        archive(path, &mut found).map_err(|trouble| match trouble {
            Trouble::Io(error) => doing(error),
            Trouble::Wrong(why) => unusable(&name, &why),
        })?;
    }
    let folder = found.folder().map_err(|why| unusable(&name, &why))?;
    let mut text = |file: &str| match found.files.remove(&(folder.clone(), file.to_owned())) {
        Some(bytes) => decoded(&name, file, bytes),
        None => Err(unusable(&name, &format!("there is no `{file}` in it"))),
    };
    Ok(Package { config: text(CONFIG)?, template: text(TEMPLATE)?, name: name.clone() })
}

/// The package's own name: without directories and endings.
pub fn short_name(path: &Path) -> String {
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let endings = [".tar.gz", ".tgz", ".tar", ".zip"];
    let bare = endings.iter().find_map(|ending| name.strip_suffix(ending));
    bare.filter(|bare| !bare.is_empty()).map_or(name.clone(), str::to_owned)
}

/// The two files wherever they lie, by folder (empty for the top) and name.
#[derive(Default)]
struct Found {
    files: BTreeMap<(String, String), Vec<u8>>,
}

impl Found {
    /// The folder that holds the package: the top, or the only one that has it.
    fn folder(&self) -> Result<String, String> {
        let folders: Vec<&str> = self
            .files
            .keys()
            .filter(|(_, file)| file == CONFIG || file == TEMPLATE)
            .map(|(folder, _)| folder.as_str())
            .collect();
        let mut distinct = folders.clone();
        distinct.dedup();
        match distinct.as_slice() {
            ["", ..] => Ok(String::new()),
            [one] => Ok((*one).to_owned()),
            [] => Err(format!("there is no `{CONFIG}` in it, nor in a folder of it")),
            several => Err(format!(
                "there are several packages in it, in {}; name one of them",
                near::listed(several.iter().copied())
            )),
        }
    }

    fn wants(folder: &str, file: &str) -> bool {
        (file == CONFIG || file == TEMPLATE) && !folder.contains('/') && folder != "__MACOSX"
    }
}

enum Trouble {
    Io(io::Error),
    Wrong(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Trouble {
        Trouble::Io(error)
    }
}

fn directory(path: &Path, folder: &str, found: &mut Found) -> io::Result<()> {
    for file in [CONFIG, TEMPLATE] {
        match File::open(path.join(file)) {
            Ok(mut content) => {
                let bytes = capped(&mut content)?;
                found.files.insert((folder.to_owned(), file.to_owned()), bytes);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    if folder.is_empty() && found.files.is_empty() {
        for entry in std::fs::read_dir(path)?.take(MAX_FILES) {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && !name.starts_with('.') {
                directory(&entry.path(), &name, found)?;
            }
        }
    }
    Ok(())
}

fn archive(path: &Path, found: &mut Found) -> Result<(), Trouble> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref().take(512).read_to_end(&mut start)?;
    file.rewind()?;
    match start.as_slice() {
        [b'P', b'K', ..] => unzip(file, found),
        [0x1f, 0x8b, ..] => {
            untar(flate2::read::MultiGzDecoder::new(io::BufReader::new(file)), found)
        }
        _ if start.get(257..262) == Some(b"ustar") => untar(io::BufReader::new(file), found),
        _ => Err(Trouble::Wrong(
            "it is neither a directory nor an archive (.zip, .tar.gz or .tar)".to_owned(),
        )),
    }
}

fn unzip(file: File, found: &mut Found) -> Result<(), Trouble> {
    let wrong = |error: zip::result::ZipError| Trouble::Wrong(format!("not a zip file: {error}"));
    let mut archive = zip::ZipArchive::new(io::BufReader::new(file)).map_err(wrong)?;
    if archive.len() > MAX_FILES {
        return Err(Trouble::Wrong(format!("it holds more than {MAX_FILES} files")));
    }
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(wrong)?;
        let name = entry.name().map_err(wrong)?.into_owned();
        if let Some((folder, file)) = inside(&name)? {
            if entry.is_dir() || !Found::wants(&folder, &file) {
                continue;
            }
            let bytes = capped(&mut entry)
                .map_err(|error| Trouble::Wrong(format!("unpacking `{name}`: {error}")))?;
            found.files.insert((folder, file), bytes);
        }
    }
    Ok(())
}

fn untar(content: impl Read, found: &mut Found) -> Result<(), Trouble> {
    let wrong = |error: io::Error| Trouble::Wrong(format!("not a tar archive: {error}"));
    let mut archive = tar::Archive::new(content.take(MAX_UNPACKED));
    for (count, entry) in archive.entries().map_err(wrong)?.enumerate() {
        if count > MAX_FILES {
            return Err(Trouble::Wrong(format!("it holds more than {MAX_FILES} files")));
        }
        let mut entry = entry.map_err(wrong)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if let Some((folder, file)) = inside(&name)? {
            if !entry.header().entry_type().is_file() || !Found::wants(&folder, &file) {
                continue;
            }
            let bytes = capped(&mut entry).map_err(wrong)?;
            found.files.insert((folder, file), bytes);
        }
    }
    Ok(())
}

/// Folder and name of a file in an archive; refused when it leads outside, none
/// for what has no name.
fn inside(name: &str) -> Result<Option<(String, String)>, Trouble> {
    let plain = name.replace('\\', "/");
    let leaves = plain.starts_with('/')
        || plain.split('/').any(|part| part == "..")
        || plain.as_bytes().get(1) == Some(&b':');
    if leaves {
        return Err(Trouble::Wrong(format!(
            "the archive holds `{}`, which leads outside of it",
            name.escape_debug()
        )));
    }
    let parts: Vec<&str> =
        plain.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    Ok(parts.split_last().map(|(file, folders)| (folders.join("/"), (*file).to_owned())))
}

/// Everything, up to one byte more than is accepted.
fn capped(content: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.take(MAX_TEXT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decoded(package: &str, file: &str, bytes: Vec<u8>) -> Result<String> {
    if bytes.len() as u64 > MAX_TEXT {
        let why = format!("`{file}` is larger than {} MiB", MAX_TEXT >> 20);
        return Err(unusable(package, &why));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = error.as_bytes().get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        unusable(package, &format!("`{file}` line {line} is not UTF-8 text"))
    })?;
    // Some editors put a byte order mark in front.
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

fn unusable(package: &str, why: &str) -> Error {
    Error::invalid(format!("app package `{package}` cannot be used: {why}"))
}
