//! What watches over a run.
//!
//! Owns the pulse's supervision, the scenario's deadline, and the signals that end a run. Does not own what an end looks
//! like.

use std::sync::Arc;
use std::time::Instant;

use super::datagrams;
use crate::actor::{DEADLINE, World};
use crate::net::folder::Folder;
use crate::runtime::{self, Heeding, JoinHandle};
use crate::trace::recorder::LATEST;

/// What watches over the run: the pulse, the scenario's deadline, and signals.
pub(super) fn guards(world: &Arc<World>, folder: &Arc<Folder>, signals: bool) -> Vec<JoinHandle<()>> {
    let mut guards = Vec::new();
    let supervised = Arc::clone(world);
    guards.push(runtime::spawn(async move {
        let recorder = Arc::clone(&supervised.recorder);
        let pulse = supervised.pulse.clone();
        pulse
            .supervise(LATEST, || {
                recorder.flush();
                if recorder.has_failed() {
                    supervised.cut("a trace that cannot be written");
                }
            })
            .await;
    }));
    let timed = Arc::clone(world);
    guards.push(runtime::spawn(async move {
        runtime::sleep_until(Instant::now() + timed.plan.limits.scenario).await;
        timed.cut(DEADLINE);
    }));
    let troubled = Arc::clone(world);
    guards.push(runtime::spawn(async move { datagrams::watch(&troubled).await }));
    if signals {
        let (signalled, folder) = (Arc::clone(world), Arc::clone(folder));
        let heeding = Heeding::begin();
        guards.push(runtime::spawn(async move {
            signalled.cut(heeding.next().await);
            // Whoever asks twice does not want to wait for an orderly end.
            heeding.next().await;
            folder.remove();
            runtime::process::quit(130);
        }));
    }
    guards
}
