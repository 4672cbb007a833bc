//! A page as headings, text and console blocks.

/// The etcd that the page speaks of; the test's own stands in for it.
pub const ETCD: &str = "localhost:2379";

/// Where the page serves metadata; the test serves where the system chooses.
pub const SERVED: &str = "127.0.0.1:8080";

/// The home of the page's reader.
pub const HOME: &str = "/home/ada";

/// A part of the page; their texts one after another are the page.
pub enum Part<'a> {
    Heading(&'a str),
    Text(&'a str),
    Block(Block),
}

/// A fenced block that begins with `console`.
pub struct Block {
    fence: String,
    pub watcher: bool,
    pub steps: Vec<Step>,
}

/// A command, with its continuation lines, and what it prints.
#[derive(Default)]
pub struct Step {
    lines: String,
    pub command: String,
    pub output: String,
}

impl Block {
    /// How many lines the first command prints.
    pub fn expected_lines(&self) -> usize {
        self.steps[0].output.lines().count()
    }

    /// The block's text with other outputs.
    pub fn with(&self, outputs: &[String]) -> String {
        let mut text = format!("{}\n", self.fence);
        for (step, output) in self.steps.iter().zip(outputs) {
            text.push_str(&step.lines);
            text.push_str(output);
            if !output.is_empty() && !output.ends_with('\n') {
                text.push('\n');
            }
        }
        text + "```\n"
    }
}

/// Takes a page apart.
pub fn parts(page: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut block: Option<Block> = None;
    let mut other_fence = false;
    for line in page.split_inclusive('\n') {
        let text = line.trim_end();
        if let Some(open) = &mut block {
            if text == "```" {
                parts.extend(block.take().map(Part::Block));
            } else {
                open.take_in(text);
            }
        } else if !other_fence && text.starts_with("```console") {
            let watcher = text == "```console watcher";
            block = Some(Block { fence: text.to_owned(), watcher, steps: Vec::new() });
        } else {
            other_fence ^= text.starts_with("```");
            let heading = !other_fence && text.starts_with("##");
            parts.push(if heading { Part::Heading(line) } else { Part::Text(line) });
        }
    }
    parts
}

impl Block {
    fn take_in(&mut self, line: &str) {
        if let Some(command) = line.strip_prefix("$ ") {
            let command = command.to_owned();
            self.steps.push(Step { lines: format!("{line}\n"), command, output: String::new() });
        } else if let Some(step) = self.steps.last_mut() {
            match line.strip_prefix("> ") {
                Some(more) if step.output.is_empty() => {
                    step.lines.push_str(&format!("{line}\n"));
                    step.command.push_str(&format!("\n{more}"));
                }
                _ => step.output.push_str(&format!("{line}\n")),
            }
        }
    }
}
