//! `main` itself, before anything is set up.
#![deny(warnings)]

#[trace_macros::trace]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _: u32 = "1".parse()?;
    Ok(())
}
