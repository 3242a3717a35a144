//! Reads configurations: parses, checks, and builds the model.

use crate::check::{Checker, Plugins};
use crate::document::Document;
use crate::model::Configuration;
use crate::model::describe::Modelled;
use crate::node::{Node, Place};
use crate::parse::{self, Format, INPUT};
use crate::problem::{ConfigError, Found, Problem, ProblemKind};
use crate::substitute::Lookup;
use crate::write::{Purpose, yaml};
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Reads configurations.
///
/// ```
/// use trace_config::{Format, Reader};
///
/// let text = "
/// file_format: '1.2'
/// tracer_provider:
///   processors:
///     - simple: { exporter: { console: } }
/// ";
/// let loaded = Reader::new().read_text("otel.yaml", text, Format::Yaml)?;
/// assert_eq!(loaded.configuration.tracer_provider.unwrap().processors.len(), 1);
/// # Ok::<(), trace_config::ConfigError>(())
/// ```
#[must_use]
pub struct Reader<'a> {
    lookup: Box<Lookup<'a>>,
    plugins: Plugins,
}

impl Default for Reader<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("plugins", &self.plugins).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// Creates a reader that substitutes the variables of the process's environment.
    pub fn new() -> Self {
        Self { lookup: Box::new(|name| std::env::var_os(name)), plugins: Plugins::new() }
    }

    /// Takes the values of variables from a function.
    pub fn with_variables(mut self, lookup: impl Fn(&str) -> Option<OsString> + 'a) -> Self {
        self.lookup = Box::new(lookup);
        self
    }

    /// Makes a plug-in known: the type that it extends by its name in the schema, such as `SpanExporter`,
    /// and its name. Plug-ins that are not known are read too, unless their name looks like a misspelling
    /// of a component that the schema defines.
    pub fn with_plugin(mut self, extends: impl Into<String>, name: impl Into<String>) -> Self {
        self.plugins.insert((extends.into(), name.into()));
        self
    }

    /// Reads a file, whose extension is that of its format.
    ///
    /// # Errors
    ///
    /// Returns all problems of the file.
    pub fn read_file(&self, path: impl AsRef<Path>) -> Result<Loaded, ConfigError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let fail = |kind| Err(whole_file(&name, kind));
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let Some(format) = Format::of_extension(&extension) else {
            return fail(ProblemKind::Extension { extension: extension.into_owned() });
        };
        let mut bytes = Vec::new();
        // One byte more than is allowed shows that there are more.
        let read =
            File::open(path).and_then(|file| file.take(INPUT as u64 + 1).read_to_end(&mut bytes));
        if let Err(error) = read {
            return fail(ProblemKind::Unreadable { error: error.to_string() });
        }
        match str::from_utf8(&bytes) {
            Ok(text) => self.read_text(&name, text, format),
            Err(_) if bytes.len() > INPUT => fail(TOO_LARGE),
            Err(error) => {
                let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                let line = valid.matches('\n').count() + 1;
                let column = valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                let number = |value| u32::try_from(value).unwrap_or(u32::MAX);
                let at = Place::new(0, number(line), number(column), 1);
                let document = Document::new(&name, &String::from_utf8_lossy(&bytes), format, None);
                Err(ConfigError {
                    problems: vec![document.problem(found(at, ProblemKind::NotUnicode))],
                })
            }
        }
    }

    /// Reads a text. The name is that of its file, for messages.
    ///
    /// # Errors
    ///
    /// Returns all problems of the text.
    pub fn read_text(&self, name: &str, text: &str, format: Format) -> Result<Loaded, ConfigError> {
        if text.len() > INPUT {
            return Err(whole_file(name, TOO_LARGE));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.check(name, text, format, parse::parse(text, format, &*self.lookup))
    }

    /// Reads a section of a program's own configuration. The name is that of the section, for messages.
    ///
    /// # Errors
    ///
    /// Returns all problems of the section, with paths instead of lines.
    #[cfg(feature = "serde")]
    pub fn read_section(
        &self,
        name: &str,
        section: &crate::section::Section,
    ) -> Result<Loaded, ConfigError> {
        self.check(name, "", Format::Json, parse::substitute(&section.root, &*self.lookup))
    }

    /// Checks a tree, and builds the model.
    fn check(
        &self,
        name: &str,
        text: &str,
        format: Format,
        (root, mut errors): (Option<Node>, Vec<Found>),
    ) -> Result<Loaded, ConfigError> {
        let Some(mut root) = root else {
            let document = Document::new(name, text, format, None);
            if errors.is_empty() {
                errors.push(found(Place::default(), ProblemKind::Empty));
            }
            return Err(failed(&document, errors));
        };
        let mut checker = Checker::new(&self.plugins);
        checker.root(&mut root, Configuration::kind());
        errors.append(&mut checker.errors);
        let warnings = checker.warnings;
        let configuration = Configuration::read(&root);
        let document = Document::new(name, text, format, Some(root));
        match configuration {
            Some(configuration) if errors.is_empty() => {
                let warnings = sorted(&document, warnings);
                Ok(Loaded { configuration, warnings, document })
            }
            None if errors.is_empty() => Err(whole_file(name, ProblemKind::Inconsistent)),
            _ => Err(failed(&document, errors)),
        }
    }
}

