//! Durations, drawn durations and sizes.

use std::time::Duration;

use super::Decoder;
use super::shape::{Shape, unlike};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{At, Json, Node};
use crate::units::{self, Delay, UnitError};

const DELAY: Shape = Shape {
    what: "a drawn duration",
    keys: &[
        ("uniform", "any between two durations, all as likely"),
        ("normal", "normally distributed, never below zero"),
        ("exponential", "exponentially distributed, by its mean"),
        ("pareto", "Pareto distributed"),
    ],
    later: &[],
};

const NORMAL: Shape = Shape {
    what: "a normal distribution",
    keys: &[("mean", "its mean"), ("deviation", "its standard deviation")],
    later: &[],
};

const PARETO: Shape = Shape {
    what: "a Pareto distribution",
    keys: &[
        ("least", "the least duration"),
        ("shape", "the tail index: the smaller, the longer are the long ones"),
    ],
    later: &[],
};

impl Decoder<'_> {
    /// A duration such as `"250ms"`.
    pub(super) fn duration(&mut self, node: &Node) -> Option<At<Duration>> {
        const ALLOWED: &str = "a duration such as \"250ms\"";
        if let Json::Number(_) = node.value {
            self.wrong(unlike(node, ALLOWED).help("a duration is a string, with a unit"));
            return None;
        }
        self.unit(node, ALLOWED, units::duration)
    }

    /// A duration that is longer than none.
    pub(super) fn some_duration(&mut self, node: &Node) -> Option<At<Duration>> {
        let duration = self.duration(node)?;
        if duration.value.is_zero() {
            self.wrong(Mistake::new(node.span, "expected more than no time"));
            return None;
        }
        Some(duration)
    }

    /// A size such as `"64KiB"`, of at least a byte.
    pub(super) fn size(&mut self, node: &Node) -> Option<At<u64>> {
        let size = self.unit(node, "a size such as \"64KiB\"", units::size)?;
        if size.value == 0 {
            self.wrong(Mistake::new(node.span, "expected at least one byte"));
            return None;
        }
        Some(size)
    }

    /// A number of bytes, or a size.
    pub(super) fn bytes(&mut self, node: &Node) -> Option<At<u64>> {
        match node.value {
            Json::Number(_) => self.whole(node, 0),
            _ => self.unit(node, "a number of bytes, or a size such as \"64KiB\"", units::size),
        }
    }

    fn unit<T>(&mut self, node: &Node, what: &str, read: fn(&str) -> Result<T, UnitError>) -> Option<At<T>> {
        let text = self.text(node, what)?;
        match read(&text.value) {
            Ok(value) => Some(At { value, span: text.span }),
            Err(error) => {
                self.wrong(Mistake::new(text.span, format!("expected {what}: {error}")));
                None
            }
        }
    }

    /// A duration, fixed or drawn.
    pub(super) fn delay(&mut self, node: &Node) -> Option<At<Delay>> {
        let value = match node.value {
            Json::Object(_) => self.drawn(node)?,
            _ => Delay::Fixed(self.duration(node)?.value),
        };
        Some(At { value, span: node.span })
    }

    fn drawn(&mut self, node: &Node) -> Option<Delay> {
        let fields = self.object(node, &DELAY)?;
        let (kind, value) = self.one(&fields, &["uniform", "normal", "exponential", "pareto"], "distribution")?;
        match kind.value.as_str() {
            "uniform" => {
                let Json::Array(ends) = &value.value else {
                    self.unlike(value, "a list of two durations");
                    return None;
                };
                let [least, most] = ends.as_slice() else {
                    self.unlike(value, "a list of two durations");
                    return None;
                };
                let (least, most) = (self.duration(least), self.duration(most));
                let (least, most) = (least?, most?);
                if least.value > most.value {
                    self.wrong(Mistake::new(most.span, "the second duration is less than the first"));
                    return None;
                }
                Some(Delay::Uniform(least.value, most.value))
            }
            "normal" => {
                let fields = self.object(value, &NORMAL)?;
                let mean = self.need(&fields, "mean").and_then(|node| self.duration(node));
                let deviation = self.need(&fields, "deviation").and_then(|node| self.duration(node));
                Some(Delay::Normal {
                    mean: mean?.value,
                    deviation: deviation?.value,
                })
            }
            "exponential" => Some(Delay::Exponential(self.duration(value)?.value)),
            _ => {
                let fields = self.object(value, &PARETO)?;
                let least = self.need(&fields, "least").and_then(|node| self.duration(node));
                let shape = self.need(&fields, "shape").and_then(|node| self.factor(node));
                Some(Delay::Pareto {
                    least: least?.value,
                    shape: shape?,
                })
            }
        }
    }

    /// A number above zero.
    pub(super) fn factor(&mut self, node: &Node) -> Option<f64> {
        let number = match &node.value {
            Json::Number(number) => number.as_f64().filter(|&number| number > 0.0),
            _ => None,
        };
        if number.is_none() {
            self.unlike(node, "a number above 0");
        }
        number
    }
}

/// All tables of this file, for the test that holds them against the schema.
#[cfg(test)]
pub(super) const SHAPES: &[(&str, &Shape)] = &[("drawn", &DELAY), ("normal", &NORMAL), ("pareto", &PARETO)];
