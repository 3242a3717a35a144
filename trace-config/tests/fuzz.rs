//! Reads random files. `cargo xtask fuzz` reads more of them.

use proptest::prelude::*;
use std::sync::LazyLock;
use trace_config::{Format, Reader};

/// The official files, of which mutations are read.
static OFFICIAL: LazyLock<Vec<String>> = LazyLock::new(|| {
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders =
        ["examples", "snippets"].map(|folder| std::fs::read_dir(data.join(folder)).unwrap());
    let paths = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    paths.map(|path| std::fs::read_to_string(path).unwrap()).collect()
});

fn config() -> ProptestConfig {
    let cases = std::env::var("CONFIG_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: cases.unwrap_or(300), failure_persistence: None, ..Default::default() }
}

/// What the variables contain.
const SECRET: &str = "$x: [1, hush-hush";

/// Reads a text. What is read can be written, and is the same when it is read again. What is shown has no
/// values of variables.
fn check(text: &str, format: Format) {
    let reader = Reader::new().with_variables(|name| (name.len() < 4).then(|| SECRET.into()));
    match reader.read_text("fuzzed", text, format) {
        Ok(loaded) => {
            let written = loaded.configuration.to_yaml();
            let again = reader.read_text("written", &written, Format::Yaml);
            let again = again.unwrap_or_else(|error| panic!("{error}\n{written}"));
            // NaN differs from itself.
            if !written.contains(".nan") {
                assert_eq!(again.configuration, loaded.configuration, "{written}");
            }
            let shown = loaded.in_force();
            assert!(!shown.contains("hush"), "{shown}");
            for warning in &loaded.warnings {
                assert!(!warning.to_string().contains("hush"), "{warning}");
            }
        }
        Err(error) => {
            assert!(!error.problems().is_empty());
            for problem in error.problems() {
                let lines = u32::try_from(text.split(['\r', '\n']).count()).unwrap();
                assert!(problem.place().line() <= lines + 1, "{problem}");
            }
            // A message is bounded, and contains no control characters but line breaks.
            let shown = error.to_string();
            assert!(shown.len() < 100_000 && !shown.contains("hush"), "{shown}");
            assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
        }
    }
}

/// Pieces of files.
fn token() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "file_format: '1.2'\n",
        "tracer_provider",
        "processors",
        "batch",
        "exporter",
        "otlp_http",
        ":",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        "\"",
        "&a ",
        "*a",
        "!!str ",
        "!!int ",
        "|\n",
        ">-\n",
        "? ",
        "# ",
        "---\n",
        "...\n",
        "${A}",
        "${",
        "}",
        "$$",
        "${A:-b}",
        "~",
        "null",
        "true",
        "0x1f",
        "1.5",
        "-.inf",
        ".nan",
        "\\u0041",
        "\t",
        "\r\n",
        "<<",
        "%YAML 1.2\n",
        "x-a",
        "distribution",
        "trace-rs",
        "=",
        "[[",
        "]]",
        "= ",
        "\u{feff}",
        "\u{202e}",
        "\u{85}",
        "é",
    ]);
    prop_oneof![4 => fixed.prop_map(str::to_owned), 1 => "\\PC{0,4}"]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_text_is_read_or_refused(text in "(?s).{0,200}") {
        [Format::Yaml, Format::Json, Format::Toml].iter().for_each(|format| check(&text, *format));
    }

    #[test]
    fn random_pieces_are_read_or_refused(tokens in prop::collection::vec(token(), 0..60)) {
        let text = tokens.concat();
        for format in [Format::Yaml, Format::Json, Format::Toml] {
            check(&text, format);
            check(&format!("file_format: '1.2'\nx-a:\n  {text}"), format);
        }
    }

    #[test]
    fn mutated_files_are_read_or_refused(
        file in 0usize..100,
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, token()), 1..5),
    ) {
        let mut text: Vec<char> = OFFICIAL[file % OFFICIAL.len()].chars().collect();
        for (at, removed, inserted) in edits {
            let at = at.index(text.len().max(1)).min(text.len());
            let end = (at + removed).min(text.len());
            text.splice(at..end, inserted.chars());
        }
        check(&text.into_iter().collect::<String>(), Format::Yaml);
    }
}
