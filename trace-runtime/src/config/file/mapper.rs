//! Collects what of a configuration cannot be honoured, and what is wrong with it.

use std::cell::RefCell;
use std::ffi::OsString;
use trace_config::model::Place;
use trace_config::{Loaded, Problem};

/// A configuration on its way to settings.
pub(super) struct Mapper<'a> {
    loaded: &'a Loaded,
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    warnings: RefCell<Vec<Problem>>,
    errors: RefCell<Vec<Problem>>,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(loaded: &'a Loaded, lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { loaded, lookup, warnings: RefCell::default(), errors: RefCell::default() }
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
