//! Compares messages with those in `tests/messages`; `BLESS=1` writes them.

use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use trace_config::{Format, Reader};

/// What no message contains.
const SECRETS: [&str; 7] = [
    "secret-in-variable",
    "secret-in-url",
    "secret-in-line",
    "secret-in-block",
    "secret-in-list",
    "12345678",
    "user:",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages")
}

fn variable(name: &str) -> Option<OsString> {
    (name == "SECRET").then(|| "secret-in-variable".into())
}

#[test]
fn messages_are_those_that_are_committed() {
    let mut text = String::new();
    let mut files: Vec<_> =
        std::fs::read_dir(folder()).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Some(format) = Format::of_extension(path.extension().unwrap().to_str().unwrap()) else {
            continue;
        };
        let read = Reader::new().with_variables(variable);
        writeln!(text, "━━ {name}").unwrap();
        match read.read_text(name, &std::fs::read_to_string(&path).unwrap(), format) {
            Ok(loaded) => {
                for warning in loaded.warnings {
                    writeln!(text, "{warning}\n").unwrap();
                }
            }
            Err(error) => writeln!(text, "{error}\n").unwrap(),
        }
    }
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let file = folder().join("messages.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&file).unwrap_or_default());
}

#[test]
fn line_ends_do_not_matter() {
    for name in ["otel.yaml", "otel.json", "otel.toml"] {
        let text = std::fs::read_to_string(folder().join(name)).unwrap();
        let format = Format::of_extension(name.split('.').next_back().unwrap()).unwrap();
        let read =
            |text: &str| Reader::new().with_variables(variable).read_text(name, text, format);
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(error(&text.replace('\n', "\r\n")), error(&text));
    }
}
