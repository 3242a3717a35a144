//! Processor time of processes, from `/proc`.

use crate::Outcome;
use std::fs;
use std::time::Duration;

/// What a process has used so far, in user and kernel mode.
pub(crate) fn used(process: u32) -> Outcome<Duration> {
    let [user, system, ..] = times(&process.to_string())?;
    Ok(user + system)
}

/// What the processes have used that this one has waited for.
pub(crate) fn used_by_children() -> Outcome<Duration> {
    let [_, _, user, system] = times("self")?;
    Ok(user + system)
}

/// What all processes of the machine have used.
pub(crate) fn used_by_all() -> Outcome<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks: Vec<u64> = fields.map(str::parse).collect::<Result<_, _>>()?;
    let [user, nice, system, _idle, _waiting, interrupts, soft, ..] = ticks[..] else {
        return Err("no times in /proc/stat".into());
    };
    Ok(seconds(user + nice + system + interrupts + soft))
}

/// Own user and system time, and those of children that have ended.
fn times(process: &str) -> Outcome<[Duration; 4]> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may have spaces; the state is the third field.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let ticks: Vec<u64> =
        fields.split(' ').skip(11).take(4).map(str::parse).collect::<Result<_, _>>()?;
    let ticks: [u64; 4] = ticks.try_into().map_err(|_| "no times in /proc")?;
    Ok(ticks.map(seconds))
}

fn seconds(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}
