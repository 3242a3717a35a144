//! Compares texts with snapshot files beside the test, in insta's format.

use crate::report::Report;
use std::ffi::OsStr;
use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};

/// A file in the folder `snapshots` beside a test.
pub(crate) struct SnapshotFile {
    path: PathBuf,
    /// The test's file, as the compiler was given it.
    source: String,
}

/// What to do with a text that differs: the values of `INSTA_UPDATE`.
#[derive(Clone, Copy, PartialEq)]
enum Update {
    Always,
    /// Accepts texts without a file; writes others beside it.
    Unseen,
    Beside,
    No,
}

impl Update {
    fn from_env() -> Self {
        let ci = std::env::var("CI").is_ok_and(|ci| !matches!(&*ci, "" | "0" | "false"));
        match std::env::var("INSTA_UPDATE").as_deref() {
            Ok("always" | "force" | "1") => Self::Always,
            Ok("unseen") => Self::Unseen,
            Ok("new") => Self::Beside,
            Ok("no") => Self::No,
            _ if ci => Self::No,
            _ => Self::Beside,
        }
    }
}

impl SnapshotFile {
    /// Returns the file for an assertion at `caller`, named after the test's file, its function and
    /// `kind`; numbered where the function calls `method` more than once.
    pub(crate) fn beside(caller: &Location<'_>, kind: &str, method: &str) -> Self {
        let source = find(caller.file());
        let code = std::fs::read_to_string(&source).unwrap_or_default();
        let (function, nth) = enclosing(&code, caller.line(), method);
        let stem = source.file_stem().unwrap_or(OsStr::new("test")).to_string_lossy();
        let number = if nth > 1 { format!("-{nth}") } else { String::new() };
        let name = format!("{stem}__{function}{number}.{kind}.snap");
        let path = source.with_file_name("snapshots").join(name);
        Self { path, source: caller.file().replace('\\', "/") }
    }

    /// Compares `text` with the file. If it differs, writes it as `INSTA_UPDATE` demands.
    pub(crate) fn compare(&self, text: &str, expression: &str) -> Result<(), Report> {
        self.compare_with(text, expression, Update::from_env())
    }

    fn compare_with(&self, text: &str, expression: &str, update: Update) -> Result<(), Report> {
        let kept = std::fs::read_to_string(&self.path).ok();
        let kept = kept.as_deref().map(|file| contents(file).trim_end());
        if kept == Some(text.trim_end()) {
            return Ok(());
        }
        let beside = self.path.with_extension("snap.new");
        let accept = update == Update::Always || update == Update::Unseen && kept.is_none();
        let header = format!("---\nsource: {}\nexpression: {expression}\n---\n", self.source);
        let file = header + text.trim_end() + "\n";
        let written = match update {
            _ if accept => write(&self.path, &file).map(|()| Some(&self.path)),
            Update::No => Ok(None),
            _ => write(&beside, &file).map(|()| Some(&beside)),
        };
        if accept && written.is_ok() {
            return Ok(());
        }
        let name = self.path.display();
        let report = match kept {
            Some(kept) => Report::new("the text differs from the snapshot")
                .with_drawing(difference(kept, text.trim_end()))
                .with_note(format!("the snapshot is {name}")),
            None => Report::new("there is no snapshot yet")
                .with_drawing(text)
                .with_note(format!("it will be {name}")),
        };
        Err(report.with_note(match written {
            Ok(Some(_)) => "to accept it, run `cargo insta review`, or run the test again with \
                INSTA_UPDATE=always"
                .to_owned(),
            Ok(None) => "to write it, run the test with INSTA_UPDATE=always".to_owned(),
            Err(error) => format!("it cannot be written: {error}"),
        }))
    }
}

/// Finds the file on this machine: the compiler was started in the package or above it.
fn find(file: &str) -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = package.or_else(|| std::env::current_dir().ok()).unwrap_or_default();
    let candidates = package.ancestors().map(|folder| folder.join(file));
    candidates.into_iter().find(|path| path.exists()).unwrap_or_else(|| PathBuf::from(file))
}

