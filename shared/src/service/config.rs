//! Configuration: the environment, read once at start, every value checked with one line an error.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crate::model::id::ModelId;

mod access;

pub use access::access;

/// The environment's variables as they were at start. An empty value counts as absent.
#[derive(Clone)]
pub struct Env(HashMap<String, String>);

impl Env {
    /// Reads the process's environment. The only place that does.
    pub fn from_process() -> Self {
        let utf8 = |(key, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((key.into_string().ok()?, value.to_string_lossy().into_owned()))
        };
        Self::from_iter(std::env::vars_os().filter_map(utf8))
    }

    /// A variable's value, if it is set and not empty.
    pub fn get(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A model identifier.
    ///
    /// # Errors
    /// Where the value has no form of a model identifier.
    pub fn model_id(&self, name: &'static str) -> Result<Option<ModelId>, ConfigError> {
        self.get(name).map(|value| self.one_model(name, value, value)).transpose()
    }

    /// Model identifiers, separated by commas; none if the variable is absent.
    ///
    /// # Errors
    /// Where one of them has no form of a model identifier.
    pub fn model_ids(&self, name: &'static str) -> Result<Vec<ModelId>, ConfigError> {
        let Some(list) = self.get(name) else { return Ok(Vec::new()) };
        list.split(',').map(|value| self.one_model(name, value.trim(), list)).collect()
    }

    /// The model `value`, which stands in `found`. A profile of another geography than the function's region would be
    /// rejected at every call.
    fn one_model(&self, name: &'static str, value: &str, found: &str) -> Result<ModelId, ConfigError> {
        let model_id =
            ModelId::parse(value).map_err(|expected| ConfigError::new(name, expected.to_string(), Some(found)))?;
        match (self.get("AWS_REGION"), model_id.geography()) {
            (Some(region), Some(geography)) if !geography.serves(region) => {
                let expected = format!("a model or an inference profile that can be called from {region}");
                Err(ConfigError::new(name, expected, Some(found)))
            }
            _ => Ok(model_id),
        }
    }

    /// A value that must be there.
    ///
    /// # Errors
    /// Where `value` is `None`.
    pub fn required<T>(name: &'static str, expected: &str, value: Option<T>) -> Result<T, ConfigError> {
        value.ok_or_else(|| ConfigError::new(name, expected.to_owned(), None))
    }

    /// A whole number from 1 to `max`, or `default` if the variable is absent.
    ///
    /// # Errors
    /// Where the value is no such number.
    pub fn number(&self, name: &'static str, default: u32, max: u32) -> Result<u32, ConfigError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        match u32::from_str(value) {
            Ok(number) if (1..=max).contains(&number) => Ok(number),
            _ => Err(ConfigError::new(name, format!("a whole number from 1 to {max}"), Some(value))),
        }
    }

    /// A value that `valid` accepts.
    ///
    /// # Errors
    /// Where it does not: `expected` says what it would have accepted.
    pub fn checked(
        &self,
        name: &'static str,
        expected: &str,
        valid: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, ConfigError> {
        match self.get(name) {
            Some(value) if !valid(value) => Err(ConfigError::new(name, expected.to_owned(), Some(value))),
            value => Ok(value.map(str::to_owned)),
        }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(vars: I) -> Self {
        Self(vars.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Env({} variables)", self.0.len())
    }
}

/// A variable that is missing or wrong. `Display` is one line that names it, what was expected and what was
/// found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    name: &'static str,
    expected: String,
    found: Option<String>,
}

impl ConfigError {
    /// An error of the variable `name`; `found` is none if it is not set.
    pub fn new(name: &'static str, expected: String, found: Option<&str>) -> Self {
        Self { name, expected, found: found.map(|value| value.chars().take(200).collect()) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, found ", self.name, self.expected)?;
        match &self.found {
            Some(found) => write!(f, "{found:?}"),
            None => f.write_str("nothing"),
        }
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_is_one_line_with_name_expectation_and_finding() {
        let env = Env::from_iter([("A_MODEL", "not a model\nid"), ("A_NUMBER", "-3"), ("EMPTY", "")]);
        let lines = [
            env.model_id("A_MODEL").map(drop).map_err(|e| e.to_string()),
            env.number("A_NUMBER", 1, 10).map(drop).map_err(|e| e.to_string()),
            Env::required("EMPTY", "a text", env.get("EMPTY")).map(drop).map_err(|e| e.to_string()),
        ];
        assert_eq!(
            lines,
            [
                Err(r#"A_MODEL: expected a Bedrock model id, inference profile id or ARN, found "not a model\nid""#
                    .to_owned()),
                Err(r#"A_NUMBER: expected a whole number from 1 to 10, found "-3""#.to_owned()),
                Err("EMPTY: expected a text, found nothing".to_owned()),
            ]
        );
    }

    #[test]
    fn a_profile_of_another_geography_than_the_functions_region_is_refused() {
        let read = |region: &str, id: &str| {
            let env = Env::from_iter([("AWS_REGION", region), ("M", id)]);
            env.model_id("M").and(env.model_ids("M").map(drop)).map_err(|error| error.to_string())
        };
        assert_eq!(read("eu-west-1", "eu.amazon.nova-pro-v1:0"), Ok(()));
        assert_eq!(read("eu-west-1", "amazon.nova-pro-v1:0"), Ok(()));
        assert_eq!(read("eu-west-1", "global.amazon.nova-2-lite-v1:0"), Ok(()));
        assert_eq!(
            read("eu-west-1", "us.amazon.nova-pro-v1:0"),
            Err(r#"M: expected a model or an inference profile that can be called from eu-west-1, found "us.amazon.nova-pro-v1:0""#.into())
        );
    }

    #[test]
    fn an_absent_number_is_its_default() {
        assert_eq!(Env::from_iter([("X", "")]).number("X", 7, 10), Ok(7));
    }
}
