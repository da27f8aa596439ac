//! Actors that are none of ours, and one sequence to us: `"serial": true`.
//!
//! Owns that all that is said to such an actor and by it is an access to one cell, `NAME!serial`, so that what orders
//! accesses orders that, and tells its races. Does not own recording it.

use std::sync::{Mutex, PoisonError};

use crate::plan::Plan;
use crate::trace::event::{Access, Mode};

/// All such actors.
#[derive(Debug)]
pub struct Serials(Vec<Serial>);

#[derive(Debug)]
struct Serial {
    name: String,
    /// How often it was accessed.
    count: Mutex<u64>,
}

impl Serials {
    pub(super) fn of(plan: &Plan) -> Self {
        let actors = plan.actors.iter();
        let serial = actors.filter(|actor| actor.serial && actor.outside.is_some());
        let names = serial.flat_map(|actor| actor.instances.iter().map(|instance| instance.name.to_string()));
        let serial = |name| Serial {
            name,
            count: Mutex::default(),
        };
        Self(names.map(serial).collect())
    }

    /// Gives the access of what is said on this connection next, where one of them is at its other end.
    pub(super) fn access(&self, connection: &str, record: impl FnOnce(Access)) {
        let Some(serial) = self.0.iter().find(|serial| is_end(&serial.name, connection)) else {
            return;
        };
        let mut count = serial.count.lock().unwrap_or_else(PoisonError::into_inner);
        record(Access {
            cell: format!("{}!serial", serial.name),
            mode: Mode::Write,
            nth: *count,
        });
        *count += 1;
    }
}

/// Whether an actor is at one end of a connection: `Redis/Client#1`, `Ftp.data/Client#1`, `Server/Curl#1`.
fn is_end(name: &str, connection: &str) -> bool {
    let Some((target, opener)) = connection.split_once('/') else {
        return false;
    };
    let opener = opener.trim_start_matches('(');
    let is_it = |text: &str, behind: &[char]| {
        text.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(behind))
    };
    is_it(target, &['.']) || is_it(opener, &['#'])
}

#[cfg(test)]
mod tests {
    use super::is_end;

    #[test]
    fn both_ends_of_a_connection_are_known() {
        for (name, connection, is) in [
            ("Redis", "Redis/Client#1", true),
            ("Redis", "Redis.data/Client[2]#1", true),
            ("Redis", "Redis2/Client#1", false),
            ("Redis[1]", "Redis[1]/Client#1", true),
            ("Redis[1]", "Redis[12]/Client#1", false),
            ("Curl", "Server/Curl#3", true),
            ("Cur", "Server/Curl#3", false),
            ("Client", "Redis/Client#1", true),
        ] {
            assert_eq!(is_end(name, connection), is, "{name} {connection}");
        }
    }
}
