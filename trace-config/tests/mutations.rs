//! Breaks the official files in every place, and expects an error there.
//!
//! The official schema has the type of each line. Each key is misspelt, each scalar gets another type, and each
//! required key is removed.

use serde_json::Value;
use std::path::{Path, PathBuf};
use trace_config::{Format, Problem, ProblemKind, Reader};

struct Line {
    /// From 1.
    number: usize,
    /// The number of characters before the key.
    column: usize,
    key: String,
    /// The text behind the colon, without comments.
    value: String,
    /// The type that the key belongs to.
    of: Value,
}

fn files() -> Vec<(PathBuf, String)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let folders =
        ["examples", "snippets"].map(|folder| std::fs::read_dir(data.join(folder)).unwrap());
    let paths = folders.into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect();
    files.sort();
    files
}

/// Returns the type that a value of a type's property has.
fn follow(schema: &Value, property: &Value) -> Value {
    let referred = property.get("items").unwrap_or(property);
    match referred["$ref"].as_str() {
        Some(reference) => schema["$defs"][reference.trim_start_matches("#/$defs/")].clone(),
        None => Value::Null,
    }
}

/// Returns the lines with keys that the schema defines.
fn lines(schema: &Value, text: &str) -> Vec<Line> {
    // The types of the mappings that are open, with their columns.
    let mut open = vec![(0, schema.clone())];
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split(" #").next().unwrap();
        let column = code.find(|c| c != ' ' && c != '-').unwrap_or(0);
        let Some((key, value)) = code[column..].split_once(':') else { continue };
        if code.trim_start().starts_with('#') || key.contains(' ') {
            continue;
        }
        while open.last().is_some_and(|(indent, _)| *indent > column) {
            open.pop();
        }
        // The columns of a type's mapping are those of its first key.
        let (indent, of) = open.last().cloned().unwrap();
        let of = if indent == column { of } else { continue };
        let property = &of["properties"][key];
        if property.is_null() {
            open.push((column + 1, Value::Null));
            continue;
        }
        let inner = follow(schema, property);
        let next = text.lines().skip(number + 1).find(|line| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        });
        let next_column = next.and_then(|line| line.find(|c| c != ' ' && c != '-')).unwrap_or(0);
        if next_column > column {
            open.push((next_column, inner));
        }
        let value = value.trim().to_owned();
        lines.push(Line { number: number + 1, column, key: key.to_owned(), value, of });
    }
    lines
}

