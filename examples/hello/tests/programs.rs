//! Runs both programs as a visitor would, and holds the README to what the first one prints.
//!
//! `BLESS=1 cargo test -p hello` writes the program and its output into the README.

use std::env;
use std::fs;
use std::process::Command;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
const MAIN: &str = include_str!("../src/main.rs");

/// What the program prints on stderr, in an environment without settings of telemetry.
fn trace_of(program: &str) -> String {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    // Built with other features than its own, it would send what it prints.
    command.env("OTEL_TRACES_EXPORTER", "console").env("OTEL_METRICS_EXPORTER", "none");
    let output = command.env("OTEL_LOGS_EXPORTER", "none").output().unwrap();
    let trace = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{trace}");
    // A program built with its own features has nothing to report of metrics and logs.
    trace.replacen(" · metrics → off · logs → off", "", 1)
}

/// The lines without what differs between runs: ids, times, bars, and the order of threads.
fn shape(tree: &str) -> Vec<String> {
    const UNITS: [&str; 4] = ["ns", "µs", "ms", "s"];
    let is_bar = |word: &str| word.chars().all(|c| "━╸╺".contains(c));
    let is_id = |word: &str| word.len() == 32 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut lines: Vec<_> = tree
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().filter(|word| !is_bar(word)).collect();
            let is_time = |at: usize| words.get(at).is_some_and(|word| UNITS.contains(word));
            let kept = words
                .iter()
                .enumerate()
                .filter(|&(at, word)| !is_id(word) && !is_time(at) && !is_time(at + 1));
            kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
        })
        .collect();
    lines.sort();
    lines
}

/// The text between two markers of the README.
fn marked<'a>(readme: &'a str, name: &str) -> &'a str {
    let (begin, end) = (format!("<!-- {name}:begin -->"), format!("<!-- {name}:end -->"));
    let (_, rest) = readme.split_once(&begin).expect("the README has the marker");
    rest.split_once(&end).expect("the marker ends").0
}

/// The README with another text between two markers.
fn between(readme: &str, name: &str, text: &str) -> String {
    let begin = format!("<!-- {name}:begin -->");
    let (before, _) = readme.split_once(&begin).expect("the README has the marker");
    let (_, after) = readme.split_once(&format!("<!-- {name}:end -->")).expect("the marker ends");
    format!("{before}{begin}{text}<!-- {name}:end -->{after}")
}

fn block(language: &str, text: &str) -> String {
    format!("\n```{language}\n{}\n```\n", text.trim())
}

#[test]
fn the_readme_shows_the_first_program_and_what_it_prints() {
    let tree = trace_of(env!("CARGO_BIN_EXE_hello"));
    assert_eq!(shape(&tree).len(), 13, "the start-up line and a dozen more:\n{tree}");
    let readme = fs::read_to_string(README).unwrap();
    let (_, program) = MAIN.split_once("#![forbid(unsafe_code)]\n").expect("the head ends there");
    let (shown, printed) = (marked(&readme, "hello"), marked(&readme, "tree"));
    if env::var_os("BLESS").is_some() {
        let blessed = between(&readme, "hello", &block("rust", program));
        let blessed = between(&blessed, "tree", &block("text", &tree));
        fs::write(README, blessed).unwrap();
        return;
    }
    assert_eq!(shown, block("rust", program), "BLESS=1 cargo test -p hello writes it");
    let printed = printed.trim().trim_start_matches("```text").trim_end_matches("```");
    assert_eq!(shape(printed), shape(&tree), "BLESS=1 cargo test -p hello writes it");
}

#[test]
fn failures_and_cancellation_are_marked() {
    let trace = trace_of(env!("CARGO_BIN_EXE_failures"));
    let expected = [
        "3 failed",
        "├─ ✗ order ",
        "OrderError: the order was not placed",
        "caused by: the card was declined",
        "│  └─ ✗ charge (client) ",
        "├─ find_voucher ",
        "├─ ✗ pick ",
        "panic",
        "└─ ⊘ ask_supplier (client) ",
        "cancelled",
    ];
    for part in expected {
        assert!(trace.contains(part), "{part:?} is not in:\n{trace}");
    }
}
