//! What a step is about: `on`, and what it means where it is left out.
//!
//! Owns the rules of the format's "Connections". Does not own what is open (`connections`).

use super::connections::{Connection, Need};
use super::opening::SPEAK_HTTP;
use super::step::On;
use super::strand::{Kind, Strand};
use crate::scenario::mistake::Mistake;
use crate::scenario::written::{self, At, Span};
use crate::wire::template::Template;

/// What a step without `on` is about.
#[derive(Clone, Debug)]
pub(super) enum Meant {
    /// A session's `client`, else the strand's only connection.
    Strand,
    /// The connection that met the guard of the alternative around it: one of these, as they are written.
    Met(Vec<String>),
    /// What a step around it says.
    Written(At<written::On>),
}

/// Who asks, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asks {
    pub(super) verb: &'static str,
    pub(super) span: Span,
    pub(super) need: Need,
    /// Whether it can be about several.
    pub(super) many: bool,
    /// Whether it must fail, so that what has ended may be meant.
    pub(super) fails: bool,
}

impl Asks {
    /// The same, by who needs this.
    pub(super) fn needs(self, need: Need) -> Self {
        Self { need, ..self }
    }
}

/// What a step is about.
#[derive(Debug)]
pub(super) struct About {
    pub(super) on: On,
    /// The same as written, where it is known.
    pub(super) names: Vec<String>,
}

impl About {
    fn name(name: &str, on: On) -> Self {
        Self {
            on,
            names: vec![name.to_owned()],
        }
    }

    const fn unknown(on: On) -> Self {
        Self { on, names: Vec::new() }
    }

    /// The connection, where it is certain which.
    pub(super) fn certain(&self) -> Option<&str> {
        match self.names.as_slice() {
            [name] if !is_template(name) => Some(name),
            _ => None,
        }
    }
}

impl Strand<'_, '_> {
    /// Finds out what a step is about.
    pub(super) fn about(&mut self, written: Option<&At<written::On>>, asks: Asks) -> About {
        let meant = match written {
            Some(on) => Meant::Written(on.clone()),
            None if asks.need == Need::Request => self.meant_by_request(),
            None => self.meant.clone(),
        };
        let about = match meant {
            Meant::Written(on) => self.about_written(&on, asks),
            Meant::Met(names) => {
                if let [name] = names.as_slice() {
                    self.check_open(name, asks.span, asks);
                }
                About { on: On::Met, names }
            }
            Meant::Strand => self.about_strand(asks),
        };
        let span = written.map_or(asks.span, |on| on.span);
        if matches!(about.on, On::Names(_)) {
            self.mentions(&about.names, span);
        }
        for name in &about.names {
            self.lend(name, asks.need, span);
        }
        about
    }

    fn about_written(&mut self, on: &At<written::On>, asks: Asks) -> About {
        let several = match &on.value {
            written::On::Name(name) => {
                let template = self.template(name, on.span);
                self.check_open(name, on.span, asks);
                return About::name(name, On::Names(vec![template]));
            }
            written::On::Names(names) => Some(names),
            written::On::All => None,
        };
        if !asks.many {
            let found = if several.is_some() { "a list" } else { "`*`" };
            let text = format!("`{}` is about one connection; found {found}", asks.verb);
            let mut mistake = Mistake::new(on.span, text);
            if on.span != asks.span {
                mistake = mistake.note(asks.span, format!("of this `{}`", asks.verb));
            }
            self.all.mistake(mistake);
            return About::unknown(On::All);
        }
        match several {
            Some(names) => {
                let templates = names.iter().map(|name| {
                    let template = self.template(&name.value, name.span);
                    self.check_open(&name.value, name.span, asks);
                    template
                });
                About {
                    on: On::Names(templates.collect()),
                    names: names.iter().map(|name| name.value.clone()).collect(),
                }
            }
            None => {
                let all = self.open.names().filter(|(_, connection)| connection.allows(asks.need));
                let names: Vec<_> = all.map(|(name, _)| name.to_owned()).collect();
                if names.is_empty() && !self.open.unknown {
                    self.refuse_none_open(on.span, asks);
                }
                About { on: On::All, names }
            }
        }
    }

    fn about_strand(&mut self, asks: Asks) -> About {
        match self.meant_by_strand(asks) {
            Ok(Some(name)) => {
                self.check_open(&name, asks.span, asks);
                let template = Template::literal(&name);
                About::name(&name, On::Names(vec![template]))
            }
            Ok(None) => About::unknown(On::Only),
            Err(mistake) => {
                self.all.mistake(mistake);
                About::unknown(On::Only)
            }
        }
    }

    /// As [`Self::about`], for a step that isn't really about a connection: nothing is wrong where there is none.
    pub(super) fn about_quietly(&mut self, asks: Asks) -> On {
        match &self.meant {
            Meant::Strand => match self.meant_by_strand(asks) {
                Ok(Some(name)) => On::Names(vec![Template::literal(&name)]),
                _ => On::Only,
            },
            Meant::Met(_) => On::Met,
            Meant::Written(on) => match on.value.clone() {
                written::On::Name(name) => {
                    let span = on.span;
                    On::Names(vec![self.template(&name, span)])
                }
                _ => On::Only,
            },
        }
    }