fn with_line(text: &str, number: usize, new: &str) -> String {
    let lines = text.lines().enumerate();
    let lines = lines.map(|(at, line)| if at + 1 == number { new } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

fn problems(text: &str) -> Vec<Problem> {
    let reader = Reader::new().with_variables(|_| None);
    match reader.read_text("mutated.yaml", text, Format::Yaml) {
        Ok(_) => vec![],
        Err(error) => error.problems().to_vec(),
    }
}

fn place(problem: &Problem) -> (usize, usize) {
    (problem.place().line() as usize, problem.place().column() as usize)
}

fn schema() -> Value {
    serde_json::from_str(include_str!("data/opentelemetry_configuration.json")).unwrap()
}

#[test]
fn a_misspelt_key_is_named_with_the_right_one() {
    let schema = schema();
    let mut count = 0;
    for (path, text) in files() {
        for line in lines(&schema, &text) {
            let half = line.key.len() / 2;
            let (start, end) = line.key.split_at(half);
            let doubled = format!("{start}{}{end}", &end[..1]);
            let swapped = format!(
                "{start}{}{}{}",
                &end[1..2.min(end.len())],
                &end[..1],
                end.get(2..).unwrap_or("")
            );
            for wrong in
                [doubled, format!("{start}{}", &end[1..]), swapped, line.key.to_uppercase()]
            {
                // Some mutations of short keys are keys.
                if wrong.is_empty() || !line.of["properties"][&wrong].is_null() {
                    continue;
                }
                count += 1;
                let old = text.lines().nth(line.number - 1).unwrap();
                let new = old.replacen(&line.key, &wrong, 1);
                let found = problems(&with_line(&text, line.number, &new));
                let problem = found.iter().find(|problem| {
                    matches!(problem.kind(), ProblemKind::UnknownKey { key, .. } if *key == wrong)
                });
                let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
                let context = format!("{wrong} in {}:\n{}", path.display(), shown.join("\n"));
                let problem = problem.unwrap_or_else(|| panic!("{context}"));
                assert_eq!(place(problem), (line.number, line.column + 1), "{context}");
                let ProblemKind::UnknownKey { nearest, .. } = problem.kind() else {
                    unreachable!()
                };
                assert_eq!(nearest.as_deref(), Some(line.key.as_str()), "{context}");
            }
        }
    }
    assert!(count > 1_000, "{count}");
}

#[test]
fn a_value_of_another_type_is_named() {
    let schema = schema();
    let mut count = 0;
    for (path, text) in files() {
        for line in lines(&schema, &text) {
            if line.value.is_empty() || line.value.starts_with(['[', '{', '|', '>']) {
                continue;
            }
            count += 1;
            let old = text.lines().nth(line.number - 1).unwrap();
            let start = old[..line.column].to_owned() + &line.key + ": ";
            let found = problems(&with_line(&text, line.number, &format!("{start}{{ a: 1 }}")));
            let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
            let context = format!("{} in {}:\n{}", line.key, path.display(), shown.join("\n"));
            let problem = found
                .iter()
                .find(|problem| matches!(problem.kind(), ProblemKind::WrongType { .. }));
            let problem = problem.unwrap_or_else(|| panic!("{context}"));
            assert_eq!(place(problem), (line.number, start.len() + 1), "{context}");
        }
    }
    assert!(count > 150, "{count}");
}

#[test]
fn a_required_key_that_is_removed_is_named() {
    let schema = schema();
    let mut count = 0;
    for (path, text) in files() {
        for line in lines(&schema, &text) {
            let required = line.of["required"].as_array().cloned().unwrap_or_default();
            if !required.contains(&Value::from(line.key.as_str())) {
                continue;
            }
            let Some(removed) = without(&text, &line) else { continue };
            count += 1;
            let found = problems(&removed);
            let shown: Vec<_> = found.iter().map(ToString::to_string).collect();
            let context = format!("{} in {}:\n{}", line.key, path.display(), shown.join("\n"));
            let is_missing = |problem: &&Problem| match problem.kind() {
                ProblemKind::MissingKey { key, .. } => *key == line.key,
                // The only key of a mapping leaves nothing behind.
                ProblemKind::Null { .. } => true,
                _ => false,
            };
            let problem = found.iter().find(is_missing).unwrap_or_else(|| panic!("{context}"));
            let (at, column) = place(problem);
            let is_root = line.key == "file_format";
            assert!(at >= 1 && column >= 1 && (is_root || at <= line.number), "{context}");
        }
    }
    assert!(count > 60, "{count}");
}

/// Removes a key with what is below it. A dash before it goes to the next key of the item.
fn without(text: &str, line: &Line) -> Option<String> {
    let lines: Vec<_> = text.lines().collect();
    let is_below = |other: &&str| {
        let column = other.find(|c| c != ' ' && c != '-').unwrap_or(usize::MAX);
        let is_item = other.find(|c| c != ' ').is_some_and(|at| at >= line.column);
        column > line.column && is_item
    };
    let below = lines[line.number..].iter().take_while(|line| is_below(line)).count();
    let start = &lines[line.number - 1][..line.column];
    let mut rest: Vec<_> = lines[..line.number - 1].iter().map(ToString::to_string).collect();
    let mut after: Vec<_> = lines[line.number + below..].iter().map(ToString::to_string).collect();
    if start.contains('-') {
        let next = after.first_mut()?;
        let is_sibling = next.find(|c| c != ' ') == Some(line.column);
        if !is_sibling || next[line.column..].starts_with(['-', '#']) {
            return None;
        }
        *next = format!("{start}{}", &next[line.column..]);
    }
    rest.append(&mut after);
    Some(rest.join("\n"))
}

#[test]
fn a_value_from_a_variable_is_never_shown() {
    let schema = schema();
    let reader = Reader::new().with_variables(|name| (name == "V").then(|| "hush-hush".into()));
    let (mut read, mut refused) = (0, 0);
    for (_, text) in files() {
        for line in lines(&schema, &text) {
            if line.value.is_empty() || line.value.starts_with(['[', '{', '|', '>']) {
                continue;
            }
            let old = text.lines().nth(line.number - 1).unwrap();
            for reference in ["${V}", "'${V}'", "a ${env:V} b", "https://x:${V}@host/"] {
                let new = format!("{}{}: {reference}", &old[..line.column], line.key);
                let mutated = with_line(&text, line.number, &new);
                let shown = match reader.read_text("mutated.yaml", &mutated, Format::Yaml) {
                    Ok(loaded) => {
                        read += 1;
                        loaded.in_force()
                    }
                    Err(error) => {
                        refused += 1;
                        let is_here = |problem: &Problem| place(problem).0 == line.number;
                        assert!(error.problems().iter().any(is_here), "{error}");
                        format!("{error}{error:?}")
                    }
                };
                assert!(!shown.contains("hush"), "{shown}");
            }
        }
    }
    assert!(read > 100 && refused > 100, "{read}, {refused}");
}
