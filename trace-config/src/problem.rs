//! Describes the problems of a configuration.

use crate::node::Place;
use crate::substitute::ReferenceProblem;
use std::fmt;

/// A problem of a file, before it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) at: Place,
    pub(crate) kind: ProblemKind,
    /// The variables from which the value came.
    pub(crate) variables: Vec<String>,
    /// The keys that lead to the value.
    pub(crate) path: String,
}

/// A problem of a configuration, with its place.
///
/// Its text has the place, what is wrong, the line with a mark below it, and what is allowed. It does not
/// contain values of variables, of headers, or of keys that look like those of secrets.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) file: String,
    pub(crate) found: Found,
    pub(crate) excerpt: Option<Excerpt>,
}

/// The line of a problem, with a mark below it.
#[derive(Clone, Debug)]
pub(crate) struct Excerpt {
    pub(crate) line: String,
    /// The number of characters before the mark.
    pub(crate) indent: usize,
    pub(crate) width: usize,
}

impl Problem {
    /// Returns what is wrong.
    pub fn kind(&self) -> &ProblemKind {
        &self.found.kind
    }

    /// Returns where.
    pub fn place(&self) -> Place {
        self.found.at
    }

    /// Returns the name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the keys that lead to the value, such as `tracer_provider.processors[0].batch`; empty for
    /// the whole file.
    pub fn path(&self) -> &str {
        &self.found.path
    }
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The file cannot be read.
    Unreadable {
        /// The error of the operating system.
        error: String,
    },
    /// The extension of the file stands for no known format.
    Extension {
        /// The extension.
        extension: String,
    },
    /// The text is not Unicode.
    NotUnicode,
    /// The text is not of the format.
    Syntax {
        /// The message of the parser.
        message: String,
    },
    /// The text has no value.
    Empty,
    /// The file passes all checks, but the model does not accept it: a bug of this crate.
    Inconsistent,
    /// A second document begins.
    SecondDocument,
    /// There is more than is read.
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// The maximum.
        limit: usize,
    },
    /// A key is neither a string nor another scalar.
    KeyNotText,
    /// A merge key, which YAML 1.2 does not have.
    MergeKey,
    /// An alias inside the value that it refers to.
    OpenAlias,
    /// A tag that is unknown, or does not fit the value.
    Tag {
        /// The tag.
        tag: String,
    },
    /// A mapping has a key twice.
    DuplicateKey {
        /// The key.
        key: String,
        /// The line of the first.
        first_line: u32,
    },
    /// A reference to a variable is invalid.
    Reference(ReferenceProblem),
    /// A key is unknown.
    UnknownKey {
        /// The key.
        key: String,
        /// The known key that is most like it.
        nearest: Option<String>,
        /// The known keys.
        known: Vec<&'static str>,
    },
    /// A required key is missing.
    MissingKey {
        /// The key.
        key: &'static str,
        /// What it is for.
        docs: &'static str,
    },
    /// A mapping with one key of several has another number of keys.
    OneKey {
        /// The keys that it has.
        found: Vec<String>,
        /// The known keys.
        known: Vec<&'static str>,
    },
    /// A value is null.
    Null {
        /// What is expected.
        expected: String,
    },
    /// A value has another type.
    WrongType {
        /// What is expected.
        expected: String,
        /// What it is.
        found: &'static str,
        /// How to write it.
        help: Option<String>,
    },
    /// A number is too small or too large.
    OutOfRange {
        /// The number, unless it is not shown.
        value: Option<String>,
        /// What is allowed.
        allowed: String,
    },
    /// A list has too few items.
    TooFewItems {
        /// The minimum.
        least: usize,
    },
    /// A string is none of those that are known.
    UnknownName {
        /// The string, unless it is not shown.
        name: Option<String>,
        /// The known string that is most like it.
        nearest: Option<&'static str>,
        /// The known strings.
        known: Vec<&'static str>,
    },
    /// The path of a file is not absolute.
    RelativePath,
    /// Of two keys that belong together, one is missing.
    Alone {
        /// The key that is there.
        key: &'static str,
        /// The key that is missing.
        other: &'static str,
    },
    /// `file_format` is not a version.
    NoVersion,
    /// The major version of `file_format` differs.
    MajorVersion {
        /// The version.
        version: String,
    },
    /// The minor version of `file_format` is newer.
    NewerVersion {
        /// The version.
        version: String,
    },
    /// The schema has deprecated a key.
    Deprecated {
        /// The key.
        key: &'static str,
    },
    /// The program cannot do what the configuration asks for.
    Unsupported {
        /// Why, and what it does instead.
        message: String,
    },
}

