//! `metactl cluster show`

use std::collections::BTreeMap;
use std::io;

use crate::commands::complete;
use crate::error::Result;
use crate::model::ids;
use crate::ops::cluster::show::{self, Endpoint, Host, Role, Shown};
use crate::session::Session;
use crate::ui::escape::escape;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show one cluster: roles, hosts, parameters, links, endpoints
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl cluster show cl-abcd1234
  metactl cluster show cl-abcd1234 -o json | jq -r '.hosts[].ip'
  metactl cluster show cl-abcd1234 | awk -F'\\t' '$1 == \"endpoint\" {print $5}'

Text: one fact a line, its kind in front: id, path, name, app, version, state, created,
project, vxnet, zone, cidr; role (role, nodes, cpu, memory, volume); host (role, ip, server id,
group id, instance, node); env (key, value); role_env (role, key, value); link (service,
cluster); endpoint (service, protocol, port, resolved port); reserved_ip (name, ip).
Secrets are masked; `metactl get` prints them.")]
pub struct ShowArgs {
    /// Id of the cluster
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    id: String,
}

pub async fn run(args: ShowArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&allowed, Format::Table)?;
    ids::check_cluster(&args.id)?;
    let shown = show::show(&session.view().await?, &args.id).await?;
    session.ui.show(&shown, format)
}

impl Shown {
    /// What there is one of, in the order of its reading.
    fn facts(&self) -> [(&'static str, &str); 11] {
        [
            ("id", &self.id),
            ("path", self.path.as_str()),
            ("name", &self.name),
            ("app", &self.app),
            ("version", &self.version),
            ("state", &self.state),
            ("created", &self.created),
            ("project", &self.project),
            ("vxnet", &self.vxnet),
            ("zone", &self.zone),
            ("cidr", &self.cidr),
        ]
    }
}

impl Report for Shown {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for (name, value) in self.facts().into_iter().filter(|(_, value)| !value.is_empty()) {
            writeln!(out, "{name}\t{}", escape(value))?;
        }
        for Role { role, nodes, cpu, memory, volume_size } in &self.roles {
            writeln!(out, "role\t{role}\t{nodes}\t{cpu}\t{memory}\t{volume_size}")?;
        }
        for Host { role, ip, sid, gid, instance_id, node_id } in &self.hosts {
            writeln!(out, "host\t{role}\t{ip}\t{sid}\t{gid}\t{instance_id}\t{node_id}")?;
        }
        for (key, value) in &self.env {
            writeln!(out, "env\t{key}\t{}", escape(value))?;
        }
        for (role, env) in &self.role_env {
            for (key, value) in env {
                writeln!(out, "role_env\t{role}\t{key}\t{}", escape(value))?;
            }
        }
        for (service, cluster) in &self.links {
            writeln!(out, "link\t{service}\t{cluster}")?;
        }
        for Endpoint { service, protocol, port, resolved } in &self.endpoints {
            writeln!(out, "endpoint\t{service}\t{protocol}\t{port}\t{resolved}")?;
        }
        self.reserved_ips
            .iter()
            .try_for_each(|(name, ip)| writeln!(out, "reserved_ip\t{name}\t{ip}"))
    }

    fn sections(&self, styles: &Styles) -> Vec<Table> {
        let mut tables = vec![self.identity(styles)];
        let with_roles = self.hosts.iter().any(|host| !host.role.is_empty());
        if with_roles {
            tables.push(self.role_table(styles));
        }
        tables.push(self.host_table(styles, with_roles));
        tables.extend(pairs(["PARAMETER", "VALUE"], &self.env, styles));
        for (role, env) in &self.role_env {
            let heading = format!("PARAMETER OF {}", role.to_uppercase());
            tables.extend(pairs([&heading, "VALUE"], env, styles));
        }
        tables.extend(pairs(["LINK", "CLUSTER"], &self.links, styles));
        if !self.endpoints.is_empty() {
            tables.push(self.endpoint_table(styles));
        }
        tables.extend(pairs(["RESERVED", "IP"], &self.reserved_ips, styles));
        tables
    }
}

impl Shown {
    fn identity(&self, styles: &Styles) -> Table {
        let mut table = Table::new(["CLUSTER", self.id.as_str()]);
        let facts = self.facts().into_iter().skip(1);
        for (name, value) in facts.filter(|(_, value)| !value.is_empty()) {
            table.row([Cell::styled(name, styles.muted), escape(value).into_owned().into()]);
        }
        table
    }

    fn role_table(&self, styles: &Styles) -> Table {
        let mut table = Table::new(["ROLE", "NODES", "CPU", "MEMORY", "VOLUME"]);
        for role in &self.roles {
            table.row([
                Cell::styled(role.role.as_str(), styles.name),
                role.nodes.to_string().into(),
                role.cpu.as_str().into(),
                format!("{} MiB", role.memory).into(),
                format!("{} GiB", role.volume_size).into(),
            ]);
        }
        table.right(1).right(2).right(3).right(4);
        table
    }

    fn host_table(&self, styles: &Styles, with_roles: bool) -> Table {
        let headings = ["ROLE", "IP", "SID", "GID", "INSTANCE", "NODE"];
        let mut table = if with_roles {
            Table::new(headings)
        } else {
            Table::new(["IP", "SID", "GID", "INSTANCE", "NODE"])
        };
        for host in &self.hosts {
            let role = with_roles.then(|| Cell::styled(host.role.as_str(), styles.name));
            table.cells(role.into_iter().chain([
                host.ip.as_str().into(),
                host.sid.as_str().into(),
                host.gid.as_str().into(),
                host.instance_id.as_str().into(),
                Cell::styled(host.node_id.as_str(), styles.muted),
            ]));
        }
        let first = 1 + usize::from(with_roles);
        table.right(first).right(first + 1);
        table
    }

    fn endpoint_table(&self, styles: &Styles) -> Table {
        let mut table = Table::new(["ENDPOINT", "PROTOCOL", "PORT", "FROM"]);
        for endpoint in &self.endpoints {
            let from = if endpoint.port == endpoint.resolved { "" } else { &endpoint.port };
            table.row([
                Cell::styled(endpoint.service.as_str(), styles.name),
                endpoint.protocol.as_str().into(),
                endpoint.resolved.as_str().into(),
                Cell::styled(from, styles.muted),
            ]);
        }
        table
    }
}

fn pairs(headings: [&str; 2], pairs: &BTreeMap<String, String>, styles: &Styles) -> Option<Table> {
    if pairs.is_empty() {
        return None;
    }
    let mut table = Table::new(headings);
    for (name, value) in pairs {
        table.row([Cell::styled(name.as_str(), styles.name), escape(value).into_owned().into()]);
    }
    Some(table)
}
