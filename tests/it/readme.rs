//! The console examples of README.md, typed into a shell as they stand there.
//!
//! Each section is one session, in a home of its own. What the commands print
//! has to be what the page shows; `SNAPSHOTS=overwrite` writes it there. A block
//! fenced as `console watcher` holds one command that goes on in a second
//! terminal while the next block runs.

mod drawn;
mod page;
mod shell;

use drawn::Drawn;
use page::{Block, Part};
use shell::{Background, Shell};

use crate::support::Home;
use crate::support::etcd::Etcd;

const PAGE: &str = include_str!("../../README.md");

#[test]
fn the_sessions_of_the_readme_go_as_they_say() {
    let etcd = Etcd::start();
    let mut session: Option<Session> = None;
    let mut pieces: Vec<String> = Vec::new();
    let mut watched: Option<(usize, Background, &Block)> = None;
    let parts = page::parts(PAGE);
    for part in &parts {
        match part {
            Part::Heading(text) => {
                session = None;
                pieces.push((*text).to_owned());
            }
            Part::Text(text) => pieces.push((*text).to_owned()),
            Part::Block(block) if block.watcher => {
                let session = session.get_or_insert_with(|| Session::new(&etcd));
                watched = Some((pieces.len(), session.start(block), block));
                pieces.push(String::new());
            }
            Part::Block(block) => {
                let session = session.get_or_insert_with(|| Session::new(&etcd));
                pieces.push(session.type_in(block));
                if let Some((place, mut background, block)) = watched.take() {
                    let seen = background.lines(block.expected_lines());
                    pieces[place] = session.shown(block, &[seen]);
                }
            }
        }
    }
    let expected = snapbox::Data::read_from(std::path::Path::new("README.md"), None).raw();
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .eq(snapbox::Data::text(pieces.concat()).raw(), expected);
}

/// One section's shell, and what has been drawn in it.
struct Session {
    home: Home,
    etcd: String,
    /// An address that nobody listens on.
    served: String,
    shell: Shell,
    drawn: Drawn,
}

impl Session {
    fn new(etcd: &Etcd) -> Session {
        let home = Home::new();
        let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
        std::os::unix::fs::symlink(examples, home.path().join("examples")).unwrap();
        let shell = Shell::start(&home);
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let served = free.local_addr().unwrap().to_string();
        let etcd = etcd.member(0).address();
        Session { home, etcd, served, shell, drawn: Drawn::default() }
    }

    /// Types in what a block holds and gives the block with what came of it.
    fn type_in(&mut self, block: &Block) -> String {
        let mut outputs = Vec::new();
        for step in &block.steps {
            let command = self.meant(&step.command);
            let output = self.shell.run(&command);
            self.drawn.bind(&step.output, &output);
            outputs.push(output);
        }
        self.shown(block, &outputs)
    }

    fn start(&self, block: &Block) -> Background {
        Background::start(&self.home, &self.meant(&block.steps[0].command))
    }

    /// A command of the page as it has to be typed here.
    fn meant(&self, command: &str) -> String {
        let command = self.drawn.to_actual(command).replace(page::ETCD, &self.etcd);
        command.replace(page::SERVED, &self.served)
    }

    /// The block with these outputs, as the page would tell of them.
    fn shown(&self, block: &Block, outputs: &[String]) -> String {
        let home = self.home.path().to_str().unwrap();
        let outputs: Vec<String> = outputs
            .iter()
            .map(|output| {
                let output = self.drawn.to_page(output).replace(&self.etcd, page::ETCD);
                output.replace(&self.served, page::SERVED).replace(home, page::HOME)
            })
            .collect();
        block.with(&outputs)
    }
}
