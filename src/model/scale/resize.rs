//! Vertical scaling: which leaves of which nodes change, and what may not.

use super::out::{check_field, sizes};
use super::present::{Present, PresentHost};
use crate::error::{Error, Result};
use crate::model::app::known::App;
use crate::model::app::role::REPLICA;
use crate::model::operation::{Node, Sizes};

/// What is to become of a role's nodes.
#[derive(Debug, Clone, Copy)]
pub struct Resize<'a> {
    /// None in a cluster without roles.
    pub role: Option<&'a str>,
    pub sizes: &'a Sizes,
    /// The cluster's app, where it is known.
    pub app: Option<&'a App>,
}

impl Resize<'_> {
    /// The nodes that change, by server id: those of the role and of its
    /// replicas, which are as large as their masters.
    pub fn nodes(&self, present: &Present) -> Vec<Node> {
        let mut hosts = self.hosts(present);
        hosts.sort_by_key(|host| host.number("sid").unwrap_or(u32::MAX));
        hosts.into_iter().map(PresentHost::node).collect()
    }

    fn hosts<'p>(&self, present: &'p Present) -> Vec<&'p PresentHost> {
        let replicas = self.role.map(|role| format!("{role}{REPLICA}"));
        let replicas = replicas.iter().flat_map(|role| present.of_role(Some(role)));
        present.of_role(self.role).chain(replicas).collect()
    }

    /// Checks what is asked for: that it says something, that the app takes it,
    /// and that no disk gets smaller. `Invalid` with all that is wrong, and
    /// when every node has that size already.
    pub fn check(&self, present: &Present) -> Result<()> {
        if self.sizes.is_empty() {
            return Err(Error::invalid("no size is given")
                .hint("Say what is to change: `--cpu N --memory MIB --volume-size GIB`"));
        }
        let hosts = self.hosts(present);
        if hosts.is_empty() {
            let whose = self.role.map(|role| format!(" of `{role}`")).unwrap_or_default();
            let id = present.id();
            return Err(Error::invalid(format!("cluster `{id}` has no node{whose} to resize")));
        }
        let mut wrong = Vec::new();
        if let Some(app) = self.app {
            let given = sizes(self.sizes).filter_map(|(field, value)| Some((field, value?)));
            wrong
                .extend(given.filter_map(|(field, n)| check_field(app, self.role, field, n).err()));
        }
        wrong.extend(self.smaller_disk(&hosts));
        if !wrong.is_empty() {
            return Err(Error::invalid(wrong.join("; ")));
        }
        if hosts.iter().all(|host| leaves(self.sizes, host).is_empty()) {
            return Err(Error::invalid("all nodes have that size already"));
        }
        Ok(())
    }

    fn smaller_disk(&self, hosts: &[&PresentHost]) -> Option<String> {
        let wanted = self.sizes.volume_size?;
        let larger = hosts.iter().find(|host| host.size().volume_size > wanted)?;
        Some(format!(
            "a disk only grows: that of `{}` has {} GiB, and {wanted} GiB are asked for",
            larger.instance_id,
            larger.size().volume_size
        ))
    }
}

/// The leaves of a host's record that change: name and new value.
pub fn leaves(sizes: &Sizes, host: &PresentHost) -> Vec<(&'static str, String)> {
    [
        ("cpu", sizes.cpu),
        ("gpu", sizes.gpu),
        ("memory", sizes.memory),
        ("volume_size", sizes.volume_size),
        ("instance_class", sizes.instance_class),
        ("volume_class", sizes.volume_class),
    ]
    .into_iter()
    .filter_map(|(leaf, value)| Some((leaf, value?.to_string())))
    .filter(|(leaf, value)| host.leaves.get(*leaf) != Some(value))
    .collect()
}

/// The value of `vertical-scaling-roles`: the role, and that of its replicas
/// where there are some. In a cluster without roles it is empty, as there is
/// no name to list; that it is there says that nodes are being resized.
pub fn scaling_roles(present: &Present, role: Option<&str>) -> String {
    let Some(role) = role else { return String::new() };
    let replicas = format!("{role}{REPLICA}");
    if present.of_role(Some(&replicas)).next().is_some() {
        return format!("{role},{replicas}");
    }
    role.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::app::package::Package;
    use crate::model::scale::present::tests::present;

    fn shards() -> Present {
        present(&[
            ("hosts/m/i-1/sid", "1"),
            ("hosts/m/i-1/cpu", "2"),
            ("hosts/m/i-1/volume_size", "20"),
            ("hosts/m/i-2/sid", "4"),
            ("hosts/m-replica/i-3/sid", "3"),
            ("hosts/g/i-4/sid", "2"),
        ])
    }

    fn refused(sizes: &Sizes, app: Option<&App>) -> String {
        let resize = Resize { role: Some("m"), sizes, app };
        resize.check(&shards()).err().map(|e| e.message().to_owned()).unwrap_or_default()
    }

    #[test]
    fn replicas_grow_with_their_masters() {
        let sizes = Sizes { cpu: Some(2), ..Sizes::default() };
        let resize = Resize { role: Some("m"), sizes: &sizes, app: None };
        let order: Vec<_> =
            resize.nodes(&shards()).into_iter().map(|node| node.instance_id).collect();
        assert_eq!(order, ["i-1", "i-3", "i-2"]);
        assert_eq!(scaling_roles(&shards(), Some("m")), "m,m-replica");
        assert_eq!(scaling_roles(&shards(), Some("g")), "g");
        assert_eq!(scaling_roles(&shards(), None), "");
        let present = shards();
        let changed: Vec<_> = present.hosts.iter().map(|host| leaves(&sizes, host).len()).collect();
        assert_eq!(changed, [1, 0, 1, 1], "one of them has 2 CPUs already");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(refused(&Sizes::default(), None).contains("no size"));
        let disk = |size| Sizes { volume_size: Some(size), ..Sizes::default() };
        assert!(refused(&disk(10), None).contains("that of `i-1` has 20 GiB"));
        assert_eq!(refused(&disk(30), None), "");
        let present = shards();
        let same = Sizes { cpu: Some(2), ..Sizes::default() };
        let none = Resize { role: Some("x"), sizes: &same, app: None };
        assert!(none.check(&present).unwrap_err().message().contains("no node of `x`"));
    }

    #[test]
    fn the_app_says_what_sizes_there_are() {
        const CONFIG: &str = r#"{"type": "array", "properties": [{"key": "cluster",
          "type": "array", "properties": [{"key": "m", "type": "array", "properties": [
            {"key": "cpu", "type": "integer", "default": 1, "range": [1, 2, 4]},
            {"key": "volume_size", "type": "integer", "default": 10, "max": 100}]}]}]}"#;
        const TEMPLATE: &str = r#"{"nodes": [{"role": "m", "count": 1,
          "cpu": {{cluster.m.cpu}}, "volume": {"size": {{cluster.m.volume_size}}}}]}"#;
        let package = Package {
            name: String::new(),
            config: CONFIG.to_owned(),
            template: TEMPLATE.to_owned(),
        };
        let app = App::of(&package).unwrap();
        let sizes = Sizes { cpu: Some(3), volume_size: Some(200), ..Sizes::default() };
        let message = refused(&sizes, Some(&app));
        assert!(message.contains("`cluster.m.cpu`: `3`"), "{message}");
        assert!(message.contains("`cluster.m.volume_size`: `200`"), "{message}");
        let sizes = Sizes { cpu: Some(4), memory: Some(1), ..Sizes::default() };
        assert_eq!(refused(&sizes, Some(&app)), "");
    }
}
