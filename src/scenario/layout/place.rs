//! The few places of the format that are laid out in a way of their own.
//!
//! Owns which place a key leads to. A place that is none of these is plain JSON. Does not own what may stand there
//! (`decode`): a file is laid out whether or not it is a sound scenario.

use super::part::Member;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The whole file.
    Top,
    /// Things by name: actors, procedures.
    Named(Thing),
    /// One of them.
    Thing(Thing),
    /// The steps of an actor, an endpoint or a procedure.
    Script,
    /// The steps inside a step.
    Steps,
    /// Steps beside what they are for.
    Do,
    /// The alternatives of an actor.
    Rules,
    /// The alternatives of a step.
    Alternatives,
    /// Lists of steps side by side.
    Branches,
    /// A step.
    Step,
    /// An alternative.
    Alternative,
    /// A list of endpoints, or the one endpoint.
    Endpoints,
    /// An endpoint in a list.
    Endpoint,
    /// Rows of data at the top of a file.
    Rows,
    /// Whatever else.
    Plain,
}

/// What has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// An actor.
    Actor,
    /// A procedure.
    Procedure,
}

impl Place {
    /// Where the value of a member stands.
    pub(super) fn member(self, member: &Member<'_>) -> Self {
        match (self, member.name.as_str()) {
            (_, "//") => Self::Plain,
            (Self::Top, "actors") => Self::Named(Thing::Actor),
            (Self::Top, "procedures") => Self::Named(Thing::Procedure),
            (Self::Top, "data" | "invariants") => Self::Rows,
            (Self::Named(thing), _) => Self::Thing(thing),
            (Self::Thing(Thing::Actor), "setup" | "script" | "session" | "finally")
            | (Self::Thing(Thing::Procedure), "do")
            | (Self::Endpoints | Self::Endpoint, "session") => Self::Script,
            (Self::Thing(Thing::Actor) | Self::Endpoint, "unexpected" | "background") => Self::Rules,
            (Self::Thing(Thing::Actor), "listen") => Self::Endpoints,
            (Self::Step, "do" | "else" | "group") => Self::Steps,
            (Self::Step, "choose" | "serve" | "any_order") => Self::Alternatives,
            (Self::Step, "parallel") => Self::Branches,
            (Self::Alternative, "do") => Self::Do,
            _ => Self::Plain,
        }
    }

    /// Where an item stands.
    pub(super) fn item(self) -> Self {
        match self {
            Self::Script | Self::Steps | Self::Do => Self::Step,
            Self::Rules | Self::Alternatives => Self::Alternative,
            Self::Branches => Self::Steps,
            Self::Endpoints => Self::Endpoint,
            _ => Self::Plain,
        }
    }

    /// Whether it is never on one line.
    pub(super) fn is_always_open(self) -> bool {
        matches!(
            self,
            Self::Top | Self::Named(_) | Self::Thing(_) | Self::Script | Self::Rules
        )
    }

    /// Whether its items are each on a line of their own where there are several.
    pub(super) fn is_one_a_line(self) -> bool {
        matches!(
            self,
            Self::Steps | Self::Alternatives | Self::Branches | Self::Endpoints | Self::Rows
        )
    }

    /// Whether it is a list of steps or of alternatives.
    pub(super) fn is_steps(self) -> bool {
        matches!(
            self,
            Self::Script | Self::Steps | Self::Do | Self::Rules | Self::Alternatives | Self::Branches
        )
    }

    /// Whether its members are each on a line of their own, inside braces on lines of their own.
    pub(super) fn is_block(self) -> bool {
        matches!(self, Self::Top | Self::Named(_) | Self::Thing(_))
    }

    /// Whether it breaks at its keys, its first one staying where it is.
    pub(super) fn breaks_at_keys(self) -> bool {
        matches!(self, Self::Step | Self::Alternative | Self::Endpoint)
    }
}
