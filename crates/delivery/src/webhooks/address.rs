//! Which addresses belong to the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks that are not reached over the internet, or not meant for one receiver (IANA's special-purpose registries).
const NOT_PUBLIC_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Whether an address is one of the public internet. What carries an IPv4 address within it is judged by that one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !NOT_PUBLIC_V4.iter().any(|(network, length)| {
        let mask = u32::MAX << (32 - u32::from(*length));
        u32::from(address) & mask == u32::from(Ipv4Addr::from(*network))
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, middle @ .., high, low] = address.segments();
    let [third, ..] = middle;
    let v4 = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match (first, second) {
        // Mapped (::ffff:0:0/96); what is left of ::/96 holds the unspecified address and the loopback.
        (0, 0) => middle == [0, 0, 0, 0xffff] && v4(high, low),
        // NAT64: the well-known prefix; 64:ff9b:1::/48 is for networks of one's own.
        (0x64, 0xff9b) => middle == [0; 4] && v4(high, low),
        // 6to4.
        (0x2002, _) => v4(second, third),
        // Teredo and other protocols (2001::/23), documentation (2001:db8::/32, 3fff::/20).
        (0x2001, 0..=0x01ff | 0x0db8) | (0x3fff, 0..=0x0fff) => false,
        // Everything else that is handed out is in 2000::/3.
        _ => first & 0xe000 == 0x2000,
    }
}

/// Whether a name may lead to the public internet: the names that never do are refused at once.
pub(super) fn may_be_public(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let own = ["localhost", "local", "internal", "intranet", "lan", "home.arpa"];
    name.contains('.') && !own.iter().any(|suffix| name == *suffix || name.ends_with(&format!(".{suffix}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn addresses_within_a_network_of_ones_own_are_not_public() {
        for own in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.19.0.1",
            "192.0.2.7",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd12:3456::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "3fff::1",
            "100::1",
        ] {
            assert!(!public(own), "{own}");
        }
    }

    #[test]
    fn addresses_of_the_internet_are_public() {
        for other in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "211.249.220.24",
            "2606:4700:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
            "2001:4860:4860::8888",
        ] {
            assert!(public(other), "{other}");
        }
    }

    #[test]
    fn names_that_never_lead_out_are_refused_at_once() {
        for own in
            ["localhost", "LOCALHOST.", "db", "a.localhost", "printer.local", "metadata.google.internal"]
        {
            assert!(!may_be_public(own), "{own}");
        }
        for other in ["hooks.example.org", "local.example.org", "example.org."] {
            assert!(may_be_public(other), "{other}");
        }
    }
}
