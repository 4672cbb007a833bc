//! `metactl doctor`

use std::io;
use std::sync::OnceLock;

use serde::Serialize;

use crate::commands::{complete, difference};
use crate::error::{Error, Kind, Result};
use crate::model::checkup::finding::{Finding, Severity};
use crate::ops::doctor::examine::{self, Done, Examined};
use crate::ops::doctor::mend::{self, Plan};
use crate::ops::view::View;
use crate::session::Session;
use crate::ui::{Cell, Format, Report, Styles, Table, Tree, escape};

/// Find what is wrong in the store, and mend what is safe
///
/// Exits with 1 when something is wrong. It reads the whole store, at one
/// revision, and writes nothing unless --fix is given.
#[derive(Debug, clap::Args)]
#[command(
    before_long_help = "Examples:
  metactl doctor
  metactl doctor cl-abcd1234 -o json | jq -r '.[].kind'
  metactl doctor --dry-run
  metactl doctor --fix --yes",
    after_long_help = "Looks for links and mappings that lead nowhere, hosts without mapping, ids and addresses
that two nodes share, what operations have left over, values that break the schema, rules
that let nothing through, and claims that do not fit. --fix mends in one commit what has only
one right answer, and then reports what is left; the rest is mended by what the report says.

Text: kind, severity, cluster, where (several separated by commas), the revision at which it
was written, the time where it is known, what is wrong, how to mend it."
)]
pub struct DoctorArgs {
    /// Report only what is wrong with these clusters [default: --cluster, else everything]
    #[arg(value_name = "CLUSTER", add = complete::clusters())]
    clusters: Vec<String>,

    /// Mend what is safe, after asking
    #[arg(long)]
    fix: bool,

