//! App packages that tests make clusters from, in every wrapping.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::support::Home;

/// Where the package of the repository is that has everything in it.
pub fn example(name: &str) -> String {
    format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A package with one kind of nodes, a parameter and nothing else.
pub const CONFIG: &str = r#"{"type": "array", "properties": [
  {"key": "cluster", "type": "array", "properties": [
    {"key": "node", "type": "array", "properties": [
      {"key": "cpu", "type": "integer", "default": 1, "range": [1, 2, 4]},
      {"key": "count", "type": "integer", "default": 2, "min": 1, "max": 9}]}]},
  {"key": "env", "type": "array", "properties": [
    {"key": "name", "type": "string", "required": "yes", "pattern": "^[a-z]+$", "default": "plain"}]}]}
"#;

pub const TEMPLATE: &str = r#"{
  "nodes": {
    "count": {{cluster.node.count}},
    "cpu": {{cluster.node.cpu}}
  },
  "env": {"name": {{env.name}}}
}
"#;

/// Puts a package into a folder of the home.
pub fn folder(home: &Home, name: &str, config: &str, template: &str) {
    home.file(&format!("{name}/config.json"), config);
    home.file(&format!("{name}/cluster.json.mustache"), template);
}

/// Puts a zip file with these files into the home.
pub fn zip(home: &Home, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let path = home.path().join(name);
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (name, content) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap();
    path
}

/// Puts a compressed tar file with these files into the home.
pub fn tar_gz(home: &Home, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let path = home.path().join(name);
    let file = std::fs::File::create(&path).unwrap();
    let packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    let mut archive = tar::Builder::new(packed);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        // Also names that the builder itself would refuse.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, *content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap();
    path
}

/// The bytes of one of the example's files.
pub fn bytes(package: &str, file: &str) -> Vec<u8> {
    std::fs::read(Path::new(&example(package)).join(file)).unwrap()
}
