//! What the operator sets, from the environment.

use shared::service::config::{ConfigError, Env};

/// The function's settings.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The DynamoDB table of orders: `ORDERS_TABLE`. None: the sample orders inside the binary.
    pub orders_table: Option<String>,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// One line that names the variable that is wrong.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let expected = "a DynamoDB table's name of 3 to 255 letters, digits, -, _ or .";
        Ok(Self { orders_table: env.checked("ORDERS_TABLE", expected, is_table)? })
    }
}

/// Source: API reference of DynamoDB, `TableName`.
fn is_table(text: &str) -> bool {
    (3..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_table_is_named() {
        let read = |value: &str| Settings::from_env(&Env::from_iter([("ORDERS_TABLE", value)]));
        assert_eq!(read("orders").map(|s| s.orders_table), Ok(Some("orders".into())));
        assert_eq!(read("").map(|s| s.orders_table), Ok(None));
        let line = read("a table").unwrap_err().to_string();
        assert!(line.starts_with("ORDERS_TABLE: expected a DynamoDB table's name"), "{line}");
    }
}
