//! Reads environment variables as typed values
//! ([rules](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/)):
//! empty means unset; bad numbers and words are ignored with a warning, as if they were
//! unset; any other bad value is an error.

use crate::context::is_token;
use crate::error::InitError;
use crate::escape;
use crate::export::endpoint::percent_decode;
use crate::export::secrets::shown;
use std::cell::RefCell;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A source of environment variables; the process's own, or a closure in tests.
pub(crate) struct Env<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    warnings: RefCell<Vec<String>>,
}

/// A variable that is set, with its name.
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

    /// Returns the warnings about ignored values.
    pub(crate) fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }

    /// Warns once: general variables are read for each signal.
    pub(crate) fn warn(&self, warning: String) {
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Returns the first of `names` that is set and not empty.
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

    /// Returns the value of the first of `names` that `parse` accepts; else `default`. Warns about a
    /// refused value, and names the one used in its place.
    pub(crate) fn parsed<T>(
        &self,
        names: &[&str],
        allowed: &str,
        default: T,
        parse: impl Fn(&str) -> Option<T>,
        show: impl Fn(&T) -> String,
    ) -> T {
        let mut found = None;
        let mut refused = Vec::new();
        for &name in names {
            let value = (self.lookup)(name).unwrap_or_default();
            let value = value.to_string_lossy();
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            found = parse(value);
            if found.is_some() {
                break;
            }
            refused.push((name, escape::line(shown(name, value)).cut(256).to_string()));
        }
        let used = found.unwrap_or(default);
        for (name, value) in refused {
            let used = show(&used);
            self.warn(format!("{name} is `{value}`: ignored, {used} is used; allowed: {allowed}"));
        }
        used
    }

    /// Reads a whole number of this range.
    pub(crate) fn number<T: TryFrom<u64> + Display>(
        &self,
        names: &[&str],
        range: RangeInclusive<u64>,
        default: T,
    ) -> T {
        let allowed = match *range.end() {
            u64::MAX => format!("a whole number from {} on", range.start()),
            end => format!("a whole number from {} to {end}", range.start()),
        };
        let parse = |value: &str| {
            let number = value.parse().ok().filter(|number| range.contains(number))?;
            T::try_from(number).ok()
        };
        self.parsed(names, &allowed, default, parse, T::to_string)
    }

    /// Reads a limit on a number of items. A value beyond the type's range is as good as no limit.
    pub(crate) fn limit(&self, names: &[&str], default: Option<u32>) -> Option<u32> {
        let parse = |value: &str| {
            let number = value.parse::<u64>().ok()?;
            Some(Some(u32::try_from(number).unwrap_or(u32::MAX)))
        };
        let show = |limit: &Option<u32>| match limit {
            Some(limit) => limit.to_string(),
            None => "no limit".to_owned(),
        };
        self.parsed(names, "a whole number from 0 on", default, parse, show)
    }

    /// Reads milliseconds.
    pub(crate) fn duration(
        &self,
        names: &[&str],
        range: RangeInclusive<u64>,
        default: Duration,
    ) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.number(names, range, default))
    }

    /// Reads milliseconds; 0 means no limit.
    pub(crate) fn timeout(&self, names: &[&str], default: Duration) -> Duration {
        let parse = |value: &str| match value.parse::<u64>().ok()? {
            0 => Some(Duration::MAX),
            ms => Some(Duration::from_millis(ms)),
        };
        let allowed = "a whole number of milliseconds, 0 for no limit";
        let show = |timeout: &Duration| match *timeout {
            Duration::MAX => "no limit".to_owned(),
            timeout => format!("{} ms", timeout.as_millis()),
        };
        self.parsed(names, allowed, default, parse, show)
    }

    /// Reads a number from 0 to 1.
    pub(crate) fn ratio(&self, names: &[&str], default: f64) -> f64 {
        let parse = |value: &str| value.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        self.parsed(names, "a number from 0 to 1", default, parse, f64::to_string)
    }

    /// Reads `true`, or anything else as false; warns about values that are neither `true` nor `false`.
    pub(crate) fn flag(&self, names: &[&str]) -> bool {
        self.flag_or(names, false)
    }

    /// Reads a flag; `default` where it is unset.
    pub(crate) fn flag_or(&self, names: &[&str], default: bool) -> bool {
        // A value for one signal takes precedence, whether true or false.
        let Some((name, value)) = names.iter().find_map(|name| {
            let value = (self.lookup)(name)?.to_string_lossy().trim().to_owned();
            (!value.is_empty()).then_some((name, value))
        }) else {
            return default;
        };
        let is_true = value.eq_ignore_ascii_case("true");
        if !is_true && !value.eq_ignore_ascii_case("false") {
            let value = escape::line(value).cut(256);
            self.warn(format!("{name} is `{value}`: taken as false; allowed: true or false"));
        }
        is_true
    }

    /// Reads one of a set of words, in any case; ignores an unknown word with a warning.
    pub(crate) fn choice<T: Clone>(&self, names: &[&str], choices: &[(&str, T)]) -> Option<T> {
        names.iter().find_map(|name| {
            let value = (self.lookup)(name)?;
            let value = value.to_string_lossy();
            let value = value.trim();
            if value.is_empty() { None } else { self.choose(name, value, choices) }
        })
    }

    /// Reads several words of a set, separated by commas.
    pub(crate) fn choices<T: Clone>(&self, name: &str, choices: &[(&str, T)]) -> Option<Vec<T>> {
        let value = (self.lookup)(name)?;
        let value = value.to_string_lossy();
        let words = value.split(',').map(str::trim).filter(|word| !word.is_empty());
        let known: Vec<T> = words.filter_map(|word| self.choose(name, word, choices)).collect();
        Some(known).filter(|known| !known.is_empty())
    }

    fn choose<T: Clone>(&self, name: &str, word: &str, choices: &[(&str, T)]) -> Option<T> {
        let found = choices.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        if found.is_none() {
            let known: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
            let hint = match nearest(word, &known) {
                Some(meant) => format!(" did you mean `{meant}`?"),
                None => String::new(),
            };
            let (word, known) = (escape::line(word).cut(256), known.join(", "));
            self.warn(format!("{name} is `{word}`: ignored;{hint} allowed: {known}"));
        }
        found.map(|(_, value)| value.clone())
    }
}

