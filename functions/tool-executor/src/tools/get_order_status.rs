//! `get_order_status`: where an order is.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Refusal;
use crate::Context;

/// What the model reads.
pub const DESCRIPTION: &str = "Looks up an order of the shop by its number: its status, items, carrier and expected \
    delivery. Call it whenever the user asks about an order; ask for the number if they have not given one.";

/// The input.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The order's number, digits only, such as `1001`.
    order_id: String,
}

/// Looks the order up.
///
/// # Errors
/// [`Refusal`] if the number is none, there is no such order, or the orders cannot be read.
pub async fn run(input: Input, context: &Context) -> Result<Value, Refusal> {
    let id = input.order_id.trim().trim_start_matches('#');
    if id.is_empty() || id.len() > 20 || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal(format!("{:?} is no order number: it has digits only.", input.order_id)));
    }
    match context.orders.get(id).await {
        Ok(Some(order)) => Ok(order),
        Ok(None) => Err(Refusal(format!("There is no order {id}. Ask the user to check the number."))),
        Err(()) => Err(Refusal("The orders cannot be read at the moment. Tell the user to try again later.".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn status(order_id: &str) -> Result<Value, Refusal> {
        run(Input { order_id: order_id.to_owned() }, &Context::for_tests()).await
    }

    #[tokio::test]
    async fn a_sample_order_is_found_with_and_without_a_hash() {
        for id in ["1001", "#1001", " 1001 "] {
            assert_eq!(status(id).await.unwrap()["order_id"], "1001");
        }
    }

    #[tokio::test]
    async fn an_unknown_order_and_a_wrong_number_are_told_apart() {
        assert!(status("4711").await.unwrap_err().0.starts_with("There is no order 4711."));
        assert!(status("my order").await.unwrap_err().0.contains("is no order number"));
    }
}
