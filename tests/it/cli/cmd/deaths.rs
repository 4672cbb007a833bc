//! Agents that die at any moment: nothing is run twice, every fate is told.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::process::Signal;

use super::{home, lines, until};
use crate::support::Running;

#[test]
fn agents_that_are_killed_again_and_again_run_nothing_twice() {
    const COMMANDS: usize = 12;
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let home = home();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..2 {
            let (home, done) = (&home, &done);
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed.wrapping_add(number));
                while !done.load(Ordering::SeqCst) {
                    let agent = Running::start(home.command(["agent", "--as", "i-m1"]));
                    std::thread::sleep(Duration::from_millis(random.u64(50..600)));
                    agent.signal(Signal::KILL);
                    agent.end();
                }
            });
        }
        for number in 0..COMMANDS {
            let (id, command) =
                (format!("cmd-{number}"), format!("echo {number} >> ran; sleep 0.1"));
            // Its slot may be taken by what a dead agent has left.
            until("it is sent", || {
                let words = ["cmd", "send", "i-m1", "--id", &id, "--", &command];
                home.run(words).code == 0
            });
        }
        done.store(true, Ordering::SeqCst);
    });
    let _last = super::agent(&home, "i-m1", &[]);
    let mut ran = lines(&home, "ran");
    ran.sort();
    let times = ran.len();
    ran.dedup();
    assert_eq!(ran.len(), times, "run twice: {ran:?}");
    for number in 0..COMMANDS {
        let id = format!("cmd-{number}");
        until(&format!("`{id}` has ended"), || {
            let state = super::node(&home, &id)["state"].as_str().unwrap().to_owned();
            let has_run = lines(&home, "ran").contains(&number.to_string());
            match state.as_str() {
                "done" => has_run,
                "lost" => true,
                _ => false,
            }
        });
    }
}
