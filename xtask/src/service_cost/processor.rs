//! Processor time of processes, from `/proc`.

use crate::Outcome;
use std::fs;
use std::time::Duration;

/// What a process has used so far, in user and kernel mode.
pub(super) fn used(process: u32) -> Outcome<Duration> {
    let [user, system, ..] = times(&process.to_string())?;
    Ok(user + system)
}

/// What the processes have used that this one has waited for.
pub(super) fn used_by_children() -> Outcome<Duration> {
    let [_, _, user, system] = times("self")?;
    Ok(user + system)
}

/// Own user and system time, and those of children that have ended.
fn times(process: &str) -> Outcome<[Duration; 4]> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may have spaces; the state is the third field.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks: Vec<u64> =
        fields.split(' ').skip(11).take(4).map(str::parse).collect::<Result<_, _>>()?;
    let ticks: [u64; 4] = ticks.try_into().map_err(|_| "no times in /proc")?;
    let second = rustix::param::clock_ticks_per_second();
    Ok(ticks.map(|ticks| Duration::from_secs_f64(ticks as f64 / second as f64)))
}
