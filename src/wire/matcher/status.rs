//! The status of a response.

use super::Mismatch;
use super::difference::excerpt;
use crate::wire::head::Head;
use crate::wire::message::Message;

/// Status codes, as ranges of them: `200`, `2xx`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statuses(Vec<(u16, u16)>);

impl Statuses {
    /// From the first of each range to its last.
    pub const fn new(ranges: Vec<(u16, u16)>) -> Self {
        Self(ranges)
    }

    /// Whether a start line, given as a message, has one of them.
    pub(super) fn test(&self, line: &Message) -> Result<(), Mismatch> {
        let status = Head::new(line.text().unwrap_or_default()).status();
        if status.is_some_and(|status| self.0.iter().any(|(first, last)| (*first..=*last).contains(&status))) {
            return Ok(());
        }
        let found = status.map_or_else(|| excerpt(line.bytes()), |status| status.to_string());
        Err(Mismatch {
            difference: format!("expected {}, found {found}", self.describe()),
            nearness: 0,
        })
    }

    /// `2xx`, `200 or 404`.
    pub(super) fn describe(&self) -> String {
        let ranges = self.0.iter().map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{}xx", first / 100),
        });
        let ranges: Vec<String> = ranges.collect();
        ranges.join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(ranges: &[(u16, u16)], line: &str) -> Result<(), String> {
        let tested = Statuses::new(ranges.to_vec()).test(&Message::new(line.as_bytes()));
        tested.map_err(|mismatch| mismatch.difference)
    }

    #[test]
    fn a_status_is_one_of_several_or_of_a_class() {
        assert_eq!(test(&[(200, 299)], "HTTP/1.1 204 No Content"), Ok(()));
        assert_eq!(test(&[(200, 200), (299, 299)], "HTTP/1.0 299 Odd"), Ok(()));
        assert_eq!(
            test(&[(200, 200), (400, 499)], "HTTP/1.1 500 Oh"),
            Err("expected 200 or 4xx, found 500".to_owned())
        );
        assert_eq!(
            test(&[(200, 200)], "GET / HTTP/1.1"),
            Err("expected 200, found \"GET / HTTP/1.1\"".to_owned())
        );
    }
}
