//! Writes times as people and log pipelines do: RFC 3339, in UTC.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// Appends the date and the time of day with `digits` of its second's nine.
pub(crate) fn write(out: &mut String, time: SystemTime, digits: usize) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = date(since.as_secs() / 86_400);
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T");
    write_time(out, since.as_secs(), since.subsec_nanos(), digits);
    out.push('Z');
}

/// Appends only the time of day.
#[cfg(all(feature = "console", feature = "logs"))]
pub(crate) fn write_time_of_day(out: &mut String, time: SystemTime, digits: usize) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    write_time(out, since.as_secs(), since.subsec_nanos(), digits);
}

fn write_time(out: &mut String, seconds: u64, nanos: u32, digits: usize) {
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let nanos = format!("{nanos:09}");
    let _ = write!(out, "{hour:02}:{minute:02}:{second:02}.{}", &nanos[..digits.min(9)]);
}

/// Returns year, month and day of a number of days since 1970, by the Gregorian calendar. Its pattern
/// repeats every 400 years, which are 146,097 days, and a year that begins in March has its leap day
/// last.
fn date(days: u64) -> (u64, u64, u64) {
    const CYCLE: u64 = 146_097;
    /// From March 1 of the year 0.
    const TO_1970: u64 = 719_468;
    let days = days + TO_1970;
    let (cycle, day) = (days / CYCLE, days % CYCLE);
    // Without the leap days before it, a day determines its year.
    let year = (day - day / 1_460 + day / 36_524 - day / (CYCLE - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months from March on have 153 days in every five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (cycle * 400 + year + next_year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn shown(seconds: u64, nanos: u32) -> String {
        let mut text = String::new();
        write(&mut text, UNIX_EPOCH + Duration::new(seconds, nanos), 9);
        text
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(shown(0, 0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(shown(951_782_399, 999_999_999), "2000-02-28T23:59:59.999999999Z");
        assert_eq!(shown(951_782_400, 1), "2000-02-29T00:00:00.000000001Z");
        assert_eq!(shown(951_868_800, 0), "2000-03-01T00:00:00.000000000Z");
        assert_eq!(shown(1_709_164_800, 0), "2024-02-29T00:00:00.000000000Z");
        assert_eq!(shown(1_767_225_599, 0), "2025-12-31T23:59:59.000000000Z");
        assert_eq!(shown(4_107_542_400, 0), "2100-03-01T00:00:00.000000000Z");
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut before = date(0);
        for days in 1..200_000 {
            let (year, month, day) = date(days);
            let follows = match (before.2 + 1 == day, day) {
                (true, _) => (before.0, before.1) == (year, month),
                (false, 1) if month == 1 => before.0 + 1 == year && before.1 == 12,
                (false, 1) => before.0 == year && before.1 + 1 == month,
                _ => false,
            };
            assert!(follows, "{before:?} {:?}", (year, month, day));
            before = (year, month, day);
        }
    }
}
