//! Writes configurations and schemas.

mod json;
mod schema;
mod yaml;

use crate::model::Configuration;
use crate::model::describe::Modelled;

pub use self::schema::{distribution_schema, schema};
pub(crate) use self::yaml::{Purpose, yaml};

impl Configuration {
    /// Returns the configuration as a YAML file, with the values of secrets.
    ///
    /// A secret from a variable ([`Secret::of_variable`](crate::model::Secret::of_variable)) is written as a reference to it.
    ///
    /// ```
    /// use trace_config::model::Configuration;
    /// use trace_config::model::common::SeverityNumber;
    ///
    /// let mut configuration = Configuration::new("1.2".to_owned());
    /// configuration.log_level = Some(SeverityNumber::Warn);
    /// assert_eq!(configuration.to_yaml(), "file_format: \"1.2\"\nlog_level: warn\n");
    /// ```
    pub fn to_yaml(&self) -> String {
        yaml(&self.write(), Self::kind(), Purpose::File)
    }

    /// Returns the configuration as a JSON file, with the values of secrets.
    pub fn to_json(&self) -> String {
        json::json_file(&self.write())
    }
}
