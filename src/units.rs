//! Durations and sizes as people write them, and durations that are drawn.
//!
//! Owns the units and their limits. Does not own the drawing of chance (`draw`).

use std::time::Duration;

use thiserror::Error;

/// The longest duration that can be written: a year. Longer ones are mistakes, and would overflow clocks.
pub const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// The largest size that can be written, 1 TiB.
pub const LARGEST: u64 = 1 << 40;

/// What is wrong with a duration or size as written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnitError {
    /// There is no number in front.
    #[error("`{0}` does not begin with a number")]
    NoNumber(String),
    /// There is no unit behind the number.
    #[error("`{text}` has no unit; one of {allowed} is needed")]
    NoUnit {
        /// As written.
        text: String,
        /// The units that there are.
        allowed: &'static str,
    },
    /// The unit is none of those that there are.
    #[error("`{unit}` is no unit; one of {allowed} is needed")]
    Unknown {
        /// As written.
        unit: String,
        /// The units that there are.
        allowed: &'static str,
    },
    /// The value is above the limit.
    #[error("`{text}` is more than {most}")]
    TooMuch {
        /// As written.
        text: String,
        /// The limit.
        most: &'static str,
    },
}

const DURATION_UNITS: &str = "`ns`, `us`, `ms`, `s`, `m`, `h`";
const SIZE_UNITS: &str = "`B`, `kB`, `MB`, `GB`, `KiB`, `MiB`, `GiB`";

/// Reads a duration such as `250ms`, `1.5s` or `2m`.
pub fn duration(text: &str) -> Result<Duration, UnitError> {
    let (number, unit) = split(text, DURATION_UNITS)?;
    let nanos = match unit {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 60e9,
        "h" => 3600e9,
        unit => {
            return Err(UnitError::Unknown {
                unit: unit.to_owned(),
                allowed: DURATION_UNITS,
            });
        }
    };
    let value = number * nanos;
    if value > LONGEST.as_nanos() as f64 {
        return Err(UnitError::TooMuch {
            text: text.to_owned(),
            most: "a year",
        });
    }
    Ok(Duration::from_nanos(value.round() as u64))
}

/// Reads a size such as `64KiB` or `1MB`, in bytes.
pub fn size(text: &str) -> Result<u64, UnitError> {
    let (number, unit) = split(text, SIZE_UNITS)?;
    let bytes = match unit {
        "B" => 1.0,
        "kB" => 1e3,
        "MB" => 1e6,
        "GB" => 1e9,
        "KiB" => 1024.0,
        "MiB" => 1024.0 * 1024.0,
        "GiB" => 1024.0 * 1024.0 * 1024.0,
        unit => {
            return Err(UnitError::Unknown {
                unit: unit.to_owned(),
                allowed: SIZE_UNITS,
            });
        }
    };
    let value = number * bytes;
    if value > LARGEST as f64 {
        return Err(UnitError::TooMuch {
            text: text.to_owned(),
            most: "1TiB",
        });
    }
    Ok(value.round() as u64)
}

fn split<'a>(text: &'a str, allowed: &'static str) -> Result<(f64, &'a str), UnitError> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().map_err(|_| UnitError::NoNumber(text.to_owned()))?;
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Err(UnitError::NoUnit {
            text: text.to_owned(),
            allowed,
        });
    }
    Ok((number, unit))
}

/// A duration that is fixed, or drawn anew each time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Delay {
    /// Always the same.
    Fixed(Duration),
    /// Any between the two, all as likely.
    Uniform(Duration, Duration),
    /// Normally distributed, never below zero.
    Normal {
        /// The mean.
        mean: Duration,
        /// The standard deviation.
        deviation: Duration,
    },
    /// Exponentially distributed with this mean.
    Exponential(Duration),
    /// Pareto distributed: never below `least`, the heavier-tailed the smaller `shape` is.
    Pareto {
        /// The least value.
        least: Duration,
        /// The tail index, above 0.
        shape: f64,
    },
}

/// Writes a duration in its largest unit that needs no more than three decimals: `250ms`, `1.5s`.
pub fn show_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    for (unit, size) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)] {
        if nanos >= size {
            let text = format!("{:.3}", nanos as f64 / size as f64);
            return format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'));
        }
    }
    format!("{nanos}ns")
}

/// Writes a size in bytes in its largest binary unit that divides it: `16MiB`, `1000B`.
pub fn show_size(bytes: u64) -> String {
    for (unit, size) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= size && bytes.is_multiple_of(size) {
            return format!("{}{unit}", bytes / size);
        }
    }
    format!("{bytes}B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_their_units() {
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_duration_says_why() {
        assert!(matches!(duration("soon"), Err(UnitError::NoNumber(_))));
        assert!(matches!(duration("5"), Err(UnitError::NoUnit { .. })));
        assert!(matches!(duration("5 parsecs"), Err(UnitError::Unknown { .. })));
        assert!(matches!(duration("99999999999h"), Err(UnitError::TooMuch { .. })));
        assert!(matches!(duration("-1s"), Err(UnitError::NoNumber(_))));
        assert!(matches!(duration("1.2.3s"), Err(UnitError::NoNumber(_))));
    }

    #[test]
    fn sizes_are_read_in_their_units() {
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("1MB"), Ok(1_000_000));
        assert_eq!(size("0.5KiB"), Ok(512));
        assert!(matches!(size("9999GiB"), Err(UnitError::TooMuch { .. })));
    }

    #[test]
    fn what_is_shown_reads_back() {
        for text in ["250ms", "1.5s", "90s", "3us", "7ns"] {
            assert_eq!(show_duration(duration(text).unwrap()), text);
        }
        for text in ["16MiB", "1000B", "64KiB"] {
            assert_eq!(show_size(size(text).unwrap()), text);
        }
    }
}
