//! Cache points: four at most, where the model has them, longer ones first.

use serde_json::Value;

use super::{messages, model_error};
use crate::stand_in::error::Refusal;
use crate::stand_in::models::{Model, Takes};

const MAX_CACHE_POINTS: usize = 4;

pub(super) fn check(request: &Value, model: &Model<'_>) -> Result<(), Refusal> {
    let list = |pointer: &str| request.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let in_messages = messages(request).flat_map(|(_, _, content)| content.iter());
    let all = list("/toolConfig/tools").chain(list("/system")).chain(in_messages);
    let ttls: Vec<&str> = all
        .filter_map(|block| block.get("cachePoint"))
        .map(|point| point.get("ttl").and_then(Value::as_str).unwrap_or("5m"))
        .collect();
    if ttls.is_empty() {
        return Ok(());
    }
    if model.cache == Takes::No {
        let message = "You invoked an unsupported model or your request did not allow prompt caching.";
        return Err(Refusal::new("AccessDeniedException", message));
    }
    // Wording of both is the provider's, from reports.
    if ttls.len() > MAX_CACHE_POINTS {
        return Err(model_error(&format!(
            "A maximum of {MAX_CACHE_POINTS} blocks with cache_control may be provided. Found {}.",
            ttls.len()
        )));
    }
    let rises = ttls.iter().skip_while(|ttl| **ttl == "1h").any(|ttl| *ttl == "1h");
    if rises {
        return Err(model_error("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block."));
    }
    Ok(())
}
