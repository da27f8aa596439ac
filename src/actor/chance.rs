//! What the templates of a strand see of the world.
//!
//! Owns that a strand's draws are keyed by its name and counted for it alone, so that other strands do not move them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::world::World;
use crate::draw::Draw;
use crate::ident::Address;
use crate::wire::template;

/// What the templates of one strand see of the world; its draws are keyed by the strand's name.
#[derive(Debug)]
pub struct Chance {
    world: Arc<World>,
    strand: Arc<str>,
    counts: Mutex<BTreeMap<String, u64>>,
}

impl Chance {
    /// For a strand that has drawn nothing yet.
    pub fn new(world: Arc<World>, strand: Arc<str>) -> Self {
        Self {
            world,
            strand,
            counts: Mutex::default(),
        }
    }
}

impl template::World for Chance {
    fn draw(&self, purpose: &str) -> Draw {
        let mut counts = self.counts.lock().expect("no thread panics while it counts draws");
        let count = counts.entry(purpose.to_owned()).or_default();
        *count += 1;
        self.world.draw(purpose, &self.strand, *count)
    }

    fn address(&self, endpoint: &str) -> Option<Address> {
        self.world
            .directory
            .get(endpoint)
            .map(|located| located.address.clone())
    }

    fn tls_ca(&self) -> Result<String, String> {
        let file = self.world.trust.file()?;
        Ok(file.to_string_lossy().into_owned())
    }
}
