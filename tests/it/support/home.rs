//! A sealed home: no variable and no file of the machine reaches the program.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use tempfile::TempDir;

/// A home directory of its own, removed with the test.
pub struct Home {
    directory: TempDir,
}

impl Home {
    pub fn new() -> Home {
        Home { directory: TempDir::new().unwrap() }
    }

    /// Where it is; also the current directory of what is run.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Puts a file into the home and returns its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> std::path::PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program with these arguments, to be started by the caller.
    pub fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metactl"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .env("USER", "tester")
            .env("METACTL_ACTOR", "tester@here")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        self.run_with(args, |_| {})
    }

    /// Runs the program, prepared by `prepare`: variables, working directory.
    pub fn run_with<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        prepare: impl FnOnce(&mut Command),
    ) -> Ran {
        self.run_full(args, prepare, None)
    }

    /// Runs the program with `input` on its standard input.
    pub fn run_input<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        input: impl AsRef<[u8]>,
    ) -> Ran {
        self.run_full(args, |_| {}, Some(input.as_ref()))
    }

    fn run_full<S: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = S>,
        prepare: impl FnOnce(&mut Command),
        input: Option<&[u8]>,
    ) -> Ran {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let mut command = self.command(&args);
        prepare(&mut command);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        let writer = input.zip(child.stdin.take()).map(|(input, mut stdin)| {
            let input = input.to_owned();
            // The program may end without reading it all.
            std::thread::spawn(move || drop(stdin.write_all(&input)))
        });
        let output = child.wait_with_output().unwrap();
        writer.map(|thread| thread.join());
        self.ran(&args, &output.stdout, &output.stderr, output.status)
    }

    /// Runs the program with nobody to read its output.
    pub fn run_unread<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Ran {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = self.command(&args);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        self.ran(&args, b"", &output.stderr, output.status)
    }

    /// What came of a run, told without the place of the home.
    pub(super) fn ran(
        &self,
        args: &[OsString],
        stdout: &[u8],
        stderr: &[u8],
        status: ExitStatus,
    ) -> Ran {
        let home = self.path().to_str().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(home, "[HOME]");
        Ran {
            words: args.iter().map(|arg| quoted(&text(arg.as_encoded_bytes()))).collect(),
            stdout: text(stdout),
            stderr: text(stderr),
            code: status.code().unwrap_or(-1),
        }
    }
}

/// What came of running the program; the home's path reads `[HOME]`.
#[derive(Debug)]
pub struct Ran {
    words: Vec<String>,
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
}

impl Ran {
    /// The same, after checking that it went well.
    #[track_caller]
    pub fn ok(self) -> Ran {
        assert_eq!(self.code, 0, "{self}");
        self
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "$ metactl")?;
        for word in &self.words {
            write!(out, " {word}")?;
        }
        writeln!(out)?;
        block(out, &self.stdout)?;
        if !self.stderr.is_empty() {
            writeln!(out, "--- stderr")?;
            block(out, &self.stderr)?;
        }
        if self.code != 0 {
            writeln!(out, "--- exit {}", self.code)?;
        }
        Ok(())
    }
}

/// A text whose last line may lack its end, which is then shown.
fn block(out: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    match text.strip_suffix('\n') {
        None if !text.is_empty() => writeln!(out, "{text}⏎̸"),
        _ => write!(out, "{text}"),
    }
}

/// An argument as one would type it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+[]".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
