//! From where a request comes, when proxies stand between.
//!
//! A proxy appends the address of whoever called it to `X-Forwarded-For`. Everything to the left of the last address that
//! a proxy of ours wrote may be made up, so the header is read from the right, and only as far as we trust.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// The networks of the proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads networks (`10.0.0.0/8`) and single addresses, separated by commas.
    ///
    /// # Errors
    /// With the first piece that is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pieces = text.split(',').map(str::trim).filter(|piece| !piece.is_empty());
        let network = |piece: &str| {
            let address = || piece.parse::<IpAddr>().ok().map(IpNet::from);
            piece.parse::<IpNet>().ok().or_else(address).ok_or_else(|| piece.to_owned())
        };
        pieces.map(network).collect::<Result<_, _>>().map(Self)
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client: the last one on the way here that is not a proxy of ours.
    ///
    /// `peer` is who called us; `forwarded` are the values of `X-Forwarded-For`, in their order.
    pub fn client<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        let mut hops = forwarded.rev().flat_map(|value| value.rsplit(','));
        while self.trust(client) {
            // What can't be read was not written by a proxy of ours.
            let Some(hop) = hops.next().and_then(parse) else { break };
            client = hop.to_canonical();
        }
        client
    }
}

fn parse(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse().ok().or_else(with_port).or_else(in_brackets)
}

/// What is counted as one place: an IPv4 address, or the /64 of an IPv6 address, within which anybody has many.
pub fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let trusted = TrustedProxies::parse(trusted).unwrap();
        trusted.client(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
    }

    #[test]
    fn without_a_trusted_proxy_the_header_says_nothing() {
        assert_eq!(client("", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_of_ours_is_the_client() {
        let ours = "10.0.0.0/8, 192.0.2.7, fd00::/8";
        assert_eq!(client(ours, "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        // The client wrote the first two itself.
        assert_eq!(client(ours, "10.0.0.1", &["1.2.3.4, 10.9.9.9, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client(ours, "10.0.0.1", &["1.2.3.4", "198.51.100.1, 192.0.2.7", "10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(client(ours, "fd00::1", &["2001:db8::5"]), "2001:db8::5");
        assert_eq!(client(ours, "::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client(ours, "10.0.0.1", &["[2001:db8::5]:80"]), "2001:db8::5");
    }

    #[test]
    fn where_the_way_ends_or_can_not_be_read_the_last_proxy_is_the_client() {
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["198.51.100.1, "]), "10.0.0.1");
    }

    #[test]
    fn a_network_of_ipv6_is_one_place() {
        let of = |text: &str| place(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("203.0.113.9"), "203.0.113.9");
        assert_eq!(of("::ffff:203.0.113.9"), "203.0.113.9");
    }

    #[test]
    fn what_is_no_network_is_named() {
        assert_eq!(TrustedProxies::parse("10.0.0.0/8, proxy").unwrap_err(), "proxy");
        assert_eq!(TrustedProxies::parse("10.0.0.0/33").unwrap_err(), "10.0.0.0/33");
    }
}
