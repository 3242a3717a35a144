//! Parses YAML 1.2.
//!
//! Aliases are copies of what they refer to, within the bounds of [`build`](super::build). Merge keys (`<<`)
//! are not part of YAML 1.2.

use super::build::{Builder, Entries, Exceeded, Style};
use crate::node::{Data, Node, Place, Size};
use crate::problem::{Found, ProblemKind};
use crate::scalar;
use crate::substitute::Lookup;
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use std::borrow::Cow;
use std::collections::HashMap;

/// Parses a text with one document.
pub(super) fn parse(text: &str, lookup: &Lookup<'_>) -> (Option<Node>, Vec<Found>) {
    let mut yaml =
        Yaml { builder: Builder::new(lookup), open: Vec::new(), anchors: HashMap::new() };
    let root = yaml.read(text).unwrap_or(None);
    (root, yaml.builder.found)
}

struct Yaml<'a> {
    builder: Builder<'a>,
    /// The lists and mappings that are not closed yet.
    open: Vec<Open>,
    /// The values that aliases may refer to.
    anchors: HashMap<usize, (Node, Size)>,
}

/// A list or a mapping that is not closed yet.
struct Open {
    anchor: usize,
    place: Place,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// With the key whose value comes next. It has no text if it was refused.
    Mapping {
        entries: Entries,
        key: Option<(Option<String>, Place)>,
    },
    /// A list or a mapping in the place of a key, which was reported.
    Key,
}

