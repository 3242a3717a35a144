//! Checks comments and pages for words that house style avoids; `xtask/words.txt` lists them.

use crate::{Outcome, root};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::process::Command;

const FILE: &str = "xtask/words.txt";

/// The contents of `words.txt`.
struct List {
    words: Vec<Word>,
    /// Where a word is right: a path, and the word.
    exceptions: Vec<(String, String)>,
    /// Beginnings of paths that are only counted.
    unclean: Vec<String>,
}

struct Word {
    parts: Vec<String>,
    advice: String,
    /// Only as the first word of a file's first comment.
    opens: bool,
}

/// A comment, or a paragraph of a page: its words, each with its line.
type Passage = Vec<(usize, String)>;

/// Checks what is listed as clean; with `--all`, prints every place.
pub(crate) fn run(arguments: &[OsString]) -> Outcome {
    let shows_all = arguments.iter().any(|argument| argument == "--all");
    let list = List::parse(&fs::read_to_string(root().join(FILE))?)?;
    let mut needed = vec![false; list.exceptions.len()];
    let mut faults = Vec::new();
    let mut counted: BTreeMap<&str, usize> =
        list.unclean.iter().map(|area| (area.as_str(), 0)).collect();
    for file in tracked()? {
        let Ok(text) = fs::read_to_string(root().join(&file)) else { continue };
        for (line, word) in list.find(&passages(&file, &text)) {
            let shown = word.shown();
            let is_this = |(path, right): &(String, String)| *path == file && *right == shown;
            if let Some(exception) = list.exceptions.iter().position(is_this) {
                needed[exception] = true;
                continue;
            }
            let place = format!("{file}:{line}: \"{shown}\": {}", word.advice);
            match list.unclean.iter().find(|area| is_in(area, &file)) {
                Some(area) => {
                    *counted.get_mut(area.as_str()).expect("every area is counted") += 1;
                    if shows_all {
                        println!("{place}");
                    }
                }
                None => faults.push(place),
            }
        }
    }
    for (area, _) in counted.iter().filter(|(_, count)| **count == 0) {
        faults.push(format!("{FILE}: `{area}` is clean: strike it off."));
    }
    for ((path, word), _) in list.exceptions.iter().zip(needed).filter(|(_, needed)| !needed) {
        faults
            .push(format!("{FILE}: the exception `{path}: {word}` is not needed: strike it off."));
    }
    let left: usize = counted.values().sum();
    println!("{left} words of the old style left in {} areas", counted.len());
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!("{}\nWords and exceptions are listed in {FILE}.", faults.join("\n")).into())
}

fn is_in(area: &str, file: &str) -> bool {
    match area.strip_suffix('*') {
        Some(folder) => file.strip_prefix(folder).is_some_and(|name| !name.contains('/')),
        None => file.starts_with(area),
    }
}

