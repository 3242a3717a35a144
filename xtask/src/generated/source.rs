//! Writes the sources of generated crates: as many synchronous as asynchronous functions, each of which
//! returns a `Result`.

use std::fmt::Write;

/// What the functions do, and what crate they are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Functions {
    /// They call, or await, another function of a program.
    Calling,
    /// They parse a number themselves, in a C library.
    Parsing,
}

impl Functions {
    /// The kind of crate, as a manifest names it.
    pub(super) fn manifest(self) -> &'static str {
        match self {
            Self::Calling => "",
            Self::Parsing => "[lib]\ncrate-type = [\"cdylib\"]\n\n",
        }
    }

    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Calling => "src/main.rs",
            Self::Parsing => "src/lib.rs",
        }
    }

    /// The linked file, by the name of the crate.
    pub(super) fn linked(self) -> String {
        use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
        match self {
            Self::Calling => format!("generated{EXE_SUFFIX}"),
            Self::Parsing => format!("{DLL_PREFIX}generated{DLL_SUFFIX}"),
        }
    }

    pub(super) fn source(self, attribute: &str, functions: usize) -> String {
        match self {
            Self::Calling => calling(attribute, functions),
            Self::Parsing => parsing(attribute, functions),
        }
    }
}

const CALLING_HEAD: &str = "\
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;

#[derive(Debug)]
struct Failure(u64);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, \"{} is refused\", self.0)
    }
}

impl std::error::Error for Failure {}

#[inline(never)]
fn check(id: u64) -> Result<u64, Failure> {
    if black_box(id) == 7 { Err(Failure(id)) } else { Ok(id) }
}

#[inline(never)]
async fn check_later(id: u64) -> Result<u64, Failure> {
    std::future::ready(check(id)).await
}
";

/// The attribute has its own line, which stays empty without one: line numbers, which panics
/// carry, are the same in every variant.
fn calling(attribute: &str, functions: usize) -> String {
    let mut source = CALLING_HEAD.to_owned();
    for number in 0..functions {
        // Writing to a String cannot fail.
        let _ = write!(
            source,
            "
{attribute}
#[inline(never)]
fn call_{number}(id: u64, tier: &str) -> Result<u64, Failure> {{
    let size = check(id ^ {number})?;
    Ok(size + tier.len() as u64)
}}

{attribute}
async fn later_{number}(id: u64, tier: &'static str) -> Result<u64, Failure> {{
    let size = check_later(id ^ {number}).await?;
    Ok(size + tier.len() as u64)
}}
"
        );
    }
    let table = |make: &dyn Fn(usize) -> String| (0..functions).map(make).collect::<String>();
    let calls = table(&|number| format!("    call_{number},\n"));
    let later = table(&|number| format!("    |id, tier| Box::pin(later_{number}(id, tier)),\n"));
    let _ = write!(
        source,
        "
type Call = fn(u64, &str) -> Result<u64, Failure>;
type Later = fn(u64, &'static str) -> Pin<Box<dyn Future<Output = Result<u64, Failure>>>>;

static CALLS: [Call; {functions}] = [
{calls}];

static LATER: [Later; {functions}] = [
{later}];

fn main() {{
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for call in black_box(&CALLS) {{
        let _ = black_box(call(1, \"gold\"));
    }}
    for later in black_box(&LATER) {{
        let _ = black_box(later(1, \"gold\").as_mut().poll(&mut context));
    }}
}}
"
    );
    source
}

const PARSING_HEAD: &str = "\
use std::future::Future;
use std::hint::black_box;
use std::num::ParseIntError;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Call = fn(u64, &str, f64) -> Result<u64, ParseIntError>;
type Later = fn(u64, &'static str, f64) -> Pin<Box<dyn Future<Output = Result<u64, ParseIntError>>>>;
";

fn parsing(attribute: &str, functions: usize) -> String {
    let mut source = PARSING_HEAD.to_owned();
    for number in 0..functions {
        // Writing to a String cannot fail.
        let _ = write!(
            source,
            "
{attribute}
fn call_{number}(a: u64, b: &str, c: f64) -> Result<u64, ParseIntError> {{
    let parsed: u64 = b.parse()?;
    Ok(parsed + a + c as u64 + {number})
}}

{attribute}
async fn later_{number}(a: u64, b: &str, c: f64) -> Result<u64, ParseIntError> {{
    let parsed = std::future::ready(b.parse::<u64>()).await?;
    Ok(parsed + a + c as u64 + {number})
}}
"
        );
    }
    let table = |make: &dyn Fn(usize) -> String| (0..functions).map(make).collect::<String>();
    let calls = table(&|number| format!("    call_{number},\n"));
    let later = table(&|number| format!("    |a, b, c| Box::pin(later_{number}(a, b, c)),\n"));
    let _ = write!(
        source,
        "
static CALLS: [Call; {functions}] = [
{calls}];

static LATER: [Later; {functions}] = [
{later}];

#[unsafe(no_mangle)]
pub extern \"C\" fn run() -> u64 {{
    let mut context = Context::from_waker(Waker::noop());
    let mut sum = 0;
    for call in black_box(&CALLS) {{
        sum += call(1, \"12\", 0.5).unwrap_or(0);
    }}
    for later in black_box(&LATER) {{
        if let Poll::Ready(Ok(value)) = later(1, \"12\", 0.5).as_mut().poll(&mut context) {{
            sum += value;
        }}
    }}
    sum
}}
"
    );
    source
}
