//! The memory of this process, as the kernel counts it.

use std::fs;

/// Resident bytes.
pub(crate) fn resident() -> usize {
    status("VmRSS:")
}

/// The most that were resident since [`forget_peak`].
pub(crate) fn peak() -> usize {
    status("VmHWM:")
}

/// Begins to look for the peak anew.
pub(crate) fn forget_peak() {
    let reset = fs::write("/proc/self/clear_refs", "5");
    reset.expect("the kernel resets the peak");
}

fn status(name: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kib.expect("the line is there") * 1024
}

pub(crate) fn mebibytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}
