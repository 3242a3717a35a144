//! Collects what of a configuration cannot be honoured, and what is wrong with it.

use crate::error::InitError;
use crate::plugin::{Kind, Plugins, Used};
use std::cell::RefCell;
use std::ffi::OsString;
use std::sync::Arc;
use trace_config::model::{Extension, Place};
use trace_config::{Loaded, Problem};

/// A configuration on its way to settings.
pub(super) struct Mapper<'a> {
    loaded: &'a Arc<Loaded>,
    plugins: &'a Plugins,
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    warnings: RefCell<Vec<Problem>>,
    errors: RefCell<Vec<Problem>>,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(
        loaded: &'a Arc<Loaded>,
        plugins: &'a Plugins,
        lookup: &'a dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        Self { loaded, plugins, lookup, warnings: RefCell::default(), errors: RefCell::default() }
    }

    /// Returns the plug-in that a section names; notes it as wrong if there is none.
    pub(super) fn plugin(&self, kind: Kind, section: &Extension) -> Option<Used> {
        let plugin = self.plugins.find(kind, &section.name);
        if plugin.is_none() {
            self.unknown(kind, section);
        }
        Some(Used::new(plugin?.clone(), section.clone(), self.loaded.clone()))
    }

    /// Notes that there is no such component.
    pub(super) fn unknown(&self, kind: Kind, section: &Extension) {
        self.refused(section.at, None, self.plugins.unknown(kind, &section.name));
    }

    /// Returns what a plug-in has made; notes as wrong what it could not make.
    pub(super) fn made<T>(&self, made: Result<T, InitError>) -> Option<T> {
        let error = match made {
            Ok(made) => return Some(made),
            Err(error) => error,
        };
        if let InitError::Configuration(error) = error {
            self.errors.borrow_mut().extend(error.problems().iter().cloned());
        }
        None
    }

    /// Notes that a value, or that of a key in it, has no effect.
    pub(super) fn unsupported(&self, at: Place, key: Option<&str>, message: impl Into<String>) {
        self.warnings.borrow_mut().push(self.loaded.unsupported(at, key, message));
    }

    /// Notes that a value, or that of a key in it, is invalid.
    pub(super) fn refused(&self, at: Place, key: Option<&str>, message: impl Into<String>) {
        self.errors.borrow_mut().push(self.loaded.unsupported(at, key, message));
    }

    /// Returns the file and the line of a section.
    pub(super) fn place(&self, at: Place) -> String {
        let found = self.loaded.unsupported(at, None, "");
        format!("{}, line {}", found.file(), found.place().line())
    }

    /// Returns a variable that a component reads; those of the file are substituted before.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.lookup)(name)?.into_string().ok().filter(|value| !value.is_empty())
    }

    /// Returns the warnings.
    ///
    /// # Errors
    /// The errors, if there are any.
    pub(super) fn finish(self) -> Result<Vec<Problem>, Vec<Problem>> {
        let errors = self.errors.into_inner();
        if errors.is_empty() { Ok(self.warnings.into_inner()) } else { Err(errors) }
    }
}

/// Returns a number of the file within the range of the type that uses it.
pub(super) fn number<T: TryFrom<u64> + Bounded>(value: u64) -> T {
    T::try_from(value).unwrap_or(T::MOST)
}

/// A type of numbers with a maximum.
pub(super) trait Bounded {
    const MOST: Self;
}

impl Bounded for u32 {
    const MOST: Self = Self::MAX;
}

impl Bounded for usize {
    const MOST: Self = Self::MAX;
}
