//! Without the runtime's feature attributes leave their function untouched: the same crate with
//! and without them compiles to the same assembly, byte by byte.

use std::fs;

use crate::generated::{Functions, Generated, Instrumentation};
use crate::{Outcome, succeed, target};

const OFF: Instrumentation = Instrumentation {
    name: "feature off",
    dependencies: r#"trace-runtime = { path = "{root}/trace-runtime", default-features = false }"#,
    attribute: "#[trace_runtime::trace] #[trace_runtime::metered(in_flight)] \
                #[trace_runtime::business_metric(counter(\"ids\"), value = id)]",
};

/// The same dependencies in the same folder, so that the symbols are named alike.
const BARE: Instrumentation = Instrumentation { attribute: "", ..OFF };

pub(crate) fn run() -> Outcome {
    let bare = assembly(BARE)?;
    let off = assembly(OFF)?;
    if bare != off {
        let line = bare.lines().zip(off.lines()).position(|(bare, off)| bare != off);
        return Err(format!("the assembly differs from line {line:?} on").into());
    }
    println!(
        "feature off: the same {} lines of assembly as without attributes",
        bare.lines().count()
    );
    Ok(())
}

fn assembly(instrumentation: Instrumentation) -> Outcome<String> {
    let folder = target("feature-off");
    let generated = Generated::functions(&folder, instrumentation, Functions::Calling, 20)?;
    let file = folder.join("generated.s");
    let emit = format!("--emit=asm={}", file.display());
    succeed(
        generated
            .cargo()
            .args(["rustc", "--release", "--quiet", "--", "-Ccodegen-units=1"])
            .arg(emit),
    )?;
    Ok(fs::read_to_string(file)?)
}