/// Returns the function around `line`, and how often `method` is called in it up to there.
fn enclosing(code: &str, line: u32, method: &str) -> (String, usize) {
    let lines: Vec<&str> = code.lines().take(line as usize).collect();
    let function = |line: &str| {
        let (before, rest) = line.split_once("fn ")?;
        let is_head = |word: &str| {
            matches!(word, "async" | "const" | "unsafe" | "extern") || word.starts_with("pub")
        };
        before.split_whitespace().all(is_head).then_some(())?;
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        Some(rest[..end?].to_owned()).filter(|name| !name.is_empty())
    };
    let found = lines.iter().enumerate().rev().find_map(|(at, line)| Some((at, function(line)?)));
    let (from, name) = found.unwrap_or_else(|| (0, "test".to_owned()));
    (name, lines[from..].iter().filter(|line| line.contains(method)).count())
}

/// Returns what follows the header.
fn contents(file: &str) -> &str {
    let after = file.strip_prefix("---\n").and_then(|file| file.split_once("\n---\n"));
    after.map_or(file, |(_, contents)| contents)
}

fn write(path: &Path, file: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, file)
}

/// Marks lines with `-` that only the snapshot has, and with `+` those that only the new text has.
fn difference(kept: &str, new: &str) -> String {
    let (kept, new): (Vec<&str>, Vec<&str>) = (kept.lines().collect(), new.lines().collect());
    // The longest common subsequence of each pair of rests.
    let mut common = vec![vec![0_usize; new.len() + 1]; kept.len() + 1];
    for (i, old_line) in kept.iter().enumerate().rev() {
        for (j, new_line) in new.iter().enumerate().rev() {
            common[i][j] = match old_line == new_line {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < kept.len() || j < new.len() {
        let (mark, line);
        if i < kept.len() && j < new.len() && kept[i] == new[j] {
            (mark, line) = (" ", kept[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < kept.len() && common[i + 1][j] >= common[i][j + 1] {
            (mark, line) = ("-", kept[i]);
            i += 1;
        } else {
            (mark, line) = ("+", new[j]);
            j += 1;
        }
        text += &format!("{mark} {line}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_around_the_call_names_the_file() {
        let code =
            "fn helper() {}\npub async fn checkout() {\n  // a fn to\n  check();\n  check();\n}";
        assert_eq!(enclosing(code, 4, "check()"), ("checkout".to_owned(), 1));
        assert_eq!(enclosing(code, 5, "check()"), ("checkout".to_owned(), 2));
        assert_eq!(enclosing("", 9, "check()"), ("test".to_owned(), 0));
        let file = SnapshotFile::beside(Location::caller(), "metrics", "nothing");
        assert_eq!(
            file.path.file_name().unwrap(),
            "snapshot_file__the_function_around_the_call_names_the_file.metrics.snap"
        );
        assert!(file.path.parent().unwrap().ends_with("trace-testkit/src/snapshots"));
    }

    #[test]
    fn a_difference_shows_the_old_and_the_new_text() {
        assert_eq!(difference("a\nb\nc", "a\nx\nc\nd"), "  a\n- b\n+ x\n  c\n+ d\n");
    }

    #[test]
    fn a_text_is_kept_when_it_is_accepted() {
        let folder = std::env::temp_dir().join(format!("snapshot-file-{}", std::process::id()));
        let path = folder.join("snapshots/a.metrics.snap");
        let file = SnapshotFile { path, source: "tests/a.rs".to_owned() };
        let compare = |text, update| file.compare_with(text, "x", update);
        assert!(compare("one\n", Update::No).is_err());
        assert!(!folder.exists());
        assert!(compare("one\n", Update::Beside).is_err());
        assert!(file.path.with_extension("snap.new").exists() && !file.path.exists());
        assert!(compare("one\n", Update::Unseen).is_ok());
        assert!(compare("one\n", Update::No).is_ok());
        assert!(compare("two\n", Update::Unseen).is_err());
        assert!(compare("two\n", Update::Always).is_ok());
        let kept = std::fs::read_to_string(&file.path).unwrap();
        assert_eq!(kept, "---\nsource: tests/a.rs\nexpression: x\n---\ntwo\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
