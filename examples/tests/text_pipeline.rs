//! Runs the program as a user would.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::{env, fs};
use trace_testkit::matcher::{ends_with, gt, is_int};
use trace_testkit::receiver::Receiver;
use trace_testkit::tree;

const TEXT: &str = "\
# Boats

The boat sails well. A good boat needs good wind and a strong sail.
Wind and sail carry the boat. Without any of them, it is not so.

| boat | sail |
| ---- | ---- |

# Bread

Terrible bread is hard. Bread needs flour, water and salt; flour and water make dough.
Good bread smells wonderful! The dough rests. Salt makes bread better.
";

fn text(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

/// The program in an environment without variables for telemetry.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_text-pipeline"));
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(name);
        }
    }
    command
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[track_caller]
fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
}

#[test]
fn prints_its_result_and_one_tree() {
    let file = text("boats.md", TEXT);
    let output = program().arg(&file).args(["--deadline", "600000"]).output().unwrap();
    let (result, trace) = said(&output);
    assert!(output.status.success(), "{trace}");
    assert_contains(&result, &["boats.md: 11 sentences in 2 sections", "Topics", "bread", "boat"]);
    assert_contains(&result, &["In one sentence (by its neighbours)"]);

    assert_eq!(trace.matches("trace ").count(), 1, "{trace}");
    assert_contains(
        &trace,
        &[
            "2 failed",
            "\nanalyze ",
            "├─ Document::read ",
            "file.path=",
            "├─ Document::split ",
            "sentences=11",
            "├─ embed ",
            "embedded=9",
            "│  ├─ embed_batch ",
            "✗ Model::embed ",
            "EmbedError: a sentence cannot be embedded",
            "caused by: no words that say anything in \"| ---- | ---- |\"",
            "├─ k_means ",
            "├─ sentiment ",
            "ask (client) ",
            "answer (server) ",
            "├─ summarize ",
            "method=neighbours",
            "└─ report ",
        ],
    );
    // That there is no lexicon beside the text is expected.
    assert!(!trace.contains("✗ Lexicon"), "{trace}");
}

#[test]
fn a_deadline_cancels_what_is_slow() {
    let file = text("hurried.md", TEXT);
    let output = program().arg(&file).args(["--deadline", "0"]).output().unwrap();
    let (result, trace) = said(&output);
    assert_contains(&result, &["In one sentence (by its center)"]);
    assert_contains(&trace, &["⊘ rank_by_neighbours ", "cancelled", "→ link ", "method=center"]);
}

#[test]
fn failures_say_why() {
    type Case = (&'static str, Option<&'static [u8]>, [&'static str; 2]);
    let cases: [Case; 3] = [
        ("missing.md", None, ["the text cannot be read", "caused by: cannot open "]),
        ("binary.md", Some(&[0xff]), ["binary.md is not text", "caused by: invalid utf-8"]),
        ("empty.md", Some(b""), ["the text has no topics", "no sentence has words"]),
    ];
    for (name, content, expected) in cases {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let file = content.map_or(file, |content| text(name, content));
        let output = program().arg(&file).output().unwrap();
        let (_, trace) = said(&output);
        assert_eq!(output.status.code(), Some(1), "{trace}");
        assert_contains(&trace, &expected);
        assert_contains(&trace, &["text-pipeline: ", "\n✗ analyze "]);
    }
}

#[test]
fn a_lexicon_beside_the_text_is_used() {
    let file = text("rated.md", TEXT);
    text("rated.md.lexicon", "boat 3\nbread -3\n");
    let (result, _) = said(&program().arg(&file).output().unwrap());
    assert_contains(&result, &["+3.0 from 4 words", "-3.0 from 4 words"]);
    text("rated.md.lexicon", "boat\n");
    let (_, trace) = said(&program().arg(&file).output().unwrap());
    assert_contains(&trace, &["✗ Lexicon::read ", "line 1 is not a word and a number"]);
}

#[test]
fn telemetry_can_be_turned_off() {
    let file = text("quiet.md", TEXT);
    let output = program().arg(&file).env("OTEL_SDK_DISABLED", "true").output().unwrap();
    let (result, trace) = said(&output);
    assert_contains(&result, &["Topics"]);
    assert_eq!(trace, "");
}

#[test]
fn the_catalog_lists_what_is_told_without_doing_it() {
    let catalog = |format: &str| said(&program().args(["--catalog", format]).output().unwrap());
    let (json, errors) = catalog("json");
    assert_contains(&json, &["\"documents.analysed\"", "\"analyses\"", "\"Document::read\""]);
    assert_eq!(errors, "");
    let (page, _) = catalog("markdown");
    assert_contains(&page, &["| `summaries` | counter | {summary} | `method` |"]);
    assert_contains(&catalog("yaml").1, &["--catalog json|markdown"]);
}

#[test]
fn telemetry_goes_to_an_endpoint_that_is_named() {
    let t = Receiver::start().unwrap();
    let file = text("sent.md", TEXT);
    let mut program = program();
    let program = program.arg(&file).args(["--deadline", "600000"]).envs(t.env());
    let (result, trace) = said(&program.output().unwrap());
    assert_contains(&result, &["Topics"]);
    let [line] = trace.lines().collect::<Vec<_>>()[..] else { panic!("no tree, no loss: {trace}") };
    assert!(line.starts_with("telemetry: traces → OTLP http://127.0.0.1:"), "{line}");

    t.strict();
    t.assert_tree(tree! {
        "analyze" [root, resource: ["service.name" = "text-pipeline", ..]] => {
            "Document::read" ["file.path" = ends_with("sent.md"), "file.size" = TEXT.len()],
            "Document::split" ["sections" = 2, "sentences" = 11],
            "embed" ["embedded" = 9, ..] => {
                "Model::fit" ["words" = 22],
                "embed_batch" ["sentences" = gt(0)] * 3 => { .. },
            },
            "k_means" ["points" = 9, "clusters" = 2] => {
                "seed",
                "round" ["number" = gt(0), "moved" = is_int()] * 1..,
                "describe",
            },
            "Lexicon::load" ["words" = 123] => {
                "Lexicon::read" ["file.path" = ends_with("sent.md.lexicon")],
            },
            "sentiment" ["sections" = 2] => {
                "ask" [kind: Client] * 2 => { "answer" [kind: Server, ..] },
            },
            "summarize" ["method" = "neighbours"] => {
                "rank_by_neighbours" ["points" = 9],
            },
            "report" ["lines" = gt(0)],
        }
    });
    t.span("Model::embed").failed().count(2);
    t.span("Model::embed").failed().first().has_exception("a sentence cannot be embedded");

    t.counter("documents.analysed").unit("{document}").total(1);
    t.counter("document.words").total(56);
    t.counter("summaries").with("method", "neighbours").total(1);
    t.histogram("document.size").unit("By").count(1).sum(TEXT.len() as f64);
    let analyses = t.counter("function.calls").with("function", "analyze").with("result", "ok");
    analyses.with("objective.name", "analyses").total(1);
    t.counter("function.calls").with("function", "ask").total(2);
    t.up_down_counter("function.calls.concurrent").total(0);
}
