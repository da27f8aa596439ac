//! How code is woken: by what a stage gave it, or by something of its own.
//!
//! Owns telling the two apart. Code is polled with a waker of its own: whoever keeps a copy of that may wake the code, and
//! nobody here knows when. Does not own waiting (`part`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use futures::task::AtomicWaker;

use crate::runtime::{Arrival, Doubt, Pulse, Waiting};

/// Both wakers of one strand's code.
pub(super) struct Bell {
    rope: Arc<Rope>,
    copies: Arc<Theirs>,
    /// What our own waits are woken by.
    ours: Waker,
    /// What the code is polled with.
    theirs: Waker,
}

/// Whether something may wake the code that is none of ours; while it lives, the run is not settled.
pub(super) enum Elsewhere {
    Nobody,
    /// It also waits as a `serve` does.
    Perhaps(#[expect(dead_code, reason = "it counts while it lives")] Doubt),
    Surely(#[expect(dead_code, reason = "it counts while it lives")] Arrival),
}

impl Elsewhere {
    pub(super) fn of(pulse: &Pulse, may_ring: bool, waiting: Waiting) -> Self {
        match (may_ring, waiting) {
            (false, _) => Self::Nobody,
            (true, Waiting::Serve) => Self::Perhaps(pulse.doubt()),
            (true, _) => Self::Surely(pulse.arrival()),
        }
    }
}

/// Says that the code is to be polled.
#[derive(Default)]
struct Rope {
    rung: AtomicBool,
    task: AtomicWaker,
}

/// The same, where it is the code's own things that say so.
struct Theirs(Arc<Rope>);

/// How many copies of the code's waker there are when nobody keeps one: one here, one in the waker.
const OWN_COPIES: usize = 2;

impl Bell {
    pub(super) fn new() -> Self {
        let rope = Arc::new(Rope::default());
        let copies = Arc::new(Theirs(Arc::clone(&rope)));
        Self {
            ours: Waker::from(Arc::clone(&rope)),
            theirs: Waker::from(Arc::clone(&copies)),
            rope,
            copies,
        }
    }

    /// What the code is polled with.
    pub(super) fn context(&self) -> Context<'_> {
        Context::from_waker(&self.theirs)
    }

    /// The waker for a wait of ours; none where the code polls its parts each by itself, and each has a waker of its own.
    pub(super) fn ours(&self, cx: &Context<'_>) -> Option<&Waker> {
        cx.waker().will_wake(&self.theirs).then_some(&self.ours)
    }

    /// Who is to be woken when it rings.
    pub(super) fn register(&self, cx: &Context<'_>) {
        self.rope.task.register(cx.waker());
    }

    /// Whether it rang.
    pub(super) fn has_rung(&self) -> bool {
        self.rope.rung.load(Ordering::SeqCst)
    }

    /// Whether it rang since the last call.
    pub(super) fn take(&self) -> bool {
        self.rope.rung.swap(false, Ordering::SeqCst)
    }

    /// Whether something of the code's own may wake it.
    pub(super) fn may_ring_elsewhere(&self) -> bool {
        Arc::strong_count(&self.copies) > OWN_COPIES
    }
}

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rung.store(true, Ordering::SeqCst);
        self.task.wake();
    }
}

impl Wake for Theirs {
    fn wake(self: Arc<Self>) {
        let rope = Arc::clone(&self.0);
        // The copy is gone before the code goes on.
        drop(self);
        rope.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake_by_ref();
    }
}
