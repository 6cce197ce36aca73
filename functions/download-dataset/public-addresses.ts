/**
 * Which IP addresses are the public internet's: neither private nor a machine's own, nor forms of IPv6 that lead to
 * such an IPv4 address.
 *
 * Sources: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), the IPv4 Multicast
 * Address Space Registry, and the IPv6 Global Unicast assignments; read November 2026. Blocks inside 192.0.0.0/24 and
 * 2001::/23 that are reachable serve protocols, not files, and are left out with the rest.
 */
import { BlockList, isIP } from 'node:net';

const SPECIAL_IPV4 = [
  ['0.0.0.0', 8, 'this network'],
  ['10.0.0.0', 8, 'private'],
  ['100.64.0.0', 10, 'shared by carriers'],
  ['127.0.0.0', 8, "loopback, also of Lambda's runtime API"],
  ['169.254.0.0', 16, 'link-local, also of metadata and credentials'],
  ['172.16.0.0', 12, 'private'],
  ['192.0.0.0', 24, 'protocol assignments'],
  ['192.0.2.0', 24, 'documentation'],
  ['192.88.99.0', 24, '6to4 relays'],
  ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'benchmarking'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved, and broadcast'],
] as const;

/**
 * All of global unicast. Outside it are ::1, IPv4-mapped ::ffff:0:0/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48, unique
 * local fc00::/7, link-local fe80::/10, multicast ff00::/8 and whatever else is not assigned.
 */
const GLOBAL_UNICAST = ['2000::', 3] as const;
const SPECIAL_IPV6 = [
  ['2001::', 23, 'protocol assignments, among them Teredo'],
  ['2001:db8::', 32, 'documentation'],
  ['2002::', 16, '6to4'],
  ['3fff::', 20, 'documentation'],
] as const;

const special = new BlockList();
for (const [network, prefix] of SPECIAL_IPV4) special.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of SPECIAL_IPV6) special.addSubnet(network, prefix, 'ipv6');
const globalUnicast = new BlockList();
globalUnicast.addSubnet(...GLOBAL_UNICAST, 'ipv6');

/** @param address IPv4 in dotted form or IPv6, as resolvers give them; anything else is not public */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      // One with a zone is link-local.
      return (
        !address.includes('%') && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6')
      );
    default:
      return false;
  }
}
