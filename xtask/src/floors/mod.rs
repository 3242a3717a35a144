//! Checks which module imports which: `xtask/floors.txt` lists the floors of each crate, and imports go down.
//!
//! `plan.rs` reads that file, `graph.rs` finds circles, `tests.rs` finds tests that nothing imports.

mod graph;
mod plan;
mod tests;

use crate::sources::{Module, Sources};
use crate::{Outcome, root};
use graph::circles;
use plan::Plan;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;

const FILE: &str = "xtask/floors.txt";

/// Imports between what `N` names, with an example of each.
type Imports<N> = BTreeMap<(N, N), String>;

/// Checks all crates; with `--suggest [CRATE...]`, prints floors that fit what they import today.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let plans = Plan::parse_all(&fs::read_to_string(root().join(FILE))?)?;
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    match arguments.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] {
        [] => check(&plans),
        ["--suggest", ref names @ ..] => {
            for plan in plans.iter().filter(|plan| names.is_empty() || names.contains(&&*plan.name))
            {
                println!("{}", suggest(plan)?);
            }
            Ok(())
        }
        _ => Err("floors takes no argument, or `--suggest [CRATE...]`".into()),
    }
}

fn check(plans: &[Plan]) -> Outcome {
    let mut faults = tests::unlisted()?;
    let (mut pairs, mut round) = (0, 0);
    for plan in plans {
        let sources = Sources::read(&root().join(&plan.root))?;
        let modules = imports_of(&sources, |module| plan.storey_of(&module.name));
        pairs += modules.keys().filter(|(a, b)| a < b && modules.contains_key(&(*b, *a))).count();
        faults.extend(plan.unlisted(&sources));
        faults.extend(wrong_imports(plan, &modules));
        let files = imports_of(&sources, |module| Some(module.file.as_str()));
        let found = circles(&files);
        round += found.len();
        faults.extend(wrong_circles(plan, &found, &files));
    }
    println!("{pairs} pairs of modules import each other; {round} circles of files");
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!("{}\nFloors are listed in {FILE}.", faults.join("\n")).into())
}

/// What imports what, as `named` names modules. Imports within a name are none, and so are those of the root
/// and those from below: a module is made of its children.
fn imports_of<'a>(
    sources: &'a Sources,
    named: impl Fn(&'a Module) -> Option<&'a str>,
) -> Imports<&'a str> {
    let mut imports = Imports::new();
    for (from, module) in sources.modules().iter().enumerate().skip(1) {
        let Some(name) = named(module) else { continue };
        let uses = module.uses.iter().map(|it| it.path.clone());
        for path in uses.chain(module.paths()) {
            let Some(to) = sources.resolve(from, &path).filter(|to| *to != 0) else { continue };
            if sources.is_within(to, from) {
                continue;
            }
            let Some(other) = named(&sources.modules()[to]).filter(|other| *other != name) else {
                continue;
            };
            let example = || format!("`{}` in {}", path.join("::"), module.file);
            imports.entry((name, other)).or_insert_with(example);
        }
    }
    imports
}

/// Imports that do not go down, unless they are allowed; allowances that nothing needs.
fn wrong_imports(plan: &Plan, imports: &Imports<&str>) -> Vec<String> {
    let floor = |name: &str| plan.storeys.iter().find(|it| it.name == name).map(|it| it.floor);
    let mut faults = Vec::new();
    let mut needed = BTreeSet::new();
    for ((from, to), example) in imports {
        let (Some(above), Some(below)) = (floor(from), floor(to)) else { continue };
        if above > below {
            continue;
        }
        if plan.allowed.iter().any(|allowed| allowed.is(from, to)) {
            needed.insert((*from, *to));
            continue;
        }
        faults.push(format!(
            "{}: `{from}` (floor {above}) imports `{to}` (floor {below}): {example}. A module imports \
             only modules on lower floors: move what both need down, or hand it over from above; see \
             ARCHITECTURE, Floors.",
            plan.name
        ));
    }
    for allowed in &plan.allowed {
        if !needed.iter().any(|(from, to)| allowed.is(from, to)) {
            let (from, to) = (&allowed.from, &allowed.to);
            faults.push(format!(
                "{}: `allow {from} -> {to}` is not needed any more: strike it off.",
                plan.name
            ));
        }
    }
    faults
}

/// Circles of files, unless they are accepted; accepted ones that are open by now.
fn wrong_circles(plan: &Plan, found: &[BTreeSet<&str>], imports: &Imports<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    for circle in found {
        let is_within = |files: &BTreeSet<String>| circle.iter().all(|file| files.contains(*file));
        if plan.circles.iter().any(is_within) {
            continue;
        }
        let edges =
            imports.iter().filter(|((from, to), _)| circle.contains(from) && circle.contains(to));
        let edges: Vec<_> =
            edges.map(|((from, to), by)| format!("  {from} → {to}: {by}")).collect();
        faults.push(format!(
            "{}: {} files import each other in a circle; see ARCHITECTURE, Floors.\n{}",
            plan.name,
            circle.len(),
            edges.join("\n")
        ));
    }
    for files in &plan.circles {
        let is_there =
            |circle: &BTreeSet<&str>| files.iter().all(|it| circle.contains(it.as_str()));
        if !found.iter().any(is_there) {
            let files: Vec<_> = files.iter().map(String::as_str).collect();
            faults.push(format!(
                "{}: `circle {}` is not (all of) a circle any more: shorten it, or strike it off.",
                plan.name,
                files.join(" ")
            ));
        }
    }
    faults
}

/// The section of a crate, as low as its imports allow, with everything that cannot be kept as exceptions.
fn suggest(plan: &Plan) -> Outcome<String> {
    let sources = Sources::read(&root().join(&plan.root))?;
    let imports =
        imports_of(&sources, |module| module.name.split("::").next().filter(|it| !it.is_empty()));
    let modules: BTreeSet<&str> = sources.top_modules().collect();
    let order = graph::layers(&modules, &imports);
    let mut text = format!("[{}] {}\n", plan.name, plan.root);
    for layer in order.iter().rev() {
        let names: Vec<_> = layer.iter().copied().collect();
        text += &format!("floor {}\n", names.join(" "));
    }
    let floor = |name: &str| order.iter().position(|layer| layer.contains(name));
    for (from, to) in imports.keys().filter(|(from, to)| floor(from) <= floor(to)) {
        text += &format!("allow {from} -> {to}\n");
    }
    let files = imports_of(&sources, |module| Some(module.file.as_str()));
    for circle in circles(&files) {
        let files: Vec<_> = circle.into_iter().collect();
        text += &format!("circle {}\n", files.join(" "));
    }
    Ok(text)
}
