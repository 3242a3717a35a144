//! An annotated `main`.
#![deny(warnings)]

#[trace_macros::trace]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _: u32 = "1".parse()?;
    Ok(())
}
