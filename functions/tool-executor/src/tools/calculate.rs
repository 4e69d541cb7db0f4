//! `calculate`: arithmetic, exactly.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use crate::Context;

/// What the model reads.
pub const DESCRIPTION: &str = "Evaluates an arithmetic expression exactly, without rounding errors: use it for every sum, \
    price, percentage or date difference instead of working it out yourself. Returns the result as text; a result that \
    is not exact begins with \"approx.\".";

/// Longest expression, in characters.
const EXPRESSION_LIMIT: usize = 500;
/// Longest work on an expression: `9^9^9` would take for ever.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// The input.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The expression, such as `19.99 * 3 * 1.19`, `sqrt(2)` or `15% of 80`. At most 500 characters.
    expression: String,
}

struct Until(Instant);

impl fend_core::Interrupt for Until {
    fn should_interrupt(&self) -> bool {
        Instant::now() >= self.0
    }
}

/// Evaluates the expression.
///
/// # Errors
/// [`Refusal`] if it is too long, takes too long or is no expression.
pub async fn run(input: Input, _: &Context) -> Result<Value, Refusal> {
    if input.expression.chars().count() > EXPRESSION_LIMIT {
        return Err(Refusal(format!("The expression is longer than {EXPRESSION_LIMIT} characters. Split it.")));
    }
    let until = Until(Instant::now() + TIME_LIMIT);
    match fend_core::evaluate_with_interrupt(&input.expression, &mut fend_core::Context::new(), &until) {
        Ok(result) if result.get_main_result().is_empty() => Err(Refusal("The expression is empty.".to_owned())),
        Ok(result) => Ok(json!({ "result": result.get_main_result() })),
        Err(message) => Err(Refusal(format!("The expression cannot be evaluated: {message}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn result(expression: &str) -> Result<String, String> {
        let input = Input { expression: expression.to_owned() };
        let value = run(input, &Context::for_tests()).await.map_err(|refusal| refusal.0)?;
        Ok(value["result"].as_str().unwrap_or_default().to_owned())
    }

    #[tokio::test]
    async fn money_has_no_float_surprises() {
        for (expression, expected) in
            [("0.1 + 0.2", "0.3"), ("19.99 * 3", "59.97"), ("1.1 * 1.1", "1.21"), ("15% of 80", "12"), ("2^64", "18446744073709551616")]
        {
            assert_eq!(result(expression).await.as_deref(), Ok(expected), "{expression}");
        }
        assert!(result("sqrt(2)").await.is_ok_and(|text| text.starts_with("approx. 1.414")));
    }

    #[tokio::test]
    async fn what_is_no_expression_is_refused_and_nothing_runs_for_ever() {
        for expression in ["", "1 +", "1 / 0", "9^9^9^9", &"1+".repeat(300)] {
            assert!(result(expression).await.is_err(), "{expression}");
        }
    }
}