/// Returns the word that was probably meant.
fn nearest<'w>(written: &str, known: &[&'w str]) -> Option<&'w str> {
    let letters = |word: &str| word.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    let written = letters(written);
    let limit = (written.chars().count() / 3).max(1);
    let distance = |word: &&str| strsim::osa_distance(&written, &letters(word));
    known.iter().copied().filter(|word| distance(word) <= limit).min_by_key(distance)
}

/// Returns the members of a list `key=value,key=value`; the error is a broken member's key.
fn members<'t>(
    text: &'t str,
    mut decode: impl FnMut(&'t str, &'t str) -> Option<(String, String)>,
) -> Result<Vec<(String, String)>, String> {
    let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (key, value) = member.split_once('=').ok_or_else(|| member.to_owned())?;
            decode(key.trim(), value.trim()).ok_or_else(|| key.trim().to_owned())
        })
        .collect()
}

/// Parses the attributes of a resource: keys and values may be percent-encoded.
pub(crate) fn attributes(text: &str) -> Result<Vec<(String, String)>, String> {
    members(text, |key, value| {
        let decoded = percent_decode(key).zip(percent_decode(value));
        decoded.filter(|(key, _)| !key.is_empty())
    })
}

/// Parses OTLP headers, in the format of W3C Baggage: values may be percent-encoded, while names are
/// literal HTTP tokens, in which `%` is an ordinary character.
pub(crate) fn headers(text: &str) -> Result<Vec<(String, String)>, String> {
    members(text, |name, value| {
        let value = percent_decode(value).filter(|_| is_token(name))?;
        Some((name.to_owned(), value))
    })
}
