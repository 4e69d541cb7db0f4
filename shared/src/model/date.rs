//! A day of the calendar, without a clock.

use std::fmt;

/// A day, in UTC.
///
/// ```
/// use shared::model::Date;
///
/// let date = Date::parse("2026-11-26").unwrap();
/// assert_eq!(Date::from_unix_seconds(1_795_651_200), date);
/// assert_eq!(date.days_until(Date::parse("2027-01-08").unwrap()), 43);
/// assert_eq!(Date::parse("2026-02-29"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Days since 1970-01-01.
    days: i64,
}

impl Date {
    /// Reads `YYYY-MM-DD`; none if there is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-').map(str::parse);
        let (year, month, day): (i64, i64, i64) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        // The year begins in March, so that the leap day is its last.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year / 4 - year / 100 + year / 400;
        let date = Self { days: year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - MARCH_OF_YEAR_0 };
        // A 31st of April is the 1st of May: it is written otherwise.
        (date.to_string() == text).then_some(date)
    }

    /// The day of a Unix timestamp.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        Self { days: i64::try_from(seconds / 86_400).unwrap_or(i64::MAX) }
    }

    /// Days from this day to `later`, negative if it lies before.
    pub fn days_until(self, later: Self) -> i64 {
        later.days - self.days
    }
}

/// Days from 0000-03-01 to 1970-01-01.
const MARCH_OF_YEAR_0: i64 = 719_468;

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.days + MARCH_OF_YEAR_0;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (year * 365 + year / 4 - year / 100);
        let month = (day_of_year * 5 + 2) / 153;
        let day = day_of_year - (month * 153 + 2) / 5 + 1;
        let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
        write!(f, "{:04}-{month:02}-{day:02}", year + era * 400)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_reads_back() {
        for days in 0..146_097 {
            let date = Date { days };
            assert_eq!(Date::parse(&date.to_string()), Some(date));
        }
    }

    #[test]
    fn known_days_have_their_number() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400),
            ("2026-11-25", 1_795_564_800),
            ("2100-03-01", 4_107_542_400),
        ] {
            assert_eq!(Date::parse(text), Some(Date::from_unix_seconds(seconds)), "{text}");
        }
    }

    #[test]
    fn text_that_is_no_day_reads_as_none() {
        for text in
            ["", "2026", "2026-13-01", "2026-00-01", "2026-04-31", "2027-02-29", "2026-1-1", "+2026-01-01", "soon"]
        {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