    /// Show what --fix would do, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Findings(Vec<Finding>);

pub async fn run(args: DoctorArgs, session: &Session) -> Result<()> {
    let allowed = [Format::Text, Format::Json, Format::Yaml, Format::Table, Format::Tree];
    let format = session.ui.choose(&allowed, Format::Tree)?;
    let mut only = args.clusters;
    if only.is_empty() {
        only.extend(session.settings.cluster()?.map(str::to_owned));
    }
    let view = session.view().await?;
    let bar = OnceLock::new();
    let done = |more, all| {
        bar.get_or_init(|| session.ui.progress("checking clusters", all)).inc(more);
    };
    let mut examined = examine::examine(&view, &only, &done).await?;
    drop(bar);
    if args.fix || args.dry_run {
        let plan = mend::plan(&examined);
        announce(&plan, &view, session).await?;
        if !args.dry_run && !plan.is_empty() {
            examined = fix(plan, &view, &only, session).await?;
        }
    }
    end(examined, args.fix || args.dry_run, session, format)
}

/// Shows what mending would change.
async fn announce(plan: &Plan, view: &View, session: &Session) -> Result<()> {
    if plan.is_empty() {
        return Ok(());
    }
    let difference = plan.preview(view).await?;
    let mut lines = Vec::new();
    let drawn =
        difference::glance(&mut lines, &difference, session.ui.styles(), session.ui.width());
    drawn.map_err(|error| Error::new(Kind::Failed, "showing a difference").because(error))?;
    session.ui.status(String::from_utf8_lossy(&lines).trim_end());
    Ok(())
}

/// Asks, mends, and looks again.
async fn fix(plan: Plan, view: &View, only: &[String], session: &Session) -> Result<Examined> {
    let silent: Done<'_> = &|_, _| {};
    let problems = problems(plan.findings);
    let place = view.store().place();
    session.ui.confirm(&format!("mend {problems} of {place} by these changes"))?;
    let outcome = mend::mend(view, plan, only, session.note("doctor --fix"), silent).await?;
    session.ui.status(format!("mended {problems} at revision {}", outcome.revision));
    examine::examine(view, only, silent).await
}

/// Prints what is wrong; that is a failure.
fn end(examined: Examined, after: bool, session: &Session, format: Format) -> Result<()> {
    let Examined { clusters, hosts, findings, notes, .. } = examined;
    notes.iter().for_each(|note| session.ui.warn(note));
    let clusters = counted(clusters, "cluster");
    let fixable = findings.iter().filter(|finding| finding.fixable).count();
    let findings = Findings(findings);
    session.ui.show(&findings, format)?;
    if findings.0.is_empty() {
        let hosts = counted(hosts, "host");
        session.ui.status(format!("no problems found in {clusters}, {hosts}"));
        return Ok(());
    }
    let problems = problems(findings.0.len());
    let error = Error::new(Kind::Failed, format!("{problems} found in {clusters}"));
    Err(match fixable {
        0 => error,
        _ if after => error.hint(format!("Mend {fixable} of them: `metactl doctor --fix`")),
        _ => error.hint(format!(
            "Mend {fixable} of them: `metactl doctor --fix`; `--dry-run` shows what it would do"
        )),
    })
}

fn problems(count: usize) -> String {
    counted(count, "problem")
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl Findings {
    /// The findings of each cluster, and of the store.
    fn by_cluster(&self) -> impl Iterator<Item = (&str, &[Finding])> {
        self.0.chunk_by(|one, other| one.cluster == other.cluster).map(|same| {
            let cluster = same.first().and_then(|finding| finding.cluster.as_deref());
            (cluster.unwrap_or("the store"), same)
        })
    }
}

fn places(finding: &Finding, separator: &str) -> String {
    finding.paths.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(separator)
}

fn since(finding: &Finding) -> String {
    match finding.revision {
        0 => String::new(),
        revision => format!("revision {revision}"),
    }
}

impl Report for Findings {
    fn text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.0.iter().try_for_each(|finding| {
            let Finding { kind, severity, cluster, what, revision, time, mend, .. } = finding;
            let cluster = cluster.as_deref().unwrap_or_default();
            let (kind, severity) = (kind.word(), severity.word());
            let (places, what) = (places(finding, ","), escape(what));
            let time = time.as_deref().unwrap_or_default();
            writeln!(
                out,
                "{kind}\t{severity}\t{cluster}\t{places}\t{revision}\t{time}\t{what}\t{mend}"
            )
        })
    }

    fn sections(&self, styles: &Styles) -> Vec<Table> {
        let table = |(cluster, findings): (&str, &[Finding])| {
            let mut table = Table::new([&cluster.to_uppercase(), "WHAT", "WHERE", "SINCE", "MEND"]);
            for finding in findings {
                table.row([
                    Cell::styled(finding.kind.word(), style(finding, styles)),
                    escape(&finding.what).into_owned().into(),
                    places(finding, "\n").into(),
                    since(finding).into(),
                    finding.mend.as_str().into(),
                ]);
            }
            table
        };
        self.by_cluster().map(table).collect()
    }

    fn tree(&self, styles: &Styles) -> Option<Tree> {
        if self.0.is_empty() {
            return None;
        }
        let mut tree = Tree::new(problems(self.0.len()));
        for (cluster, findings) in self.by_cluster() {
            let branch = tree.add(Tree::new(Styles::paint(styles.heading, cluster).to_string()));
            findings.iter().for_each(|finding| branch_of(finding, styles, branch));
        }
        Some(tree)
    }
}

/// One finding: what, and below it where, since when and how to mend it.
fn branch_of(finding: &Finding, styles: &Styles, tree: &mut Tree) {
    let kind = Styles::paint(style(finding, styles), finding.kind.word());
    let what = escape(&finding.what);
    let line = match finding.severity {
        Severity::Error => format!("{kind}: {what}"),
        Severity::Warning => format!("{kind} (warning): {what}"),
    };
    let branch = tree.add(Tree::new(line));
    for path in &finding.paths {
        branch.add(Tree::new(Styles::paint(styles.name, path).to_string()));
    }
    if finding.revision > 0 {
        let time = finding.time.as_ref().map(|time| format!(", {time}")).unwrap_or_default();
        let since = format!("since {}{time}", since(finding));
        branch.add(Tree::new(Styles::paint(styles.muted, since).to_string()));
    }
    branch.add(Tree::new(finding.mend.as_str()));
}

fn style(finding: &Finding, styles: &Styles) -> anstyle::Style {
    match finding.severity {
        Severity::Error => styles.bad,
        Severity::Warning => styles.warn,
    }
}
