//! Who can be connected to, and under which names.
//!
//! Owns how `Server`, `P[1]` and `Ftp.data` are read and what they lead to. Does not own what is listened on
//! (`endpoints`).

use super::step::Framings;
use crate::scenario::mistake::Mistake;
use crate::scenario::written::Span;

/// All actors, in the file's order.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) actors: Vec<Entry>,
}

/// An actor, as others see it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// How many instances, where it has a `count`.
    pub(super) count: Option<u32>,
    pub(super) endpoints: Vec<EndpointEntry>,
    /// Whether the order between its peers does not matter.
    pub(super) per_peer: bool,
    /// Whether it is a program that is started here.
    pub(super) is_program: bool,
}

/// An endpoint, as others see it.
#[derive(Debug)]
pub(super) struct EndpointEntry {
    pub(super) name: Option<String>,
    pub(super) framings: Framings,
    pub(super) session: bool,
    /// Whether it speaks TLS from the first byte on.
    pub(super) secure: bool,
    /// Whether it is a Unix socket.
    pub(super) unix: bool,
}

/// What a name leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) actor: usize,
    pub(super) endpoint: usize,
}

impl Directory {
    /// The actor of this name, which may have a `[number]`.
    pub(super) fn actor(&self, text: &str, span: Span) -> Result<usize, Mistake> {
        let (base, instance) = match text.split_once('[') {
            Some((base, rest)) => (base, Some(rest.strip_suffix(']'))),
            None => (text, None),
        };
        let Some(actor) = self.actors.iter().position(|actor| actor.name == base) else {
            let allowed = self.actors.iter().map(|actor| actor.name.as_str());
            return Err(Mistake::new(span, format!("no actor is called `{base}`")).did_you_mean(base, allowed));
        };
        match (self.actors[actor].count, instance) {
            (_, None) => Ok(actor),
            (None, Some(_)) => Err(Mistake::new(
                span,
                format!("`{base}` has no `count`, so it is called `{base}`"),
            )),
            (Some(count), Some(instance)) => match instance.and_then(|n| n.parse().ok()) {
                Some(1..) if instance.and_then(|n| n.parse().ok()) <= Some(count) => Ok(actor),
                _ => Err(Mistake::new(
                    span,
                    format!("`{text}` is no instance of `{base}`; `{base}[1]` to `{base}[{count}]` are"),
                )),
            },
        }
    }

    /// The endpoint of this name: `Server`, `P[1]`, `Ftp.data`.
    pub(super) fn target(&self, text: &str, span: Span) -> Result<Target, Mistake> {
        let (name, endpoint) = match text.split_once('.') {
            Some((name, endpoint)) => (name, Some(endpoint)),
            None => (text, None),
        };
        let actor = self.actor(name, span)?;
        let entry = &self.actors[actor];
        if let (Some(count), false) = (entry.count, name.contains('[')) {
            let text = format!("`{name}` has {count} instances; one of `{name}[1]` to `{name}[{count}]` is needed");
            return Err(Mistake::new(span, text));
        }
        let endpoint = match (endpoint, entry.endpoints.len()) {
            (_, 0) => {
                let text = format!("`{}` doesn't listen", entry.name);
                let listening = self.actors.iter().filter(|actor| !actor.endpoints.is_empty());
                let listening: Vec<_> = listening.map(|actor| format!("`{}`", actor.name)).collect();
                let help = match listening.is_empty() {
                    true => "an actor with `listen` can be connected to".to_owned(),
                    false => format!("these do: {}", listening.join(", ")),
                };
                return Err(Mistake::new(span, text).help(help));
            }
            (None, 1) => 0,
            (None, _) => {
                let names = entry.endpoint_names().join("`, `");
                let text = format!("`{}` has several endpoints; one of `{names}` is needed", entry.name);
                return Err(Mistake::new(span, text));
            }
            (Some(endpoint), _) => entry.endpoint(endpoint, span)?,
        };
        Ok(Target { actor, endpoint })
    }
}

impl Entry {
    /// The endpoint of this name.
    pub(super) fn endpoint(&self, name: &str, span: Span) -> Result<usize, Mistake> {
        let found = self.endpoints.iter().position(|e| e.name.as_deref() == Some(name));
        found.ok_or_else(|| {
            let allowed = self.endpoints.iter().filter_map(|e| e.name.as_deref());
            Mistake::new(span, format!("`{}` has no endpoint called `{name}`", self.name)).did_you_mean(name, allowed)
        })
    }

    /// What others call an endpoint.
    pub(super) fn endpoint_name(&self, endpoint: usize) -> String {
        match self.endpoints.get(endpoint).and_then(|e| e.name.as_deref()) {
            Some(name) if self.endpoints.len() > 1 => format!("{}.{name}", self.name),
            _ => self.name.clone(),
        }
    }

    /// What others call its endpoints.
    pub(super) fn endpoint_names(&self) -> Vec<String> {
        (0..self.endpoints.len())
            .map(|endpoint| self.endpoint_name(endpoint))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::framing::Framing;

    fn directory() -> Directory {
        let endpoint = |name: Option<&str>| EndpointEntry {
            name: name.map(str::to_owned),
            framings: Framings {
                client: Framing::raw(),
                server: Framing::raw(),
            },
            session: true,
            secure: false,
            unix: false,
        };
        let entry = |name: &str, count, endpoints| Entry {
            name: name.to_owned(),
            count,
            endpoints,
            per_peer: false,
            is_program: false,
        };
        Directory {
            actors: vec![
                entry("Client", None, Vec::new()),
                entry("Ftp", None, vec![endpoint(Some("control")), endpoint(Some("data"))]),
                entry("P", Some(3), vec![endpoint(None)]),
            ],
        }
    }

    fn refusal(text: &str) -> String {
        directory().target(text, Span::default()).unwrap_err().text
    }

    #[test]
    fn names_lead_to_endpoints() {
        let target = |text| directory().target(text, Span::default()).unwrap();
        assert_eq!(target("Ftp.data"), Target { actor: 1, endpoint: 1 });
        assert_eq!(target("P[3]"), Target { actor: 2, endpoint: 0 });
    }

    #[test]
    fn what_leads_nowhere_says_why() {
        assert_eq!(refusal("Ftq.data"), "no actor is called `Ftq`");
        assert_eq!(refusal("Client"), "`Client` doesn't listen");
        assert_eq!(
            refusal("Ftp"),
            "`Ftp` has several endpoints; one of `Ftp.control`, `Ftp.data` is needed"
        );
        assert_eq!(refusal("Ftp.date"), "`Ftp` has no endpoint called `date`");
        assert_eq!(refusal("Ftp[1].data"), "`Ftp` has no `count`, so it is called `Ftp`");
        assert_eq!(refusal("P"), "`P` has 3 instances; one of `P[1]` to `P[3]` is needed");
        for text in ["P[0]", "P[4]", "P[x]", "P[1"] {
            assert_eq!(
                refusal(text),
                format!("`{text}` is no instance of `P`; `P[1]` to `P[3]` are")
            );
        }
    }
}
