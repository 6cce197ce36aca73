/**
 * Which IP addresses are the public internet's: neither private nor a machine's own, nor forms of IPv6 that lead to
 * such an IPv4 address.
 *
 * Sources: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), the IPv4 Multicast
 * Address Space Registry, and the IPv6 Global Unicast assignments; read November 2026. Blocks inside 192.0.0.0/24 and
 * 2001::/23 that are reachable serve protocols, not files, and are left out with the rest.
 */
import { BlockList, isIP } from 'node:net';
/** Network, bits of its prefix, and what it is. */
import blocks from './special-addresses.json' with { type: 'json' };

/**
 * All of global unicast. Outside it are ::1, IPv4-mapped ::ffff:0:0/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48, unique
 * local fc00::/7, link-local fe80::/10, multicast ff00::/8 and whatever else is not assigned.
 */
const GLOBAL_UNICAST = ['2000::', 3] as const;

const special = new BlockList();
for (const family of ['ipv4', 'ipv6'] as const) {
  for (const [network, prefix] of blocks[family]) special.addSubnet(String(network), Number(prefix), family);
}
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
