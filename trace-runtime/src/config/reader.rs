//! Reads environment variables as typed values
//! ([rules](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)):
//! empty means unset; what the specification says must be ignored with a warning is collected as
//! such; all else that is wrong is an error.

use super::error::InitError;
use super::secrets::shown;
use std::cell::RefCell;
use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A source of environment variables; the process's own, or a closure in tests.
pub(crate) struct Env<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    warnings: RefCell<Vec<String>>,
}

/// A variable that is set, and which one it was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variable<'n> {
    pub(crate) name: &'n str,
    pub(crate) value: String,
}

impl Variable<'_> {
    pub(crate) fn bad(&self, allowed: impl Into<String>) -> InitError {
        InitError::BadVariable {
            variable: self.name.to_owned(),
            value: shown(self.name, &self.value),
            allowed: allowed.into(),
        }
    }
}

impl<'a> Env<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { lookup, warnings: RefCell::default() }
    }

    /// What is to be said once about values that are ignored.
    pub(crate) fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }

    /// Says it once, for a variable that is general is read for each signal.
    pub(crate) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// The first of `names` that is set and not empty.
    pub(crate) fn first<'n>(&self, names: &[&'n str]) -> Result<Option<Variable<'n>>, InitError> {
        for &name in names {
            let Some(value) = (self.lookup)(name) else { continue };
            let value = value.into_string().map_err(|value| InitError::BadVariable {
                variable: name.to_owned(),
                value: shown(name, &value.to_string_lossy()),
                allowed: "text in UTF-8".to_owned(),
            })?;
            let value = value.trim();
            if !value.is_empty() {
                return Ok(Some(Variable { name, value: value.to_owned() }));
            }
        }
        Ok(None)
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, InitError> {
        Ok(self.first(&[name])?.map(|variable| variable.value))
    }

    pub(crate) fn number(
        &self,
        names: &[&str],
        allowed: RangeInclusive<u64>,
    ) -> Result<Option<u64>, InitError> {
        let Some(variable) = self.first(names)? else { return Ok(None) };
        match variable.value.parse::<u64>() {
            Ok(number) if allowed.contains(&number) => Ok(Some(number)),
            _ => Err(variable.bad(match *allowed.end() {
                u64::MAX => format!("a whole number from {} on", allowed.start()),
                end => format!("a whole number from {} to {end}", allowed.start()),
            })),
        }
    }

    /// Milliseconds; 0 means no limit.
    pub(crate) fn timeout(&self, names: &[&str]) -> Result<Option<Duration>, InitError> {
        let Some(variable) = self.first(names)? else { return Ok(None) };
        match variable.value.parse::<u64>() {
            Ok(0) => Ok(Some(Duration::MAX)),
            Ok(ms) => Ok(Some(Duration::from_millis(ms))),
            Err(_) => Err(variable.bad("a whole number of milliseconds, 0 for no limit")),
        }
    }

    /// `true`, or anything else for false; what is neither `true` nor `false` is warned about.
    pub(crate) fn flag(&self, names: &[&str]) -> Result<bool, InitError> {
        let Some(variable) = self.first(names)? else { return Ok(false) };
        let value = variable.value.to_ascii_lowercase();
        if value != "true" && value != "false" {
            self.warn_ignored(&variable, &variable.value, "true or false", "taken as false");
        }
        Ok(value == "true")
    }

    /// One of a set of words, in any case; an unknown word is ignored with a warning.
    pub(crate) fn choice<T: Clone>(
        &self,
        names: &[&str],
        choices: &[(&str, T)],
    ) -> Result<Option<T>, InitError> {
        let Some(variable) = self.first(names)? else { return Ok(None) };
        Ok(self.choose(&variable, &variable.value, choices))
    }

    /// Several words of a set, separated by commas.
    pub(crate) fn choices<T: Clone>(
        &self,
        name: &str,
        choices: &[(&str, T)],
    ) -> Result<Option<Vec<T>>, InitError> {
        let Some(variable) = self.first(&[name])? else { return Ok(None) };
        let words = variable.value.split(',').map(str::trim).filter(|word| !word.is_empty());
        let known: Vec<T> =
            words.filter_map(|word| self.choose(&variable, word, choices)).collect();
        Ok(Some(known).filter(|known| !known.is_empty()))
    }

    fn choose<T: Clone>(
        &self,
        variable: &Variable<'_>,
        word: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let found = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        if found.is_none() {
            let allowed: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            self.warn_ignored(variable, word, &allowed.join(", "), "ignored");
        }
        found.map(|(_, value)| value.clone())
    }

    pub(crate) fn warn_ignored(
        &self,
        variable: &Variable<'_>,
        value: &str,
        allowed: &str,
        consequence: &str,
    ) {
        self.warn(format!("{} is `{value}`: {consequence}; allowed: {allowed}", variable.name));
    }
}

/// Undoes percent-encoding; `None` when it is broken or the result is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let [high, low, after @ ..] = rest else { return None };
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push((digit(*high)? << 4 | digit(*low)?) as u8);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// `key=value` pairs separated by commas, values percent-encoded: the format of resource
/// attributes and OTLP headers. The error is the broken pair's key.
pub(crate) fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (key, value) = member.split_once('=').ok_or_else(|| member.to_owned())?;
            let broken = || key.trim().to_owned();
            let decoded = percent_decode(key.trim()).zip(percent_decode(value.trim()));
            decoded.filter(|(key, _)| !key.is_empty()).ok_or_else(broken)
        })
        .collect()
}
