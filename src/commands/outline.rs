//! Leaves drawn as a tree that reads at a glance.

use std::collections::HashSet;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use crate::model::path::Path;
use crate::model::schema::{self, KEYS, Lifetime};
use crate::model::tree::Leaves;
use crate::ui::fit::{cut, printable};
use crate::ui::{Styles, Tree};

/// How a tree is drawn.
#[derive(Debug, Clone)]
pub struct Outline {
    /// Where the leaves are, for what the schema knows of them.
    pub top: Path,
    pub cluster_root: Path,
    /// Columns; what is longer is cut.
    pub width: usize,
    /// How many levels to show; none for all of them.
    pub depth: Option<usize>,
    /// One line for each host, unless `depth` reaches into the records, and no secrets.
    pub at_a_glance: bool,
}

/// What a secret is shown as.
const MASK: &str = "********";

/// The columns that each level is indented by.
const INDENT: usize = 4;

/// The pattern of a host's record in the schema.
const RECORD: &str = "/CLUSTER/HOSTS/ROLE/INSTANCE";

struct Node {
    name: String,
    value: Option<String>,
    children: Vec<Node>,
}

impl Outline {
    /// The drawing of `leaves`, which are settled in nested order.
    pub fn draw(&self, leaves: &Leaves, styles: &Styles) -> Tree {
        let special = KEYS.iter().filter(|key| key.secret || stands_out(key.lifetime));
        let drawing = Drawing {
            outline: self,
            styles,
            special: special.filter_map(|key| key.pattern.rsplit('/').next()).collect(),
        };
        let mut tree = Tree::new(Styles::paint(styles.heading, &self.top).to_string());
        let place = Place { path: self.top.clone(), level: 1, style: drawing.style_at(&self.top) };
        drawing.branches(&mut tree, &nodes(leaves), &place);
        tree
    }
}

/// The leaves as a tree of nodes.
fn nodes(leaves: &Leaves) -> Vec<Node> {
    let mut stack: Vec<Node> = vec![directory(String::new())];
    let close = |stack: &mut Vec<Node>, depth: usize| {
        while stack.len() > depth {
            let done = stack.pop();
            if let (Some(done), Some(parent)) = (done, stack.last_mut()) {
                parent.children.push(done);
            }
        }
    };
    let mut cursor = leaves.cursor();
    while cursor.advance() {
        let mut segments: Vec<&str> = cursor.path().split('/').skip(1).collect();
        let name = segments.pop().unwrap_or_default();
        let open = stack.iter().skip(1);
        let shared = open.zip(&segments).take_while(|(node, name)| node.name == **name).count();
        close(&mut stack, shared + 1);
        stack.extend(segments.iter().skip(shared).map(|name| directory((*name).to_owned())));
        if let Some(parent) = stack.last_mut() {
            let value = Some(cursor.value().to_owned());
            parent.children.push(Node { name: name.to_owned(), value, children: Vec::new() });
        }
    }
    close(&mut stack, 1);
    stack.pop().map(|top| top.children).unwrap_or_default()
}

fn directory(name: String) -> Node {
    Node { name, value: None, children: Vec::new() }
}

impl Node {
    fn child(&self, name: &str) -> Option<&str> {
        let child = self.children.iter().find(|child| child.name == name)?;
        child.value.as_deref().filter(|value| !value.is_empty())
    }

    fn leaves(&self) -> usize {
        if self.value.is_some() { 1 } else { self.children.iter().map(Node::leaves).sum() }
    }
}

struct Drawing<'a> {
    outline: &'a Outline,
    styles: &'a Styles,
    /// Last names of the keys that are secret or there for a while only; the
    /// schema is not asked about others.
    special: HashSet<&'static str>,
}

/// A directory whose children are drawn.
struct Place {
    path: Path,
    /// The level of its children.
    level: usize,
    /// The style of their names, unless they have one of their own.
    style: Style,
}