    /// The connection meant where nothing says which; `None` where only the run can tell.
    fn meant_by_strand(&self, asks: Asks) -> Result<Option<String>, Mistake> {
        let name = |name: &str| Ok(Some(name.to_owned()));
        if asks.need == Need::Request {
            return self.requestable(asks);
        }
        if matches!(self.kind, Kind::Session(_)) && self.open.find("client").is_some() {
            return name("client");
        }
        // Where the other side has closed, there is mostly nothing left to say: those that still go on are meant first.
        let still = |connection: &Connection| connection.receives;
        let mut open: Vec<_> = self
            .open
            .names()
            .filter(|(_, c)| still(c))
            .map(|(name, _)| name)
            .collect();
        if open.is_empty() {
            open = self.open.names().map(|(name, _)| name).collect();
        }
        match open.as_slice() {
            [] if self.open.unknown => Ok(None),
            [] => match self.open.only_ended() {
                Some(ended) if asks.fails => name(ended),
                _ => Err(self.none_open(asks.span, asks)),
            },
            // A connection whose name is a template may be a second one.
            [_] if self.open.unknown => Ok(None),
            // Who calls may mean one of its own.
            _ if self.kind == Kind::Nobody => Ok(None),
            [only] => name(only),
            several => {
                let names: Vec<_> = several.iter().map(|name| format!("`{name}`")).collect();
                let text = format!("`{}` needs `on`: several connections may be open here", asks.verb);
                Err(Mistake::new(asks.span, text).help(format!("one of {}", names.join(", "))))
            }
        }
    }

    /// What a `request` without `on` is about: what a step around it says, or what met the alternative around it where
    /// that can be requested of; else the strand's.
    fn meant_by_request(&self) -> Meant {
        let can_be = |name: &String| is_template(name) || self.open.find(name).is_some_and(|c| c.requests);
        match &self.meant {
            Meant::Met(names) if !names.iter().all(can_be) => Meant::Strand,
            meant => meant.clone(),
        }
    }

    /// The only name that requests can go to.
    fn requestable(&self, asks: Asks) -> Result<Option<String>, Mistake> {
        let all = self.open.names().filter(|(_, connection)| connection.requests);
        let all: Vec<&str> = all.map(|(name, _)| name).collect();
        match all.as_slice() {
            [] | [_] if self.open.unknown => Ok(None),
            _ if self.kind == Kind::Nobody => Ok(None),
            [only] => Ok(Some((*only).to_owned())),
            [] => match self.open.names().next() {
                Some((other, connection)) => Err(not_http(other, connection, asks.span)),
                None => Err(self.none_open(asks.span, asks)),
            },
            several => {
                let names: Vec<_> = several.iter().map(|name| format!("`{name}`")).collect();
                let text = "`request` needs `on`: several connections speak HTTP here";
                Err(Mistake::new(asks.span, text).help(format!("one of {}", names.join(", "))))
            }
        }
    }

    fn refuse_none_open(&mut self, span: Span, asks: Asks) {
        let mistake = self.none_open(span, asks);
        self.all.mistake(mistake);
    }

    fn none_open(&self, span: Span, asks: Asks) -> Mistake {
        let mistake = Mistake::new(
            span,
            format!("`{}` needs a connection, and none is open here", asks.verb),
        );
        match self
            .open
            .only_ended()
            .and_then(|name| Some((name, self.open.ended(name)?)))
        {
            Some((name, ended)) => mistake.note(ended, format!("`{name}` ends here")),
            None => mistake.help("`connect` to an actor first"),
        }
    }

    /// Says so where a name cannot be open.
    fn check_open(&mut self, name: &str, span: Span, asks: Asks) {
        if is_template(name) || self.open.unknown {
            return;
        }
        let ended = self.open.ended(name);
        let mistake = match (self.open.find(name), ended) {
            (Some(connection), _) if asks.need == Need::Request && !connection.requests => {
                not_http(name, connection, span)
            }
            (Some(connection), _) if connection.allows(asks.need) || asks.fails => return,
            (None, Some(_)) if asks.fails => return,
            (Some(connection), None) if connection.requests && !connection.reuse => {
                let text = format!("`{name}` is open during its requests only");
                Mistake::new(span, text).help("`\"reuse\": false` says so")
            }
            (Some(connection), ended) => {
                let half = match connection.receives {
                    true => "nothing more can be sent",
                    false => "nothing more can be received",
                };
                let mistake = Mistake::new(span, format!("`{name}` has ended here, {half}"));
                match ended {
                    Some(ended) => mistake.note(ended, "it ends here"),
                    None => mistake,
                }
            }
            (None, Some(ended)) => {
                Mistake::new(span, format!("`{name}` is closed here already")).note(ended, "it ends here")
            }
            (None, None) => {
                let text = format!("no connection called `{name}` can be open here");
                let names: Vec<_> = self.open.names().map(|(name, _)| name).collect();
                let mistake = Mistake::new(span, text).did_you_mean(name, names.iter().copied());
                match (mistake.help.is_some(), names.is_empty()) {
                    (false, false) => {
                        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                        mistake.help(format!("open may be {}", names.join(", ")))
                    }
                    _ => mistake,
                }
            }
        };
        self.all.mistake(mistake);
    }
}

/// Requests cannot go to this connection.
fn not_http(name: &str, connection: &Connection, span: Span) -> Mistake {
    // The side that keeps it from being one.
    let sides = [&connection.outgoing, &connection.incoming].into_iter().flatten();
    let framing = sides
        .filter(|framing| framing.as_http().is_none())
        .map(|framing| format!(": its framing is `{}`", framing.describe()))
        .next();
    let text = format!("no HTTP request can be sent on `{name}`{}", framing.unwrap_or_default());
    Mistake::new(span, text).help(SPEAK_HTTP)
}

/// Whether a name is only known when it is filled in.
pub(super) fn is_template(name: &str) -> bool {
    name.contains("{{")
}