impl Yaml<'_> {
    fn read(&mut self, text: &str) -> Result<Option<Node>, Exceeded> {
        let mut root = None;
        for event in Parser::new_from_str(text) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let marker = error.marker();
                    let at = self.builder.place(marker.line(), marker.col() + 1, 1)?;
                    let message = error.info().to_owned();
                    self.builder.report(at, ProblemKind::Syntax { message });
                    return Ok(None);
                }
            };
            let value = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(&text, style, anchor, tag.as_deref(), span)?
                }
                Event::SequenceStart(anchor, tag) => {
                    let content = Content::List(Vec::new());
                    self.start(content, anchor, tag, "seq", span)?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    let content = Content::Mapping { entries: Entries::default(), key: None };
                    self.start(content, anchor, tag, "map", span)?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => self.end()?,
                Event::Alias(anchor) => self.alias(anchor, span)?,
                Event::DocumentStart(_) if root.is_some() => {
                    let at = self.place(span)?;
                    self.builder.report(at, ProblemKind::SecondDocument);
                    return Ok(None);
                }
                _ => None,
            };
            if let Some(value) = value {
                match self.open.last_mut() {
                    Some(_) => self.add(value),
                    None => root = Some(value),
                }
            }
        }
        Ok(root)
    }

    fn place(&mut self, span: Span) -> Result<Place, Exceeded> {
        let (start, end) = (span.start, span.end);
        let width = match end.line() == start.line() {
            true => end.col().saturating_sub(start.col()),
            // A value of several lines is marked where it begins.
            false => 1,
        };
        self.builder.place(start.line(), start.col() + 1, width.max(1))
    }

    /// Returns whether a scalar in this position is a key.
    fn expects_key(&self) -> bool {
        let content = self.open.last().map(|open| &open.content);
        matches!(content, Some(Content::Mapping { key: None, .. }))
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<Option<Node>, Exceeded> {
        let at = self.place(span)?;
        if self.expects_key() {
            self.builder.count(0, text.len(), at)?;
            if text == "<<" && style == ScalarStyle::Plain {
                self.builder.report(at, ProblemKind::MergeKey);
            }
            // An anchor of a key has its text.
            self.anchor(anchor, &Node::at(Data::String(text.to_owned()), at))?;
            self.set_key(Some(text.to_owned()), at);
            return Ok(None);
        }
        let is_plain = style == ScalarStyle::Plain && tag.is_none();
        let style = if is_plain { Style::Plain } else { Style::Quoted };
        let mut node = self.builder.scalar(text, style, at)?;
        if let Some(tag) = tag {
            self.retag(&mut node, tag, at);
        }
        self.anchor(anchor, &node)?;
        Ok(Some(node))
    }

    /// Gives a scalar the type of its tag.
    fn retag(&mut self, node: &mut Node, tag: &Tag, at: Place) {
        let Data::String(text) = node.data() else { return };
        let resolved = scalar::resolve(text);
        let data = match (core_tag(tag), resolved) {
            (Some("str"), _) => return,
            (Some("null"), Data::Null) => Data::Null,
            (Some("bool"), Data::Bool(value)) => Data::Bool(value),
            (Some("int"), Data::Integer(value)) => Data::Integer(value),
            (Some("float"), Data::Float(value)) => Data::Float(value),
            (Some("float"), Data::Integer(value)) => Data::Float(value as f64),
            _ => {
                let tag = tag.to_string();
                return self.builder.report(at, ProblemKind::Tag { tag });
            }
        };
        *node.data_mut() = data;
    }

    fn start(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        expected: &str,
        span: Span,
    ) -> Result<(), Exceeded> {
        let place = self.place(span)?;
        self.builder.check_depth(self.open.len() + 1, place)?;
        if let Some(tag) = tag.filter(|tag| core_tag(tag) != Some(expected) && !is_unspecific(tag))
        {
            self.builder.report(place, ProblemKind::Tag { tag: tag.to_string() });
        }
        let is_in_key = matches!(self.open.last(), Some(Open { content: Content::Key, .. }));
        let content = match self.expects_key() || is_in_key {
            true => Content::Key,
            false => content,
        };
        if matches!(content, Content::Key) && !is_in_key {
            self.builder.report(place, ProblemKind::KeyNotText);
        }
        self.open.push(Open { anchor, place, content });
        Ok(())
    }

    fn end(&mut self) -> Result<Option<Node>, Exceeded> {
        let Some(Open { anchor, place, content }) = self.open.pop() else { return Ok(None) };
        let data = match content {
            Content::List(items) => Data::List(items),
            Content::Mapping { entries, .. } => Data::Mapping(entries.into_entries()),
            Content::Key => {
                if self.expects_key() {
                    self.set_key(None, place);
                }
                return Ok(None);
            }
        };
        let node = Node::at(data, place);
        self.anchor(anchor, &node)?;
        Ok(Some(node))
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<Option<Node>, Exceeded> {
        let at = self.place(span)?;
        let Some((node, size)) = self.anchors.get(&anchor) else {
            self.builder.report(at, ProblemKind::OpenAlias);
            return Ok(Some(Node::at(Data::Null, at).unreadable()));
        };
        self.builder.count(size.nodes, size.text, at)?;
        self.builder.check_depth(self.open.len() + size.depth, at)?;
        let node = node.clone();
        if self.expects_key() {
            let key = node.as_str().map(str::to_owned);
            if key.is_none() {
                self.builder.report(at, ProblemKind::KeyNotText);
            }
            self.set_key(key, at);
            return Ok(None);
        }
        Ok(Some(node))
    }

    /// Keeps a copy of a value for aliases.
    fn anchor(&mut self, anchor: usize, node: &Node) -> Result<(), Exceeded> {
        if anchor > 0 {
            let size = node.size();
            self.builder.count(size.nodes, size.text, node.place())?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(())
    }

    fn set_key(&mut self, text: Option<String>, at: Place) {
        if let Some(Open { content: Content::Mapping { key, .. }, .. }) = self.open.last_mut() {
            *key = Some((text, at));
        }
    }

    /// Adds a value to the list or the mapping that is open.
    fn add(&mut self, value: Node) {
        match self.open.last_mut().map(|open| &mut open.content) {
            Some(Content::List(items)) => items.push(value),
            Some(Content::Mapping { entries, key }) => {
                if let Some((Some(text), at)) = key.take() {
                    self.builder.insert(entries, (text, at), value);
                }
            }
            Some(Content::Key) | None => {}
        }
    }
}

/// Returns the name of a tag of the core schema.
fn core_tag(tag: &Tag) -> Option<&str> {
    match tag.handle.as_str() {
        "tag:yaml.org,2002:" => Some(tag.suffix.as_str()),
        _ if is_unspecific(tag) => Some("str"),
        _ => None,
    }
}

/// Returns whether a tag is `!`, which makes a scalar a string, and means nothing on other values.
fn is_unspecific(tag: &Tag) -> bool {
    tag.handle.is_empty() && tag.suffix == "!"
}
