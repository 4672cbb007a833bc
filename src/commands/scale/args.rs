//! Arguments that the operations of the life cycle share.

use std::time::Duration;

use super::phases::Pace;
use crate::model::duration;
use crate::model::operation::Sizes;
use crate::ops::operation::drive::Hold;

/// How the phases are gone through.
#[derive(Debug, Clone, clap::Args)]
pub struct PhaseArgs {
    /// Stop once nodes see that something is going on, and leave it in flight
    #[arg(long, conflicts_with = "hold_at")]
    pub hold: bool,

    /// Stop after this phase, and leave the operation in flight
    #[arg(long, value_name = "PHASE")]
    pub hold_at: Option<String>,

    /// Wait this long between two phases
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration::parse)]
    pub delay: Duration,

    /// Run this after every phase, and undo everything when it fails; gets
    /// METACTL_PHASE, METACTL_REVISION, METACTL_CLUSTER and METACTL_ENDPOINT
    #[arg(long, value_name = "COMMAND")]
    pub assert: Option<String>,

    /// Give up on a node that has had no agent for this long
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = duration::parse)]
    pub patience: Duration,
}

impl PhaseArgs {
    /// What it comes to.
    pub fn pace(&self) -> Pace {
        let hold = match &self.hold_at {
            Some(phase) => Hold::At(phase.clone()),
            None if self.hold => Hold::Seen,
            None => Hold::Never,
        };
        let PhaseArgs { delay, patience, .. } = *self;
        Pace { hold, delay, assert: self.assert.clone(), patience }
    }
}

/// Whether nodes run the app's commands, where there are no other phases.
#[derive(Debug, Clone, clap::Args)]
pub struct CommandArgs {
    /// Have the nodes' agents run the app's commands, in the order of the life cycle
    #[arg(long)]
    pub run_commands: bool,

    /// Give up on a node that has had no agent for this long
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "1m",
        value_parser = duration::parse,
        requires = "run_commands"
    )]
    pub patience: Duration,
}

/// How an operation is begun.
#[derive(Debug, Clone, clap::Args)]
pub struct BeginArgs {
    /// Show what each phase would change, and write nothing
    #[arg(long, conflicts_with_all = ["hold", "hold_at", "assert"])]
    pub dry_run: bool,

    /// Have the nodes' agents run the app's commands, in the order of the life
    /// cycle; everything is undone when one fails
    #[arg(long)]
    pub run_commands: bool,

    #[command(flatten)]
    pub phases: PhaseArgs,
}

/// How large nodes are to be.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SizeArgs {
    /// CPUs
    #[arg(long, value_name = "N", help_heading = "Size")]
    pub cpu: Option<u32>,

    /// GPUs
    #[arg(long, value_name = "N", help_heading = "Size")]
    pub gpu: Option<u32>,

    /// Memory in MiB
    #[arg(long, value_name = "MIB", help_heading = "Size")]
    pub memory: Option<u32>,

    /// Data disk in GiB
    #[arg(long, value_name = "GIB", help_heading = "Size")]
    pub volume_size: Option<u32>,

    /// Class of the machine: 0, 1, 101, 202, …
    #[arg(long, value_name = "N", help_heading = "Size")]
    pub instance_class: Option<u32>,

    /// Class of the disk: 0, 2, 3, …
    #[arg(long, value_name = "N", help_heading = "Size")]
    pub volume_class: Option<u32>,
}

impl SizeArgs {
    /// What is said of the size.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            cpu: self.cpu,
            gpu: self.gpu,
            memory: self.memory,
            volume_size: self.volume_size,
            instance_class: self.instance_class,
            volume_class: self.volume_class,
        }
    }
}