impl Drawing<'_> {
    fn branches(&self, tree: &mut Tree, nodes: &[Node], place: &Place) {
        let level = place.level;
        let ips = nodes.iter().filter_map(|node| node.child("ip"));
        let ip_width = ips.map(UnicodeWidthStr::width).max().unwrap_or(0);
        for node in nodes {
            // A name that no path can hold comes from nowhere.
            let Ok(path) = place.path.child(&node.name) else { continue };
            if let Some(value) = &node.value {
                tree.add(Tree::new(self.leaf(node, value, &path, place)));
                continue;
            }
            let style = self.style_at(&path);
            let deeper = self.outline.depth.is_none_or(|depth| level < depth);
            if self.is_one_line(&path, level) {
                tree.add(Tree::new(self.host(node, style, ip_width)));
                continue;
            }
            let mut label = Styles::paint(style, format!("{}/", printable(&node.name))).to_string();
            if !deeper {
                let count = Styles::paint(self.styles.muted, keys(node.leaves()));
                label = format!("{label} {count}");
            }
            let branch = tree.add(Tree::new(label));
            if deeper {
                self.branches(branch, &node.children, &Place { path, level: level + 1, style });
            }
        }
    }

    /// Whether that is a host's record whose keys are not asked for.
    fn is_one_line(&self, path: &Path, level: usize) -> bool {
        let reaches_in = self.outline.depth.is_some_and(|depth| level < depth);
        self.outline.at_a_glance
            && !reaches_in
            && schema::find(path, &self.outline.cluster_root)
                .is_some_and(|found| found.key.pattern == RECORD)
    }

    /// A whole host on one line.
    fn host(&self, node: &Node, style: Style, ip_width: usize) -> String {
        let mut label = Styles::paint(style, printable(&node.name)).to_string();
        if let Some(ip) = node.child("ip") {
            label.push_str(&format!("  {:ip_width$}", printable(ip)));
        }
        if let Some(sid) = node.child("sid") {
            let sid = format!("sid {}", printable(sid));
            label.push_str(&format!("  {}", Styles::paint(self.styles.muted, sid)));
        }
        label
    }

    fn leaf(&self, node: &Node, value: &str, path: &Path, place: &Place) -> String {
        let special = self.special.contains(node.name.as_str());
        let named = schema::sounds_secret(&node.name);
        let found =
            (special || named).then(|| schema::find(path, &self.outline.cluster_root)).flatten();
        let secret = found
            .as_ref()
            .is_some_and(|one| one.key.secret || named && schema::is_parameter(one.key));
        let masked = self.outline.at_a_glance && secret && !value.is_empty();
        let shown = if masked { MASK.to_owned() } else { printable(value) };
        let name = printable(&node.name);
        let taken = place.level * INDENT + name.width() + " = ".len();
        let room = self.outline.width.saturating_sub(taken).max(8);
        let shown = cut(&shown, room);
        let style = found.map_or(place.style, |found| self.style(found.lifetime));
        let equals = Styles::paint(self.styles.muted, "=");
        format!("{} {equals} {shown}", Styles::paint(style, name)).trim_end().to_owned()
    }

    fn style_at(&self, path: &Path) -> Style {
        let found = schema::find(path, &self.outline.cluster_root);
        found.map_or(self.styles.name, |found| self.style(found.lifetime))
    }

    /// What is there for a while only stands out.
    fn style(&self, lifetime: Lifetime) -> Style {
        match lifetime {
            Lifetime::ScalingOut => self.styles.good,
            Lifetime::ScalingIn => self.styles.bad,
            Lifetime::Resizing | Lifetime::Upgrading => self.styles.warn,
            Lifetime::Always | Lifetime::Optional | Lifetime::Commanded => self.styles.name,
        }
    }
}

fn stands_out(lifetime: Lifetime) -> bool {
    matches!(
        lifetime,
        Lifetime::ScalingOut | Lifetime::ScalingIn | Lifetime::Resizing | Lifetime::Upgrading
    )
}

fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tree::Order;

    const CLUSTER: &[(&str, &str)] = &[
        ("/adding-hosts/a/i-2/ip", "10.0.0.10"),
        ("/adding-hosts/a/i-2/sid", "2"),
        ("/env/key/access_key_id", "id"),
        ("/env/key/secret_access_key", "hidden"),
        ("/env/motd", "hello\nworld"),
        ("/env/root.password", "hidden"),
        ("/hosts/a/i-1/ip", "10.0.0.1"),
        ("/hosts/a/i-1/sid", "1"),
        ("/hosts/a/i-2/ip", "10.0.0.10"),
        ("/hosts/a/i-2/sid", "2"),
    ];

    fn drawn(pairs: &[(&str, &str)], depth: Option<usize>, width: usize) -> String {
        let mut leaves = Leaves::new();
        pairs.iter().for_each(|(path, value)| leaves.push(path, value));
        leaves.settle(Order::Nested);
        let outline = Outline {
            top: Path::parse("/cl-1").unwrap(),
            cluster_root: Path::root(),
            width,
            depth,
            at_a_glance: true,
        };
        let mut out = Vec::new();
        outline.draw(&leaves, &Styles::plain()).write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_host_is_one_line() {
        assert_eq!(
            drawn(CLUSTER, None, 80),
            "\
/cl-1
├── adding-hosts/
│   └── a/
│       └── i-2  10.0.0.10  sid 2
├── env/
│   ├── key/
│   │   ├── access_key_id = id
│   │   └── secret_access_key = ********
│   ├── motd = hello…
│   └── root.password = ********
└── hosts/
    └── a/
        ├── i-1  10.0.0.1   sid 1
        └── i-2  10.0.0.10  sid 2
"
        );
    }

    #[test]
    fn depth_cuts_and_opens() {
        assert_eq!(
            drawn(CLUSTER, Some(1), 80),
            "/cl-1\n├── adding-hosts/ 2 keys\n├── env/ 4 keys\n└── hosts/ 4 keys\n"
        );
        assert!(drawn(CLUSTER, Some(3), 80).contains("i-1  10.0.0.1   sid 1"));
        assert!(drawn(CLUSTER, Some(4), 80).contains("ip = 10.0.0.1\n"));
    }

    #[test]
    fn long_and_odd_values_fit_a_line() {
        let odd = [("/a", "0123456789"), ("/b", "\u{1b}[31m"), ("/c", "日本語日本語"), ("/d", "")];
        assert_eq!(
            drawn(&odd, None, 17),
            "/cl-1\n├── a = 01234567…\n├── b = \\u{1b}[3…\n├── c = 日本語日…\n└── d =\n"
        );
    }
}
