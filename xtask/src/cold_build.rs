//! The first build of a newcomer's program: crates and seconds with the default features, beside
//! the crates that do the same job elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use crate::generated::Generated;
use crate::{Outcome, median, succeed, table, target};

struct Stack {
    name: &'static str,
    dependencies: &'static str,
    main: &'static str,
}

const STACKS: [Stack; 2] = [
    Stack {
        name: "trace-runtime",
        dependencies: r#"trace-runtime = { path = "{root}/trace-runtime" }"#,
        main: "use trace_runtime as _;\n\nfn main() {\n    println!(\"hello\");\n}\n",
    },
    Stack {
        name: "tracing + opentelemetry",
        dependencies: "tracing = \"0.1.44\"\ntracing-subscriber = \"0.3.23\"\n\
                       tracing-opentelemetry = \"0.34.0\"\nopentelemetry-otlp = \"0.33.1\"",
        main: "use {opentelemetry_otlp as _, tracing as _, tracing_opentelemetry as _, \
               tracing_subscriber as _};\n\nfn main() {\n    println!(\"hello\");\n}\n",
    },
];

pub(crate) fn run(rounds: usize) -> Outcome {
    let mut measured = Vec::new();
    for stack in STACKS {
        let folder = target("cold-build").join(stack.name.replace(" + ", "-"));
        let generated = Generated::program(&folder, stack.dependencies, stack.main)?;
        succeed(generated.cargo().args(["fetch", "--quiet"]))?;
        let crates = crates(&generated)?;
        measured.push((stack, folder, generated, crates, Vec::new(), Vec::new()));
    }
    for _ in 0..rounds {
        for (stack, folder, generated, _, debug, release) in &mut measured {
            for (profile, seconds) in [("dev", debug), ("release", release)] {
                eprintln!("{}, {profile}", stack.name);
                let target = folder.join("target");
                if target.exists() {
                    fs::remove_dir_all(&target)?;
                }
                let start = Instant::now();
                succeed(generated.cargo().args(["build", "--quiet", "--profile", profile]))?;
                seconds.push(start.elapsed().as_secs_f64());
            }
        }
    }
    let mut table = table(&["cold build", "crates", "seconds, debug", "seconds, release"]);
    for (stack, _, _, crates, debug, release) in &mut measured {
        table.add_row([
            stack.name.to_owned(),
            crates.to_string(),
            format!("{:.1}", median(debug)),
            format!("{:.1}", median(release)),
        ]);
    }
    println!("{table}");
    Ok(())
}

/// Crates that are compiled for the program, itself not counted.
fn crates(generated: &Generated) -> Outcome<usize> {
    let output = generated
        .cargo()
        .args(["tree", "--prefix", "none", "--edges", "normal,build", "--format", "{p}"])
        .output()?;
    if !output.status.success() {
        return Err(format!("cargo tree ended with {}", output.status).into());
    }
    let listed = String::from_utf8(output.stdout)?;
    let unique: BTreeSet<&str> = listed
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    Ok(unique.len() - 1)
}
