//! Passes the version of rustc to the detector of the process.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let text =
        output.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    // Such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    let version = text.split_whitespace().nth(1).unwrap_or("unknown");
    println!("cargo:rustc-env=RUSTC_VERSION={version}");
}