/// A list in words, with an end if it is long.
struct Names<'a>(&'a [&'static str]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 24;
        for (number, name) in self.0.iter().take(MOST).enumerate() {
            let comma = if number > 0 { ", " } else { "" };
            write!(f, "{comma}{name}")?;
        }
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

/// Text of a file, on one line and of bounded length.
struct Shown<'a>(&'a str);

/// The keys that lead to a value, likewise.
struct Path<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.0, 60, f)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.0, 300, f)
    }
}

fn show(text: &str, most: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (shown, c) in text.chars().enumerate() {
        if shown >= most {
            return f.write_str("…");
        }
        match is_printable(c) {
            true => write!(f, "{c}")?,
            false => write!(f, "{}", c.escape_default())?,
        }
    }
    Ok(())
}

/// Returns whether a character can be printed as it is: it neither controls a terminal nor changes the
/// direction of text.
pub(crate) fn is_printable(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { error } => write!(f, "the file cannot be read: {error}"),
            Self::Extension { extension } => {
                write!(f, "no format has the extension `{}`", Shown(extension))
            }
            Self::NotUnicode => f.write_str("the file is not UTF-8"),
            Self::Syntax { message } => f.write_str(message),
            Self::Inconsistent => f.write_str("the file cannot be read, for an unknown reason"),
            Self::Empty => f.write_str("the file is empty"),
            Self::SecondDocument => f.write_str("a second document begins; a file has one"),
            Self::TooMuch { what, limit } => write!(f, "more than {limit} {what}"),
            Self::KeyNotText => f.write_str("a key must be text"),
            Self::MergeKey => f.write_str("YAML 1.2 has no merge keys"),
            Self::OpenAlias => f.write_str("the alias is part of the value that it refers to"),
            Self::Tag { tag } => write!(f, "the tag `{}` does not fit", Shown(tag)),
            Self::DuplicateKey { key, first_line } => {
                write!(f, "duplicate key `{}`, first in line {first_line}", Shown(key))
            }
            Self::Reference(problem) => problem.fmt(f),
            Self::UnknownKey { key, .. } => write!(f, "unknown key `{}`", Shown(key)),
            Self::MissingKey { key, .. } => write!(f, "the key `{key}` is missing"),
            Self::OneKey { found, .. } if found.is_empty() => f.write_str("one key is missing"),
            Self::OneKey { found, .. } => {
                write!(f, "{} keys, where exactly one is allowed", found.len())
            }
            Self::Null { expected } => write!(f, "expected {expected}, found null"),
            Self::WrongType { expected, found, .. } => {
                write!(f, "expected {expected}, found {found}")
            }
            Self::OutOfRange { value: Some(value), allowed } => {
                write!(f, "{} is out of range: expected {allowed}", Shown(value))
            }
            Self::OutOfRange { value: None, allowed } => {
                write!(f, "the value is out of range: expected {allowed}")
            }
            Self::TooFewItems { least: 1 } => f.write_str("the list is empty"),
            Self::TooFewItems { least } => write!(f, "the list has less than {least} items"),
            Self::UnknownName { name: Some(name), .. } => {
                write!(f, "unknown value `{}`", Shown(name))
            }
            Self::UnknownName { name: None, .. } => f.write_str("unknown value"),
            Self::RelativePath => f.write_str("the path of the file is not absolute"),
            Self::Alone { key, other } => write!(f, "`{key}` needs `{other}` beside it"),
            Self::NoVersion => f.write_str("`file_format` is not a version"),
            Self::MajorVersion { version } => {
                write!(f, "version {} of the schema is not supported", Shown(version))
            }
            Self::NewerVersion { version } => {
                write!(f, "version {} of the schema is newer than 1.2", Shown(version))
            }
            Self::Deprecated { key } => write!(f, "`{key}` is deprecated"),
            Self::Unsupported { message } => f.write_str(message),
        }
    }
}

