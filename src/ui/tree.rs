//! Indented trees with branches.

use std::io;

/// A line and what hangs below it. Labels may be painted.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    label: String,
    children: Vec<Tree>,
}

impl Tree {
    /// A line with nothing below it.
    pub fn new(label: impl Into<String>) -> Tree {
        Tree { label: label.into(), children: Vec::new() }
    }

    /// Hangs `child` below this line and returns it.
    pub fn add(&mut self, child: Tree) -> &mut Tree {
        self.children.push(child);
        let last = self.children.len() - 1;
        &mut self.children[last]
    }

    /// The line itself, then its branches.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{}", self.label)?;
        self.branches(out, &mut String::new())
    }

    fn branches(&self, out: &mut dyn io::Write, before: &mut String) -> io::Result<()> {
        let indented = before.len();
        for (index, child) in self.children.iter().enumerate() {
            let last = index + 1 == self.children.len();
            writeln!(out, "{before}{} {}", if last { "└──" } else { "├──" }, child.label)?;
            before.push_str(if last { "    " } else { "│   " });
            child.branches(out, before)?;
            before.truncate(indented);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_branch_bends() {
        let mut tree = Tree::new("/");
        let env = tree.add(Tree::new("env"));
        env.add(Tree::new("port = 80"));
        tree.add(Tree::new("hosts"));
        let mut out = Vec::new();
        tree.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "/\n├── env\n│   └── port = 80\n└── hosts\n");
    }
}
