//! Finds the configuration, and keeps where it came from.

use super::mapper::Mapper;
use super::roots::FileSampler;
use super::whole;
use crate::config::command_line::CommandLine;
use crate::config::settings::Settings;
use crate::error::{ConfigurationError, InitError};
use crate::plugin::Plugins;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hasher};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use trace_config::{Format, Loaded, Problem, Reader, Section};

/// Where a configuration is.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    File(PathBuf),
    /// A part of the program's own configuration.
    Section(Section),
}

/// What a configuration sets.
pub(crate) struct FromFile {
    pub(crate) settings: Settings,
    /// That of the settings, and what made it.
    pub(crate) sampler: FileSampler,
    /// The model, and the places of its parts.
    pub(crate) loaded: Arc<Loaded>,
    /// What has no effect: one line each.
    pub(crate) warnings: Vec<String>,
    /// The name of the file.
    pub(crate) name: String,
    /// The hash of the text; that of a section is always the same.
    pub(crate) hash: String,
}

impl FromFile {
    /// Lets the command line take precedence. Variables do not count where there is a file.
    pub(crate) fn adjust(&mut self, command_line: &CommandLine) -> Result<(), InitError> {
        command_line.adjust(&mut self.settings, &|_| None)
    }
}

/// Reads a configuration, with the variables that `lookup` returns, and with these plug-ins.
pub(crate) fn read(
    source: &Source,
    plugins: &Plugins,
    lookup: &dyn Fn(&str) -> Option<OsString>,
) -> Result<FromFile, InitError> {
    load(source, plugins, lookup, None)
}

/// Reads a configuration again. Its sampler is that of the version before where the same sections make it.
pub(crate) fn read_again(
    source: &Source,
    plugins: &Plugins,
    lookup: &dyn Fn(&str) -> Option<OsString>,
    before: &FileSampler,
) -> Result<FromFile, InitError> {
    load(source, plugins, lookup, Some(before))
}

fn load(
    source: &Source,
    plugins: &Plugins,
    lookup: &dyn Fn(&str) -> Option<OsString>,
    before: Option<&FileSampler>,
) -> Result<FromFile, InitError> {
    plugins.check()?;
    let mut reader = Reader::new().with_variables(lookup);
    for plugin in plugins.iter() {
        reader = reader.with_plugin(plugin.kind().schema(), plugin.name());
    }
    let (name, hash, loaded) = match source {
        Source::File(path) => {
            let name = path.display().to_string();
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            let (hash, loaded) = match (text(path), Format::of_extension(&extension)) {
                (Some(text), Some(format)) => (hash(&text), reader.read_text(&name, &text, format)),
                // It reports what is wrong with the file.
                _ => (String::new(), reader.read_file(path)),
            };
            (name, hash, loaded)
        }
        Source::Section(section) => {
            ("telemetry".to_owned(), hash(""), reader.read_section("telemetry", section))
        }
    };
    let loaded = loaded.map_err(|error| refused(error.problems().to_vec()))?;
    let loaded = Arc::new(loaded);
    let mapper = Mapper::new(&loaded, plugins, lookup);
    let mut settings = whole::settings(&mapper, &loaded.configuration);
    let sampler = FileSampler::of(&mapper, &loaded.configuration, &settings, before);
    settings.sampler.clone_from(&sampler.sampler);
    let mut warnings = mapper.finish().map_err(refused)?;
    warnings.extend(loaded.warnings.iter().cloned());
    in_order(&mut warnings);
    let warnings = warnings.iter().map(line).collect();
    Ok(FromFile { settings, sampler, loaded, warnings, name, hash })
}

fn refused(mut problems: Vec<Problem>) -> InitError {
    in_order(&mut problems);
    InitError::Configuration(ConfigurationError::new(problems))
}

/// Sorts problems as they stand in the file.
fn in_order(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| (problem.place().line(), problem.place().column()));
}

/// Returns a problem as one line, without its excerpt.
pub(crate) fn line(problem: &Problem) -> String {
    let at = problem.place();
    let place = match at.line() {
        0 => String::new(),
        line => format!(":{line}:{}", at.column()),
    };
    let within = match problem.path() {
        "" => String::new(),
        path => format!(" (in {path})"),
    };
    format!("{}{place}: {}{within}", problem.file(), problem.kind())
}

/// Returns the text of a file of a size that may be read; `None` otherwise.
fn text(path: &PathBuf) -> Option<String> {
    /// More than the reader accepts.
    const MOST: u64 = 64 << 20;
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

fn hash(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish())
}
