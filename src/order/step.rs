//! What the linearization hands on.
//!
//! Owns units by the ids of their events. Does not own their order (`linear`), nor what the events hold (`emit`).

/// What is handed on at once, by event ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Message {
        send: u32,
        receive: u32,
    },
    Departs {
        send: u32,
    },
    Arrives {
        send: u32,
        receive: u32,
    },
    Unpaired {
        send: u32,
    },
    Closes {
        closing: u32,
    },
    Taken {
        receive: u32,
    },
    Opens {
        connect: u32,
        accept: Option<u32>,
        connected: Option<u32>,
    },
    Local {
        event: u32,
    },
    /// Nothing that is drawn.
    Nothing {
        event: u32,
    },
}

/// A step and the thread that it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    pub(super) step: Step,
    pub(super) thread: u32,
}

impl Step {
    /// The events that it hands on, each once.
    pub(super) const fn events(self) -> [Option<u32>; 3] {
        match self {
            Self::Message { send, receive } => [Some(send), Some(receive), None],
            Self::Departs { send: event }
            | Self::Arrives { receive: event, .. }
            | Self::Unpaired { send: event }
            | Self::Closes { closing: event }
            | Self::Taken { receive: event }
            | Self::Local { event }
            | Self::Nothing { event } => [Some(event), None, None],
            Self::Opens {
                connect,
                accept,
                connected,
            } => [Some(connect), accept, connected],
        }
    }
}
