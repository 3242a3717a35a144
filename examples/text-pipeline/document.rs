//! Reads a text, and splits it into sections and sentences.

use crate::words::all_words;
use std::io;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use thiserror::Error;
use trace_runtime::{Span, business_metric, trace};

/// The reason why a text could not be read.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error("cannot open {path}")]
    Open { path: PathBuf, source: io::Error },
    #[error("{path} is not text")]
    NotText { path: PathBuf, source: FromUtf8Error },
}

impl ReadError {
    /// Returns a short name that does not depend on the file.
    fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::NotText { .. } => "not_text",
        }
    }
}

pub(crate) struct Document {
    path: PathBuf,
    text: String,
}

pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) sentences: Vec<String>,
}

impl Section {
    fn words(&self) -> usize {
        self.sentences.iter().map(|sentence| all_words(sentence).count()).sum()
    }
}

// On a whole block: every method is a span, named `Document::method`.
#[trace]
impl Document {
    #[trace(attrs(file.path = %path.display()), ret(file.size = ret.text.len()), err(type = err.code()))]
    #[business_metric(
        histogram("document.size", unit = "By", buckets = [1_000, 10_000, 100_000, 1_000_000]),
        value = ret.text.len()
    )]
    pub(crate) async fn read(path: &Path) -> Result<Self, ReadError> {
        let bytes = tokio::fs::read(path)
            .await
            .map_err(|source| ReadError::Open { path: path.to_owned(), source })?;
        let text = String::from_utf8(bytes)
            .map_err(|source| ReadError::NotText { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// Parses Markdown (or any plain text): headings begin sections; paragraphs, list items
    /// and table rows consist of sentences. Code is left out.
    #[trace(ret(sections = ret.len()))]
    #[business_metric(
        counter("document.words", unit = "{word}"),
        value = ret.iter().map(Section::words).sum::<usize>()
    )]
    pub(crate) fn split(&self) -> Vec<Section> {
        let mut sections = vec![Section { title: self.name().to_owned(), sentences: Vec::new() }];
        let mut paragraph = String::new();
        let mut code_lines = 0_u32;
        let mut is_code = false;
        for line in self.text.lines().map(str::trim).chain([""]) {
            let is_fence = line.starts_with("```");
            is_code ^= is_fence;
            if is_code || is_fence {
                code_lines += 1;
            }
            let is_heading = line.starts_with('#');
            let begins_item = line.starts_with(['|', '-', '*', '>']);
            let section = sections.last_mut().expect("there is always one");
            if is_code || is_fence || line.is_empty() || is_heading || begins_item {
                section.sentences.extend(sentences(&paragraph));
                paragraph.clear();
            }
            if is_code || is_fence || line.starts_with("<!--") {
                continue;
            }
            if is_heading {
                let title = line.trim_start_matches('#').trim().replace('`', "");
                sections.push(Section { title, sentences: Vec::new() });
            } else {
                paragraph.push_str(line);
                paragraph.push(' ');
            }
        }
        sections.retain(|section| !section.sentences.is_empty());
        Span::current()
            .set_attribute("sentences", sections.iter().map(|s| s.sentences.len()).sum::<usize>())
            .set_attribute("code.lines", code_lines);
        sections
    }

    #[trace(skip)]
    pub(crate) fn name(&self) -> &str {
        self.path.file_name().and_then(|name| name.to_str()).unwrap_or("text")
    }
}

/// Splits a paragraph into sentences: each ends with a mark, and the next begins with a capital letter.
fn sentences(paragraph: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    let mut ends = false;
    for word in without_links(paragraph).split_whitespace() {
        if ends && word.starts_with(|c: char| c.is_uppercase() || "`*\"“".contains(c)) {
            sentences.push(String::new());
        }
        let sentence = sentences.last_mut().expect("there is always one");
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
        ends = word.trim_end_matches(['"', ')', '*', '`', '”']).ends_with(['.', '!', '?']);
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// Replaces `[text](address)` with `text`.
fn without_links(text: &str) -> String {
    let mut parts = text.split("](");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(begin) = plain.rfind('[') {
            plain.remove(begin);
        }
        plain.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_sections_and_sentences() {
        let text = "Intro, e.g. this one. Two!\nstill two\n\n# `One`\n| a | b |\n| --- | --- |\n\
                    ```\ncode. More.\n```\nSee [the docs](https://docs.example) of `#[a]`. End";
        let document = Document { path: "text.md".into(), text: text.to_owned() };
        let sections = document.split();
        let titles: Vec<_> = sections.iter().map(|section| section.title.as_str()).collect();
        assert_eq!(titles, ["text.md", "One"]);
        assert_eq!(sections[0].sentences, ["Intro, e.g. this one.", "Two! still two"]);
        assert_eq!(
            sections[1].sentences,
            ["| a | b |", "| --- | --- |", "See the docs of `#[a]`.", "End"]
        );
    }
}
