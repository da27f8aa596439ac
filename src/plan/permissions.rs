//! What a scenario may do besides talking to itself: start programs, and reach other hosts.
//!
//! Owns which addresses and programs are allowed, and the words of a refusal. A host's name is resolved once, when it is
//! allowed; the addresses that this gave are the ones that are checked and used from then on. Does not own which files may
//! be read (`scenario::files`).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};

/// What is allowed: nothing but loopback, unless the command line says more.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    process: bool,
    hosts: Vec<Host>,
    /// Nothing is played, so that nothing need be refused.
    unplayed: bool,
}

/// A host that may be reached.
#[derive(Clone, Debug)]
pub struct Host {
    /// As it was written, in lower case.
    name: String,
    /// What that meant when it was allowed.
    addresses: Vec<IpAddr>,
}

impl Host {
    /// An address, or a name, which is resolved now and never again.
    pub fn resolved(name: &str) -> Result<Self, String> {
        let addresses = match bare(name).parse::<IpAddr>() {
            Ok(address) => vec![address.to_canonical()],
            Err(_) => resolved(name, 0)
                .map_err(|error| format!("`{name}` cannot be resolved: {error}"))?
                .into_iter()
                .map(|address| address.ip().to_canonical())
                .collect(),
        };
        Ok(Self {
            name: bare(name).to_ascii_lowercase(),
            addresses,
        })
    }
}

/// Why an address is none that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub text: String,
    /// What would cure it.
    pub help: Option<String>,
}

impl Permissions {
    /// For a scenario that is only checked: nothing is refused, and no name is resolved.
    pub fn unplayed() -> Self {
        Self {
            unplayed: true,
            ..Self::default()
        }
    }

    /// Also starting programs.
    #[must_use]
    pub fn with_process(mut self, allowed: bool) -> Self {
        self.process |= allowed;
        self
    }

    /// Also reaching a host.
    #[must_use]
    pub fn with_host(mut self, host: Host) -> Self {
        self.hosts.push(host);
        self
    }

    /// Whether programs may be started.
    pub const fn allows_process(&self) -> bool {
        self.process || self.unplayed
    }

    /// Whether an address may be reached.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let mut hosts = self.hosts.iter();
        address.is_loopback() || self.unplayed || hosts.any(|host| host.addresses.contains(&address))
    }

    /// The address that `HOST:PORT` means, where it may be reached. `localhost` is loopback, whatever a resolver says.
    pub fn address(&self, text: &str) -> Result<SocketAddr, Refused> {
        let no_address = || Refused {
            text: format!("`{text}` is no address with a port"),
            help: Some("`127.0.0.1:PORT`, `[::1]:PORT` and `localhost:PORT` are such addresses".to_owned()),
        };
        let (host, port) = match text.parse::<SocketAddr>() {
            Ok(address) => (address.ip().to_string(), address.port()),
            Err(_) => {
                let (host, port) = text.rsplit_once(':').ok_or_else(no_address)?;
                (host.to_owned(), port.parse().map_err(|_| no_address())?)
            }
        };
        if port == 0 || host.is_empty() {
            return Err(no_address());
        }
        let address = match host.parse::<IpAddr>() {
            Ok(address) => Some(address.to_canonical()).filter(|address| self.allows(*address)),
            Err(_) if host.eq_ignore_ascii_case("localhost") || self.unplayed => Some(Ipv4Addr::LOCALHOST.into()),
            Err(_) => self.named(&host),
        };
        match address {
            Some(address) => Ok(SocketAddr::new(address, port)),
            None => Err(Refused {
                text: format!(
                    "`{host}` is not allowed: a scenario reaches the loopback of this machine and no other host"
                ),
                help: Some(format!("the option `--allow-net {host}` allows it")),
            }),
        }
    }

    fn named(&self, name: &str) -> Option<IpAddr> {
        let host = self.hosts.iter().find(|host| host.name.eq_ignore_ascii_case(name))?;
        host.addresses.first().copied()
    }
}

