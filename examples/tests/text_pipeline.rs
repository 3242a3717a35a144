//! Runs the program as a user would.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::{env, fs, thread};

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

/// The program in an environment that says nothing about telemetry.
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
fn spans_go_to_an_endpoint_that_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let received = thread::spawn(move || request(listener.accept().unwrap().0));
    let file = text("sent.md", TEXT);
    let output =
        program().arg(&file).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).output().unwrap();
    let (result, trace) = said(&output);
    assert!(output.status.success());
    assert_contains(&result, &["Topics"]);
    assert_eq!(trace, "", "no tree, and nothing was lost");
    let request = received.join().unwrap();
    assert!(request.starts_with("POST /v1/traces "), "{request}");
    assert_contains(&request, &["text-pipeline", "Document::read", "k_means", "service.name"]);
}

/// Reads one request and answers that all is well.
fn request(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let header = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = header.lines().find_map(|line| line.strip_prefix("content-length:"));
            if bytes.len() >= end + 4 + length.map_or(0, |length| length.trim().parse().unwrap()) {
                break;
            }
        }
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "the request ends early");
        bytes.extend(&chunk[..read]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
