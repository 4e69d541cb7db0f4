//! Where orders are: a DynamoDB table, or the samples inside the binary.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};

const SAMPLES: &str = include_str!("orders.json");

/// The orders.
#[derive(Debug)]
pub enum Orders {
    /// Samples, for a first run without a table.
    Samples,
    /// A table whose key is `order_id`, a string.
    Table(Client, String),
}

impl Orders {
    /// The table `name`, or the samples.
    pub fn new(config: &SdkConfig, name: Option<String>) -> Self {
        name.map_or(Self::Samples, |name| Self::Table(Client::new(config), name))
    }

    /// One order; none if there is no such order.
    ///
    /// # Errors
    /// Where the table cannot be read. Why is in the log.
    pub async fn get(&self, id: &str) -> Result<Option<Value>, ()> {
        match self {
            Self::Samples => {
                let samples: Vec<Value> = serde_json::from_str(SAMPLES).map_err(drop)?;
                Ok(samples.into_iter().find(|order| order["order_id"] == id))
            }
            Self::Table(client, name) => {
                let key = AttributeValue::S(id.to_owned());
                let output = client.get_item().table_name(name).key("order_id", key).send().await.map_err(|error| {
                    tracing::error!(table = name, cause = %DisplayErrorContext(&error), "the orders cannot be read");
                })?;
                let members = output.item.map(|item| item.into_iter().map(|(name, value)| (name, json(value))));
                // Sorted, so that the same order is the same text to the model.
                Ok(members.map(|members| Value::Object(Map::from_iter(members))))
            }
        }
    }
}

/// An attribute as the model reads it; numbers keep their spelling as text.
fn json(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => Value::from(text),
        AttributeValue::Bool(value) => Value::from(value),
        AttributeValue::L(items) => items.into_iter().map(json).collect(),
        AttributeValue::M(members) => members.into_iter().map(|(name, value)| (name, json(value))).collect(),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => Value::from(texts),
        // Bytes are nothing a model reads.
        _ => Value::Null,
    }
}