/// The address of `HOST:PORT`, a name being resolved now.
pub fn resolve(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(SocketAddr::new(address.ip().to_canonical(), address.port()));
    }
    let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let port = parts.and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let (host, port) = port.ok_or("HOST:PORT is needed")?;
    let addresses = resolved(host, port).map_err(|error| format!("`{host}` cannot be resolved: {error}"))?;
    Ok(addresses[0])
}

/// What a name means now; never empty.
fn resolved(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if name.eq_ignore_ascii_case("localhost") {
        return Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))]);
    }
    let addresses: Vec<SocketAddr> = (name, port).to_socket_addrs()?.collect();
    match addresses.is_empty() {
        true => Err(io::Error::new(io::ErrorKind::NotFound, "it has no address")),
        false => Ok(addresses),
    }
}

/// An address without the brackets of IPv6.
fn bare(name: &str) -> &str {
    let inside = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inside.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(permissions: &Permissions, text: &str) -> Option<String> {
        permissions.address(text).err().map(|refused| refused.text)
    }

    #[test]
    fn loopback_is_allowed_in_every_spelling_of_an_address() {
        let none = Permissions::default();
        for (text, meant) in [
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("127.8.9.10:80", "127.8.9.10:80"),
            ("[::1]:80", "[::1]:80"),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"),
            ("localhost:80", "127.0.0.1:80"),
            ("LocalHost:80", "127.0.0.1:80"),
        ] {
            assert_eq!(none.address(text).unwrap().to_string(), meant, "{text}");
        }
    }

    #[test]
    fn nothing_else_is_allowed_in_any_spelling() {
        let none = Permissions::default();
        for text in [
            "8.8.8.8:53",
            "0.0.0.0:80",
            "[::]:80",
            "[::ffff:8.8.8.8]:53",
            "[::ffff:0.0.0.0]:53",
            "[::127.0.0.1]:53",
            "127.1:80",
            "0x7f000001:80",
            "0177.0.0.1:80",
            "2130706433:80",
            "localhost.:80",
            "localhost.example.com:80",
            "example.com:80",
            "127.0.0.1.example.com:80",
            "user@127.0.0.1:80",
            " 127.0.0.1:80",
            "169.254.169.254:80",
            "10.0.0.1:80",
            "[fe80::1%1]:80",
        ] {
            let said = refusal(&none, text).unwrap_or_else(|| panic!("{text} is allowed"));
            assert!(
                said.contains("not allowed") || said.contains("no address"),
                "{text}: {said}"
            );
        }
        for text in ["", ":80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x"] {
            assert!(refusal(&none, text).unwrap().contains("no address"), "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_option() {
        let refused = Permissions::default().address("8.8.8.8:53").unwrap_err();
        assert_eq!(
            refused.help.as_deref(),
            Some("the option `--allow-net 8.8.8.8` allows it")
        );
    }

    #[test]
    fn what_is_allowed_is_allowed_by_its_addresses() {
        let allowed = Permissions::default().with_host(Host::resolved("192.0.2.7").unwrap());
        assert_eq!(allowed.address("192.0.2.7:80").unwrap().to_string(), "192.0.2.7:80");
        assert_eq!(
            allowed.address("[::ffff:192.0.2.7]:80").unwrap().to_string(),
            "192.0.2.7:80"
        );
        assert!(allowed.address("192.0.2.8:80").is_err());
        let named = Permissions {
            hosts: vec![Host {
                name: "redis.test".to_owned(),
                addresses: vec![[192, 0, 2, 9].into()],
            }],
            ..Permissions::default()
        };
        assert_eq!(named.address("Redis.test:80").unwrap().to_string(), "192.0.2.9:80");
        assert!(named.address("192.0.2.9:80").is_ok());
        assert!(named.address("other.test:80").is_err());
    }

    #[test]
    fn an_address_of_the_command_line_is_resolved_once() {
        assert_eq!(resolve("localhost:7").unwrap().to_string(), "127.0.0.1:7");
        assert_eq!(resolve("8.8.8.8:53").unwrap().to_string(), "8.8.8.8:53");
        for text in ["", "x", ":1", "x:y", "127.0.0.1"] {
            assert!(resolve(text).is_err(), "{text}");
        }
    }
}