impl ProblemKind {
    /// Returns how to correct it, as the lines below the mark.
    fn help(&self) -> Vec<String> {
        let list = |what: &str, known: &[&'static str]| format!("{what}: {}", Names(known));
        match self {
            Self::Extension { .. } => vec!["known: yaml, yml, json, toml".to_owned()],
            Self::MergeKey => {
                vec!["write out the keys, or use an alias for a whole value".to_owned()]
            }
            Self::Tag { .. } => {
                vec!["known: !!str, !!bool, !!int, !!float, !!null, !!seq, !!map".to_owned()]
            }
            Self::Reference(ReferenceProblem::Prefix { .. }) => vec!["known: env".to_owned()],
            Self::Reference(ReferenceProblem::Name { .. }) => {
                vec![
                    "write ${NAME}, ${env:NAME} or ${NAME:-default}, and $$ for a dollar"
                        .to_owned(),
                ]
            }
            Self::UnknownKey { known, .. } if !known.is_empty() => vec![list("known keys", known)],
            Self::MissingKey { docs, .. } => vec![docs.trim().to_owned()],
            Self::OneKey { known, .. } => vec![list("known keys", known)],
            Self::WrongType { help: Some(help), .. } => vec![help.clone()],
            Self::UnknownName { known, .. } => vec![list("known values", known)],
            Self::NoVersion => vec!["write a version in quotes, such as \"1.2\"".to_owned()],
            Self::MajorVersion { .. } => vec!["supported: 1.0 to 1.2".to_owned()],
            Self::NewerVersion { .. } => {
                vec!["new keys of that version are not understood".to_owned()]
            }
            _ => vec![],
        }
    }

    /// Returns what stands beside the mark.
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { nearest: Some(nearest), .. } => {
                Some(format!("did you mean `{nearest}`?"))
            }
            Self::UnknownName { nearest: Some(nearest), .. } => {
                Some(format!("did you mean `{nearest}`?"))
            }
            _ => None,
        }
    }
}

impl fmt::Display for ReferenceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix { prefix } => {
                write!(f, "`{}:` is no source of values", Shown(prefix))
            }
            Self::Name { name } => {
                write!(f, "`{}` is not the name of a variable", Shown(name))
            }
            Self::Default { name } => {
                write!(f, "the default of {name} has a control character")
            }
            Self::NotUnicode { name } => write!(f, "the variable {name} is not Unicode"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Found { at, kind, variables, path } = &self.found;
        write!(f, "{}", Shown(&self.file))?;
        if at.line() > 0 {
            write!(f, ":{}:{}", at.line(), at.column())?;
        }
        write!(f, ": {kind}")?;
        if !path.is_empty() {
            write!(f, " (in {})", Path(path))?;
        }
        let number = at.line().to_string();
        let margin = " ".repeat(number.len());
        if let Some(Excerpt { line, indent, width }) = &self.excerpt {
            let mark = format!("{}{}", " ".repeat(*indent), "^".repeat(*width));
            write!(f, "\n {number} | {line}\n {margin} | {mark}")?;
            if let Some(hint) = kind.hint() {
                write!(f, " {hint}")?;
            }
        } else if let Some(hint) = kind.hint() {
            write!(f, "\n {margin} = {hint}")?;
        }
        if let [first, others @ ..] = variables.as_slice() {
            write!(f, "\n {margin} = the value comes from {first}")?;
            others.iter().try_for_each(|other| write!(f, " and {other}"))?;
        }
        kind.help().iter().try_for_each(|help| write!(f, "\n {margin} = {help}"))
    }
}

/// All that is wrong with a configuration.
#[derive(Clone, Debug)]
pub struct ConfigError {
    pub(crate) problems: Vec<Problem>,
}

impl ConfigError {
    /// Returns the first 100 problems in the order of the file; there is at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            let separator = if number > 0 { "\n\n" } else { "" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
