//! Whether somebody still works on an operation.

use crate::model::checkup::operation::Writer;
use crate::model::operation::Operation;
use crate::ops::operation::who;

/// An operation of another machine is worth a look after so many seconds.
const LONG: i64 = 3600;

/// What this machine can tell of who works on an operation.
pub(super) fn of(operation: &Operation) -> Writer {
    match who::is_alive(operation) {
        None => {
            let age = age(&operation.started);
            Writer::Elsewhere { long_ago: age.is_none_or(|age| age > LONG) }
        }
        Some(true) if is_metactl(operation.pid) => Writer::Here,
        Some(_) => Writer::Gone,
    }
}

/// Whether the process is not another program that has come to the same number
/// since; where the system does not tell, it is believed.
fn is_metactl(pid: u32) -> bool {
    let name = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok();
    match (name(&pid.to_string()), name("self")) {
        (Some(its), Some(own)) => its == own || its.trim_end() == "metactl",
        _ => true,
    }
}

/// How many seconds ago that was; none when it is no time.
fn age(started: &str) -> Option<i64> {
    let started: jiff::Timestamp = started.parse().ok()?;
    Some(jiff::Timestamp::now().as_second() - started.as_second())
}
