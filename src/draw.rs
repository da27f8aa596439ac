//! Chance that depends on names alone.
//!
//! Owns how a draw is keyed: by the seed, the purpose, a name and an identity, never by the order in which things
//! happen. So the same seed gives the same draws on every run, and one more draw somewhere moves no other. Does not own
//! the names.

use std::time::Duration;

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

use crate::units::{Delay, LONGEST};

/// A stream of chance under one key.
///
/// The generator is ChaCha8 (promised not to change between versions of `rand`), seeded by SHA-256 of the seed and the
/// length-prefixed parts of the key.
#[derive(Debug)]
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// The draws for one key: what for, on whose behalf, and the how-manyeth.
    pub fn keyed(seed: u64, purpose: &str, name: &str, identity: u64) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        for part in [purpose, name] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(identity.to_le_bytes());
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// A number in `0.0..1.0`.
    pub fn fraction(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A number in `0..below`, by multiply-shift: a library's ranges may change between versions. 0 where `below` is 0.
    pub fn below(&mut self, below: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(below)) >> 64) as u64
    }

    /// A number in `least..=most`; `least` where the range is empty.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        if most <= least {
            return least;
        }
        match most.abs_diff(least).checked_add(1) {
            Some(count) => least.wrapping_add_unsigned(self.below(count)),
            None => self.0.next_u64().cast_signed(),
        }
    }

    /// `count` random bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// The value of a delay this time.
    pub fn delay(&mut self, delay: Delay) -> Duration {
        let seconds = match delay {
            Delay::Fixed(duration) => return duration,
            Delay::Uniform(least, most) => {
                least.as_secs_f64() + self.fraction() * (most.as_secs_f64() - least.as_secs_f64())
            }
            Delay::Normal { mean, deviation } => {
                // Box and Muller (1958); 1 - u keeps the logarithm's argument above zero.
                let radius = (-2.0 * (1.0 - self.fraction()).ln()).sqrt();
                let angle = std::f64::consts::TAU * self.fraction();
                mean.as_secs_f64() + deviation.as_secs_f64() * radius * angle.cos()
            }
            Delay::Exponential(mean) => -mean.as_secs_f64() * (1.0 - self.fraction()).ln(),
            Delay::Pareto { least, shape } => least.as_secs_f64() / (1.0 - self.fraction()).powf(1.0 / shape),
        };
        Duration::from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64()))
    }
}

/// A seed from the operating system, for `--seed random`.
pub fn fresh_seed() -> u64 {
    use rand::TryRng;
    // Small enough to be typed again and to survive JSON numbers.
    rand::rngs::SysRng.try_next_u64().map_or(1, |n| n >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_draws_the_same() {
        let draw = |seed, name| Draw::keyed(seed, "random_int", name, 0).below(1_000_000);
        assert_eq!(draw(0, "Client"), draw(0, "Client"));
        assert_ne!(draw(0, "Client"), draw(0, "Server"));
        assert_ne!(draw(0, "Client"), draw(1, "Client"));
    }

    #[test]
    fn draws_do_not_move_between_versions() {
        // Golden: a change here changes the values in every user's baselines.
        assert_eq!(Draw::keyed(0, "random_int", "Client", 0).between(1, 6), 6);
        assert_eq!(Draw::keyed(7, "delay", "Node[1]", 3).below(1000), 832);
    }

    #[test]
    fn a_range_is_met_at_both_ends() {
        let seen: std::collections::BTreeSet<i64> =
            (0..200).map(|n| Draw::keyed(0, "die", "x", n).between(1, 6)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(Draw::keyed(0, "die", "x", 0).between(5, 5), 5);
        Draw::keyed(0, "die", "x", 0).between(i64::MIN, i64::MAX);
    }

    #[test]
    fn a_delay_stays_within_its_bounds() {
        let (least, most) = (Duration::from_millis(150), Duration::from_millis(300));
        for n in 0..500 {
            let delay = Draw::keyed(0, "delay", "x", n).delay(Delay::Uniform(least, most));
            assert!(delay >= least && delay <= most);
            assert!(Draw::keyed(0, "d", "x", n).delay(Delay::Pareto { least, shape: 2.0 }) >= least);
            Draw::keyed(0, "d", "x", n).delay(Delay::Normal {
                mean: least,
                deviation: most,
            });
        }
    }
}
