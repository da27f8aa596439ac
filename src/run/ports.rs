//! Ports for programs that listen for themselves.
//!
//! Owns picking a port that is free, and that stays free until the program takes it. Does not own who is told of it
//! (`programs`), nor the ports of our own endpoints, which we bind ourselves.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::io;
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bind::ATTEMPTS;

/// The first port that is picked: those below belong to services that everybody knows.
const FIRST: u16 = 10_000;

/// The first of the ports that the system gives to whoever asks for any, where the system does not say.
const USUAL: u16 = 32_768;

/// A port that is free now, for streams and for datagrams.
///
/// It is none of those that the system gives to whoever asks for any: such a one could be another run's, or one end of
/// somebody's connection, before the program that is told of it has begun. Who picks ports as we do, in this process or in
/// another, begins somewhere else and comes to the same one late.
pub(super) fn free_port(host: IpAddr) -> io::Result<u16> {
    static NEXT: OnceLock<AtomicUsize> = OnceLock::new();
    let next = NEXT.get_or_init(|| {
        let anywhere = RandomState::new().hash_one(std::process::id());
        AtomicUsize::new(usize::try_from(anywhere % u64::from(u16::MAX)).expect("it is less than a number of ports"))
    });
    let ours = usize::from(ephemeral().saturating_sub(FIRST));
    if ours > 0 {
        for _ in 0..ATTEMPTS {
            let offset = next.fetch_add(1, Ordering::Relaxed) % ours;
            let port = FIRST + u16::try_from(offset).expect("it is less than a number of ports");
            if is_free(host, port)?.is_some() {
                return Ok(port);
            }
        }
    }
    // The system has left us none, so that it is one of its own.
    for _ in 0..ATTEMPTS {
        if let Some(port) = is_free(host, 0)? {
            return Ok(port);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

/// The port, where it is free for streams and for datagrams; `0` is any.
fn is_free(host: IpAddr, port: u16) -> io::Result<Option<u16>> {
    let bound = TcpListener::bind((host, port)).and_then(|listener| {
        let port = listener.local_addr()?.port();
        UdpSocket::bind((host, port)).map(|_| port)
    });
    match bound {
        Ok(port) => Ok(Some(port)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(None),
        Err(error) => Err(error),
    }
}

/// The first port that the system gives to whoever asks for any.
fn ephemeral() -> u16 {
    let said = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok();
    let first = said.as_deref().and_then(|range| range.split_whitespace().next());
    first.and_then(|first| first.parse().ok()).unwrap_or(USUAL)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_port_for_a_program_is_nobodys_who_asks_for_any() {
        if ephemeral() <= FIRST {
            return;
        }
        for _ in 0..100 {
            let port = free_port(Ipv4Addr::LOCALHOST.into()).unwrap();
            assert!((FIRST..ephemeral()).contains(&port), "{port}");
        }
    }

    #[test]
    fn several_that_pick_at_once_are_given_ports_of_their_own() {
        let pick = || (0..50).map(|_| free_port(Ipv4Addr::LOCALHOST.into()).unwrap());
        let ports: Vec<u16> = std::thread::scope(|scope| {
            let picking: Vec<_> = (0..4).map(|_| scope.spawn(|| pick().collect::<Vec<_>>())).collect();
            picking.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), ports.len());
    }

    #[test]
    fn a_port_that_is_taken_for_datagrams_is_not_free() {
        let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_eq!(is_free(Ipv4Addr::LOCALHOST.into(), port).unwrap(), None);
    }
}
