//! Defines what a plug-in gets of the file, and how it reports what is wrong with it.

use std::fmt;
use trace_config::DeserializeError;
use trace_config::model::{Extension, Node, Place};

/// The properties with which a file names a plug-in.
#[derive(Clone, Copy, Debug)]
pub struct Properties<'a> {
    section: &'a Extension,
}

impl<'a> Properties<'a> {
    pub(super) fn new(section: &'a Extension) -> Self {
        Self { section }
    }

    /// Returns the name of the plug-in.
    pub fn name(&self) -> &'a str {
        &self.section.name
    }

    /// Returns the properties as they are in the file, with the place of each; null if there are none. Variables are
    /// substituted.
    ///
    /// [`Node::deserialize`] reads them into a type of the program.
    pub fn node(&self) -> &'a Node {
        &self.section.properties
    }

    /// Returns an error at the place of a property, or of the plug-in if it is not set.
    pub fn error(&self, property: &str, message: impl fmt::Display) -> PluginError {
        let place = self.node().get(property).map_or(self.section.at, Node::place);
        PluginError::at(place, message)
    }
}

/// The reason why a plug-in cannot be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginError {
    at: Option<Place>,
    message: String,
}

impl PluginError {
    /// Returns an error about all properties.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { at: None, message: message.to_string() }
    }

    /// Returns an error about the value at this place, such as [`Node::place`]. The message must contain no secret.
    pub fn at(place: Place, message: impl fmt::Display) -> Self {
        Self { at: Some(place), message: message.to_string() }
    }

    /// Returns the place; `None` for that of the plug-in.
    pub(super) fn place(&self) -> Option<Place> {
        self.at.filter(|at| at.line() > 0)
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PluginError {}

impl From<DeserializeError> for PluginError {
    fn from(error: DeserializeError) -> Self {
        Self::at(error.place(), error)
    }
}
