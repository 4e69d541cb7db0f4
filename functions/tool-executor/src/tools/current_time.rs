//! `current_time`: the date and time in a time zone.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusal;
use crate::Context;

/// What the model reads.
pub const DESCRIPTION: &str = "Returns the current date, time and weekday in a time zone. You do not know the time \
    otherwise: call this before answering anything that depends on today.";

/// The input.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The IANA name of the time zone, such as `Europe/Berlin`, `America/New_York` or `UTC`.
    time_zone: String,
}

/// Tells the time.
///
/// # Errors
/// [`Refusal`] if there is no such time zone.
pub async fn run(input: Input, context: &Context) -> Result<Value, Refusal> {
    tell(&input.time_zone, context.now())
}

fn tell(time_zone: &str, now: Timestamp) -> Result<Value, Refusal> {
    let zoned = now.in_tz(time_zone).map_err(|_| {
        Refusal(format!("There is no time zone {time_zone:?}. Use an IANA name, such as Asia/Tokyo."))
    })?;
    Ok(json!({
        "time_zone": time_zone,
        "date": zoned.strftime("%Y-%m-%d").to_string(),
        "time": zoned.strftime("%H:%M:%S").to_string(),
        "weekday": zoned.strftime("%A").to_string(),
        "utc_offset": zoned.strftime("%:z").to_string(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_in_summer_and_winter_time() {
        let at = |text: &str| tell("Europe/Berlin", text.parse().unwrap()).unwrap();
        assert_eq!(
            at("2026-07-01T22:30:00Z"),
            json!({ "time_zone": "Europe/Berlin", "date": "2026-07-02", "time": "00:30:00", "weekday": "Thursday", "utc_offset": "+02:00" })
        );
        assert_eq!(at("2026-12-01T22:30:00Z")["time"], "23:30:00");
    }

    #[test]
    fn an_unknown_zone_is_refused_with_a_hint() {
        let refused = tell("Tokyo", Timestamp::UNIX_EPOCH).unwrap_err();
        assert!(refused.0.contains("\"Tokyo\"") && refused.0.contains("Asia/Tokyo"), "{refused}");
    }
}
