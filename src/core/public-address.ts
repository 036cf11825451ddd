import { BlockList, isIP } from "node:net";

/*
 * Addresses that a public host never has: this host, private networks, link-local (cloud metadata), and the forms of
 * IPv6 that carry an IPv4 address inside.
 */

const V4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;

const V6 = [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2001::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const;

const v4 = new BlockList();
for (const [network, bits] of V4) v4.addSubnet(network, bits, "ipv4");
const v6 = new BlockList();
for (const [network, bits] of V6) v6.addSubnet(network, bits, "ipv6");

/** Whether an address is one of the open internet. Anything that is not a plain IP address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !v4.check(address, "ipv4");
  return family === 6 && !address.includes("%") && !v6.check(address, "ipv6");
}
