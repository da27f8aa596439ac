//! The codes of warnings: their names and summaries.

use std::fmt;

/// What kind of thing is warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// Steps that no way leads to.
    UnreachableStep,
    /// An alternative that an earlier one leaves nothing for.
    ShadowedAlternative,
    /// A variable that nothing uses.
    UnusedVariable,
    /// What a server does and no client can meet.
    UnmetServer,
    /// An actor that has nothing to do with any other.
    LonelyActor,
    /// A time that is longer than the whole run may be.
    LongTimeout,
    /// Strands that wait for each other.
    Deadlock,
    /// A signal that several give and nobody counts.
    SignalBySeveral,
    /// A signal that nobody awaits.
    UnawaitedSignal,
    /// A timer that nobody waits for.
    UnawaitedTimer,
}

/// All codes, in the order of the documentation.
pub const ALL: [Code; 10] = [
    Code::UnreachableStep,
    Code::ShadowedAlternative,
    Code::UnusedVariable,
    Code::UnmetServer,
    Code::LonelyActor,
    Code::LongTimeout,
    Code::Deadlock,
    Code::SignalBySeveral,
    Code::UnawaitedSignal,
    Code::UnawaitedTimer,
];

impl Code {
    /// Its name, as the command line and the output have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnreachableStep => "unreachable-step",
            Self::ShadowedAlternative => "shadowed-alternative",
            Self::UnusedVariable => "unused-variable",
            Self::UnmetServer => "unmet-server",
            Self::LonelyActor => "lonely-actor",
            Self::LongTimeout => "long-timeout",
            Self::Deadlock => "deadlock",
            Self::SignalBySeveral => "signal-by-several",
            Self::UnawaitedSignal => "unawaited-signal",
            Self::UnawaitedTimer => "unawaited-timer",
        }
    }

    /// The code of this name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|code| code.name() == name)
    }

    /// What it warns of, in one line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::UnreachableStep => "a step that can never run",
            Self::ShadowedAlternative => {
                "an alternative that can never be met, since another takes all that it would take"
            }
            Self::UnusedVariable => "a variable, constant or capture that nothing uses",
            Self::UnmetServer => "a session that nobody connects to, or a message in it that no client sends",
            Self::LonelyActor => "an actor that has nothing to do with any other",
            Self::LongTimeout => "a time that is longer than the whole run may take",
            Self::Deadlock => "strands that wait for each other and can never go on",
            Self::SignalBySeveral => "a signal that several strands give, and of which only the first is awaited",
            Self::UnawaitedSignal => "a signal that nobody awaits",
            Self::UnawaitedTimer => "a timer that no alternative waits for",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