fn tracked() -> Outcome<Vec<String>> {
    const KINDS: [&str; 6] = ["*.rs", "*.md", "*.toml", "*.py", "*.yml", ".ci/run"];
    let output = Command::new("git").current_dir(root()).arg("ls-files").args(KINDS).output()?;
    if !output.status.success() {
        return Err(format!("git ls-files ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

impl List {
    fn parse(text: &str) -> Outcome<Self> {
        let mut list = Self { words: Vec::new(), exceptions: Vec::new(), unclean: Vec::new() };
        let mut section = "";
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let read = match section {
                _ if line.is_empty() || line.starts_with('#') => Some(()),
                _ if line.starts_with('[') => {
                    section = line;
                    Some(())
                }
                "" => line.split_once('|').map(|(word, advice)| {
                    list.words.push(Word::new(word.trim(), advice.trim()));
                }),
                "[exceptions]" => line.split_once(": ").map(|(path, word)| {
                    list.exceptions.push((path.to_owned(), word.to_owned()));
                }),
                "[not yet clean]" => {
                    list.unclean.push(line.to_owned());
                    Some(())
                }
                _ => None,
            };
            read.ok_or_else(|| format!("{FILE}:{}: cannot read `{line}`", number + 1))?;
        }
        Ok(list)
    }

    fn find(&self, passages: &[Passage]) -> Vec<(usize, &Word)> {
        let mut found = Vec::new();
        for (number, passage) in passages.iter().enumerate() {
            for at in 0..passage.len() {
                for word in self.words.iter().filter(|word| word.is_at(&passage[at..])) {
                    if !word.opens || (number == 0 && at == 0) {
                        found.push((passage[at].0, word));
                    }
                }
            }
        }
        found
    }
}

impl Word {
    fn new(text: &str, advice: &str) -> Self {
        let opens = text.starts_with('^');
        let parts = text.trim_start_matches('^').split_whitespace().map(str::to_owned).collect();
        Self { parts, advice: advice.to_owned(), opens }
    }

    fn shown(&self) -> String {
        self.parts.join(" ")
    }

    fn is_at(&self, passage: &[(usize, String)]) -> bool {
        passage.len() >= self.parts.len()
            && self.parts.iter().zip(passage).all(|(part, (_, word))| {
                match part.strip_suffix('*') {
                    Some(stem) => word.starts_with(stem),
                    None => word == part,
                }
            })
    }
}

/// The comments of a source file, or the paragraphs of a page, without code.
fn passages(file: &str, text: &str) -> Vec<Passage> {
    let is_page = file.ends_with(".md");
    let mark = if file.ends_with(".rs") { "//" } else { "#" };
    let mut passages = vec![Passage::new()];
    let mut is_code = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let prose = match is_page {
            true => Some(line),
            false => comment(line, mark),
        };
        let is_fence = prose.is_some_and(|prose| prose.trim_start().starts_with("```"));
        is_code = prose.is_some() && (is_code ^ is_fence);
        let prose = prose.filter(|prose| !is_code && !is_fence && !prose.trim().is_empty());
        match prose {
            Some(prose) => {
                let passage = passages.last_mut().expect("there is always one");
                passage.extend(words(prose).into_iter().map(|word| (number + 1, word)));
            }
            None => passages.push(Passage::new()),
        }
    }
    passages.retain(|passage| !passage.is_empty());
    passages
}

/// The text of a comment that a line is, or ends with.
fn comment<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    if let Some(text) = line.strip_prefix(mark) {
        return Some(text.trim_start_matches(['/', '!', '#']));
    }
    let (code, text) = line.rsplit_once(&format!(" {mark} "))?;
    // Within a string it is no comment.
    (code.matches('"').count() % 2 == 0).then_some(text)
}

/// The words in lower case, without `code` and addresses of links.
fn words(prose: &str) -> Vec<String> {
    let plain: String = prose.split('`').step_by(2).collect::<Vec<_>>().join(" ` ");
    let plain = plain.split("](").enumerate().map(|(part, text)| match part {
        0 => text,
        _ => text.split_once(')').map_or("", |(_, rest)| rest),
    });
    plain
        .collect::<Vec<_>>()
        .join(" ")
        .split(|c: char| !c.is_alphanumeric() && !"'’`".contains(c))
        .map(|word| word.trim_matches('\'').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<(usize, String)> {
        let list = List::parse(
            "^what | begin otherwise\nso many | how many?\ntell* | return\n\
             [exceptions]\nright.rs: tell*\n[not yet clean]\nold/\n",
        );
        let list = list.unwrap();
        assert_eq!(list.exceptions, [("right.rs".to_owned(), "tell*".to_owned())]);
        let passages = passages(file, text);
        let found = list.find(&passages);
        found.into_iter().map(|(line, word)| (line, word.shown())).collect()
    }

    #[test]
    fn words_are_found_in_comments_over_the_end_of_a_line() {
        let text = "//! What it is.\nfn f() {} // There are so\nlet tells = \"so many // tells\";\n\
                    // Not so\n// many. `tells`\n/// ```\n/// so many\n/// ```\n";
        let expected = [(1, "what".to_owned()), (4, "so many".to_owned())];
        assert_eq!(found("a.rs", text), expected);
    }

    #[test]
    fn pages_are_prose_but_for_their_code() {
        let text = "# Title\n\nIt tells `tells`.\n\n```rust\n// tells\n```\n[so](tells) many\n";
        let expected = [(3, "tell*".to_owned()), (8, "so many".to_owned())];
        assert_eq!(found("a.md", text), expected);
    }

    #[test]
    fn only_the_first_comment_opens_a_file() {
        assert_eq!(found("a.rs", "//! A file.\n\n/// What else.\nfn f() {}\n"), []);
        assert_eq!(found("a.rs", "fn f() {}\n\n// What else.\n"), [(3, "what".to_owned())]);
    }
}