/// The maximum number of problems that are shown.
const PROBLEMS: usize = 100;

const TOO_LARGE: ProblemKind = ProblemKind::TooMuch { what: "bytes", limit: INPUT };

fn found(at: Place, kind: ProblemKind) -> Found {
    Found { at, kind, variables: Vec::new(), path: String::new() }
}

/// Returns the error for a file that was not read at all.
fn whole_file(name: &str, kind: ProblemKind) -> ConfigError {
    let found = found(Place::default(), kind);
    ConfigError { problems: vec![Problem { file: name.to_owned(), found, excerpt: None }] }
}

fn failed(document: &Document, errors: Vec<Found>) -> ConfigError {
    ConfigError { problems: sorted(document, errors) }
}

/// Returns the first problems in the order of the file.
fn sorted(document: &Document, mut found: Vec<Found>) -> Vec<Problem> {
    found.sort_by_key(|found| (found.at.line(), found.at.column()));
    found.truncate(PROBLEMS);
    found.into_iter().map(|found| document.problem(found)).collect()
}

/// A configuration that was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Loaded {
    /// The model.
    pub configuration: Configuration,
    /// What is valid, but probably not meant.
    pub warnings: Vec<Problem>,
    document: Document,
}

impl Loaded {
    /// Returns what is in force as YAML, for people: with the defaults of all keys, and without secrets and
    /// values of variables.
    ///
    /// ```
    /// use trace_config::{Format, Reader};
    ///
    /// let text = "{ file_format: '1.2', attribute_limits: { attribute_count_limit: 7 } }";
    /// let shown = Reader::new().read_text("otel.yaml", text, Format::Yaml)?.in_force();
    /// assert!(shown.contains("attribute_count_limit: 7\n"));
    /// assert!(shown.contains("attribute_value_depth_limit: 64\n"));
    /// # Ok::<(), trace_config::ConfigError>(())
    /// ```
    pub fn in_force(&self) -> String {
        let root = self.document.root.as_ref();
        root.map_or_else(String::new, |root| yaml(root, Configuration::kind(), Purpose::Show))
    }

    /// Returns a problem of a value in the file: that the program cannot do what it asks for.
    ///
    /// The place is the field `at` of a struct of the model; with a key, the place of that key in it.
    ///
    /// ```
    /// use trace_config::{Format, Reader};
    ///
    /// let text = "file_format: '1.2'\nresource:\n  schema_url: https://example.com/1.0";
    /// let loaded = Reader::new().read_text("otel.yaml", text, Format::Yaml)?;
    /// let resource = loaded.configuration.resource.as_ref().unwrap();
    /// let warning = loaded.unsupported(resource.at, Some("schema_url"), "schema URLs are ignored");
    /// assert!(warning.to_string().starts_with("otel.yaml:3:3: schema URLs are ignored"));
    /// # Ok::<(), trace_config::ConfigError>(())
    /// ```
    pub fn unsupported(&self, at: Place, key: Option<&str>, message: impl Into<String>) -> Problem {
        let (at, path) = self.document.locate(at, key);
        let message = message.into();
        self.document.problem(Found { path, ..found(at, ProblemKind::Unsupported { message }) })
    }
}
