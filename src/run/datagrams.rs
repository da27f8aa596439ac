//! What is watched over while there are datagrams.
//!
//! Owns the findings about what went wrong on UDP sockets, and the end of all associations, which comes when nothing is
//! under way any more. Does not own the sockets (`net`).

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::actor::World;
use crate::finding::{Finding, FindingKind, Verdict};
use crate::net::udp::Trouble;
use crate::runtime;
use crate::units::show_size;

/// How often it is looked whether the kernel has dropped what is under way.
const LOOK: Duration = Duration::from_millis(500);

/// How long others, who may never read, can keep associations from their end.
const OTHERS: Duration = Duration::from_millis(500);

/// Tells what goes wrong on UDP sockets, for ever.
pub(super) async fn watch(world: &Arc<World>) {
    let ports = world.registry.ports();
    loop {
        let pause = runtime::sleep_until(Instant::now() + LOOK);
        match futures::future::select(pin!(ports.troubles()), pin!(pause)).await {
            futures::future::Either::Left((troubles, _)) => tell(world, troubles, true),
            futures::future::Either::Right(_) => ports.look_for_late(),
        }
    }
}

/// Ends all associations: when what is under way has arrived, or this time is over.
pub(super) async fn end(world: &Arc<World>, limit: Duration) {
    let ports = world.registry.ports();
    if ports.is_empty() {
        return;
    }
    if !world.pulse.is_cut() {
        let all = ports.settle(|| !world.pulse.is_flushing());
        if runtime::within(limit.min(OTHERS), all).await.is_none() {
            runtime::within(limit, ports.settle(|| true)).await;
        }
        ports.look_for_drops();
    }
    ports.end();
    tell(world, ports.take_troubles(), false);
}

/// Tells troubles, which cut a run that is not over.
fn tell(world: &Arc<World>, troubles: Vec<Trouble>, goes_on: bool) {
    for trouble in troubles {
        let (finding, cut) = finding(trouble);
        if world.found_once(finding) && cut && goes_on {
            // What comes behind a datagram that is missing would stand in its place.
            world.cut("datagrams that the kernel dropped");
        }
    }
}

fn finding(trouble: Trouble) -> (Finding, bool) {
    let (strand, kind, text, help, cut) = match trouble {
        Trouble::Dropped { owner, count } => {
            let datagrams = if count == 1 { "datagram" } else { "datagrams" };
            let text = format!("the kernel dropped {count} {datagrams} that came for `{owner}`");
            let help = "it has no room for more: `sysctl net.core.rmem_max` says how much there may be";
            (owner, FindingKind::System, text, help, true)
        }
        Trouble::Overflowed { owner, limit } => {
            let limit = show_size(limit);
            let text = format!("somebody sends more than {limit} to `{owner}` that no step takes (`limits.unread`)");
            let help = "what came after that is not there";
            (owner, FindingKind::Limit, text, help, false)
        }
        Trouble::Strayed { owner, datagram } => {
            let size = datagram.len();
            let text =
                format!("a datagram of {size} bytes came for `{owner}` from somebody it has not sent anything to");
            let help = "an association is with one remote address, and takes nothing from others";
            (owner, FindingKind::LeftOver, text, help, false)
        }
    };
    let verdict = if cut { Verdict::Error } else { Verdict::Fail };
    let finding = Finding {
        kind,
        verdict,
        strand,
        verb: None,
        place: None,
        text,
        actual: None,
        expected: Vec::new(),
        help: Some(help.to_owned()),
        follows: false,
    };
    (finding, cut)
}
