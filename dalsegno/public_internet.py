"""Which IP addresses belong to the public internet."""

from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network

# Not the open internet, by IANA's IPv4 Special-Purpose Address Registry; multicast and reserved space besides.
_CLOSED_IPV4 = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's own services, at an address that looks public
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
# All of IPv6 that is handed out as global unicast. What embeds an IPv4 address (mapped, NAT64) lies outside of it.
_OPEN_IPV6 = IPv6Network("2000::/3")
# Within it, by IANA's IPv6 Special-Purpose Address Registry: protocol assignments with Teredo, documentation, 6to4.
_CLOSED_IPV6 = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"))
)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet. What can't be read as one is not."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        return parsed in _OPEN_IPV6 and not any(parsed in closed for closed in _CLOSED_IPV6)
    return not any(parsed in closed for closed in _CLOSED_IPV4)
