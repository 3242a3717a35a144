//! Substitutes environment variables in scalars.
//!
//! The rules are those of the
//! [data model](https://opentelemetry.io/docs/specs/otel/configuration/data-model/#environment-variable-substitution):
//! `$$` is a dollar; between two of them, each `${…}` is a reference, whose text is not searched again.

use std::ffi::OsString;

/// Returns the value of a variable.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// A text after substitution.
#[derive(Debug, PartialEq)]
pub(crate) struct Substituted {
    pub(crate) text: String,
    /// The variables whose values are part of the text.
    pub(crate) variables: Vec<String>,
    /// Whether there was a reference.
    pub(crate) has_reference: bool,
    /// Whether the value of a variable is the whole text.
    pub(crate) is_whole: bool,
}

/// A reference that cannot be substituted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BadReference {
    /// The number of characters before it.
    pub(crate) offset: usize,
    /// Its number of characters.
    pub(crate) width: usize,
    pub(crate) problem: ReferenceProblem,
}

/// Why a reference to a variable cannot be substituted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferenceProblem {
    /// The prefix is not `env`.
    Prefix {
        /// The prefix.
        prefix: String,
    },
    /// What stands between the braces is not the name of a variable, with a default or without.
    Name {
        /// The text between the braces, up to a default.
        name: String,
    },
    /// The default has a line break or another control character.
    Default {
        /// The variable.
        name: String,
    },
    /// The value of the variable is not Unicode.
    NotUnicode {
        /// The variable.
        name: String,
    },
}

/// Replaces the references of a text.
pub(crate) fn substitute(text: &str, lookup: &Lookup<'_>) -> Result<Substituted, BadReference> {
    let mut result = Substituted {
        text: String::new(),
        variables: Vec::new(),
        has_reference: false,
        is_whole: false,
    };
    let mut start = 0;
    for (number, part) in text.split("$$").enumerate() {
        if number > 0 {
            result.text.push('$');
        }
        substitute_part(part, lookup, &mut result).map_err(|(at, length, problem)| {
            BadReference {
                offset: text[..start + at].chars().count(),
                width: part[at..at + length].chars().count(),
                problem,
            }
        })?;
        start += part.len() + 2;
    }
    result.is_whole &= !text.contains("$$");
    Ok(result)
}

/// Replaces the references of a text without escapes. An error has the start and the length of the reference.
fn substitute_part(
    part: &str,
    lookup: &Lookup<'_>,
    result: &mut Substituted,
) -> Result<(), (usize, usize, ReferenceProblem)> {
    let mut rest = part;
    while let Some(before) = rest.find("${") {
        let inside = &rest[before + 2..];
        // Without a closing brace, all that follows is text.
        let Some(length) = inside.find('}') else { break };
        if length == 0 {
            let end = before + 2;
            result.text.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        result.text.push_str(&rest[..before]);
        let at = part.len() - rest.len() + before;
        let reference = &inside[..length];
        let value = value(reference, lookup).map_err(|problem| (at, length + 3, problem))?;
        result.has_reference = true;
        match value {
            Value::Variable { name, text } => {
                let is_only = part.len() == length + 3 && result.text.is_empty();
                result.is_whole = is_only && !text.contains('\n');
                result.text.push_str(&text);
                if !result.variables.contains(&name) {
                    result.variables.push(name);
                }
            }
            Value::Default(text) => result.text.push_str(text),
        }
        rest = &inside[length + 1..];
    }
    result.text.push_str(rest);
    Ok(())
}

enum Value<'a> {
    Variable { name: String, text: String },
    Default(&'a str),
}

fn value<'a>(reference: &'a str, lookup: &Lookup<'_>) -> Result<Value<'a>, ReferenceProblem> {
    let (prefix, content) = match reference.split_once(':') {
        // `NAME:-default` has a colon, but no prefix.
        Some((prefix, content)) if !content.starts_with('-') && is_prefix(prefix) => {
            (Some(prefix), content)
        }
        _ => (None, reference),
    };
    let (name, default) = match content.split_once(":-") {
        Some((name, default)) => (name, default),
        None => (content, ""),
    };
    match prefix {
        None | Some("env") if is_name(name) => {}
        // `VAR:?error` looks like a prefix with content; the name is the better explanation.
        Some(prefix) if prefix != "env" && is_prefixed(content) => {
            return Err(ReferenceProblem::Prefix { prefix: prefix.to_owned() });
        }
        _ => {
            let name = content.split(":-").next().unwrap_or(content);
            let name = match prefix {
                Some(prefix) if prefix != "env" => format!("{prefix}:{name}"),
                _ => name.to_owned(),
            };
            return Err(ReferenceProblem::Name { name });
        }
    }
    if default.contains(|c: char| c != '\t' && c.is_control()) {
        return Err(ReferenceProblem::Default { name: name.to_owned() });
    }
    let Some(text) = lookup(name).filter(|text| !text.is_empty()) else {
        return Ok(Value::Default(default));
    };
    match text.into_string() {
        Ok(text) => Ok(Value::Variable { name: name.to_owned(), text }),
        Err(_) => Err(ReferenceProblem::NotUnicode { name: name.to_owned() }),
    }
}

/// Returns whether the text behind a prefix looks like what a prefix is for.
fn is_prefixed(content: &str) -> bool {
    content.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '/')
}

fn is_prefix(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
