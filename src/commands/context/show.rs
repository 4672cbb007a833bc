//! `metactl context show`

use std::io;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::commands::complete;
use crate::config::{Setting, Target};
use crate::error::Result;
use crate::model::duration;
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table};

/// Show the settings in force, and where each comes from
///
/// With a name, they are those that `--context NAME` would put in force.
/// Passwords are not shown. The text form has setting, value and origin.
#[derive(Debug, clap::Args)]
#[command(before_long_help = "Examples:
  metactl context show
  metactl context show prod
  metactl context show -o json | jq -r .endpoint.value")]
pub(super) struct ShowArgs {
    /// The context
    #[arg(value_name = "NAME", conflicts_with = "endpoint", add = complete::contexts())]
    name: Option<String>,
}

/// The settings, in the order they are shown.
struct Shown(Vec<Row>);

struct Row {
    setting: &'static str,
    value: String,
    from: String,
}

pub(super) async fn run(args: ShowArgs, session: &Session) -> Result<()> {
    let formats = [Format::Text, Format::Json, Format::Yaml, Format::Table];
    let format = session.ui.choose(&formats, Format::Table)?;
    let mut global = session.settings.global().clone();
    global.context = args.name.or(global.context);
    let settings = session.settings.with(global);
    let target = settings.target()?;
    if let Some(warning) = &target.warning {
        session.ui.warn(warning);
    }
    session.ui.show(&shown(target), format)
}

fn shown(target: &Target) -> Shown {
    let Target { endpoint, context, as_id, cluster, access, .. } = target;
    let Target { cluster_root, group, request_timeout, .. } = target;
    let mut rows = Vec::new();
    let mut row = |setting, value: String, from: String| rows.push(Row { setting, value, from });
    fn text<T>(setting: &Setting<T>, value: impl ToString) -> (String, String) {
        (value.to_string(), setting.origin.to_string())
    }
    let mut add = |name, (value, from): (String, String)| row(name, value, from);
    if let Some(context) = context {
        add("context", text(context, &context.value));
    }
    add("endpoint", text(endpoint, &endpoint.value));
    for (name, setting) in [("as", as_id), ("cluster", cluster)] {
        if let Some(setting) = setting {
            add(name, text(setting, &setting.value));
        }
    }
    add("cluster-root", text(cluster_root, &cluster_root.value));
    add("group", text(group, &group.value));
    add("request-timeout", text(request_timeout, duration::format(request_timeout.value)));
    if let Some(user) = &access.user {
        add("user", text(user, &user.value));
    }
    if let Some(password) = &access.password {
        add("password", text(password, "***"));
    }
    for (name, file) in [("ca", &access.ca), ("cert", &access.cert), ("key", &access.key)] {
        if let Some(file) = file {
            add(name, text(file, file.value.display()));
        }
    }
    if let Some(url) = &target.manage_url {
        add("manage-url", text(url, &url.value));
    }
    if let Some(file) = &target.manage_token_file {
        add("manage-token-file", text(file, file.value.display()));
    }
    Shown(rows)
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Value<'a> {
            value: &'a str,
            from: &'a str,
        }
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for Row { setting, value, from } in &self.0 {
            map.serialize_entry(setting, &Value { value, from })?;
        }
        map.end()
    }
}

impl Report for Shown {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for Row { setting, value, from } in &self.0 {
            writeln!(out, "{setting}\t{value}\t{from}")?;
        }
        Ok(())
    }

    fn table(&self, styles: &Styles) -> Option<Table> {
        let mut table = Table::new(["SETTING", "VALUE", "FROM"]);
        for Row { setting, value, from } in &self.0 {
            table.row([
                Cell::styled(*setting, styles.name),
                value.as_str().into(),
                Cell::styled(from, styles.muted),
            ]);
        }
        Some(table)
    }
}
