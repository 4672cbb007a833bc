//! When the system gives a thread its turn.

/// The time a thread that answers asks for at a turn, in ns; the least that Linux
/// takes.
#[cfg(target_os = "linux")]
const TURN: u64 = 100_000;

/// Asks the system for short turns of this thread, which come sooner: a request
/// need not wait until a busy process has used up its own (about 3 ms).
///
/// Linux 6.12 and later do so (`sched_setattr(2)`, `sched_runtime` of an ordinary
/// thread); where it is not known, nothing changes.
#[cfg(target_os = "linux")]
pub fn prefer_short_turns() {
    let Some(mut now) = attributes() else { return };
    // Whoever has given the process real-time turns knows better.
    if now.sched_policy == libc::SCHED_OTHER.unsigned_abs() {
        now.sched_runtime = TURN;
        set_attributes(&now);
    }
}

#[cfg(not(target_os = "linux"))]
pub fn prefer_short_turns() {}

/// This thread's scheduling attributes; none where the system does not tell them.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no crate has this call")]
fn attributes() -> Option<libc::sched_attr> {
    let size = u32::try_from(size_of::<libc::sched_attr>()).ok()?;
    // SAFETY: the structure is plain numbers, of which zero is one; the system
    // writes at most `size` bytes to it, and 0 is the calling thread.
    unsafe {
        let mut attributes: libc::sched_attr = std::mem::zeroed();
        let done = libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attributes, size, 0);
        (done == 0).then_some(attributes)
    }
}

/// Asks for these attributes for this thread; they are a wish.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "no crate has this call")]
fn set_attributes(attributes: &libc::sched_attr) {
    // SAFETY: the system reads the structure, whose size is in it, and no more; 0 is
    // the calling thread.
    let _ = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const *attributes, 0) };
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn short_turns_leave_the_rest_as_it_was() {
        std::thread::spawn(|| {
            let before = attributes().unwrap();
            prefer_short_turns();
            let after = attributes().unwrap();
            assert_eq!(after.sched_policy, before.sched_policy);
            assert_eq!(after.sched_nice, before.sched_nice);
            // Older systems tell of none, and take none.
            assert!([before.sched_runtime, TURN].contains(&after.sched_runtime));
        })
        .join()
        .unwrap();
    }
}
