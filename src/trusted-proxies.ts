/** Who a request comes from where proxies are in between: each trusted one tells who came to it, and nobody else is believed. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, SocketAddress } from 'node:net';

/** @param text an address (`10.0.0.5`, `::1`) or a range of them (`10.0.0.0/8`, `fd00::/8`); a range of all addresses is none: anybody would be believed */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || more.length > 0) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

type Asking = Pick<IncomingMessage, 'headers'> & { socket: Pick<IncomingMessage['socket'], 'remoteAddress'> };

/**
 * @param trusted each as `isNetwork` has it; none: headers are not looked at
 * @returns the address a request comes from; '' where its connection is gone
 */
export function senderOf(trusted: readonly string[]): (request: Asking) => string {
  const proxies = new BlockList();
  for (const network of trusted) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  return ({ headers, socket }) => {
    let sender = plain(socket.remoteAddress ?? '');
    // The last was added by who is connected. Whatever stands before the first that is not trusted, anybody may have written.
    const told = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    while (isTrusted(sender)) {
      const before = addressIn(told.pop() ?? '');
      if (before === null) break;
      sender = before;
    }
    return sender;
  };
}

/** Some proxies add the port. */
function addressIn(text: string): string | null {
  const bare = text.trim();
  const [, bracketed, dotted] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(bare) ?? [];
  const address = bracketed ?? dotted ?? bare;
  return isIP(address) === 0 ? null : plain(address);
}

/** An address of IPv4 as IPv6 has it is the one of IPv4. */
function plain(address: string): string {
  const bare = address.split('%', 1)[0]!;
  if (isIP(bare) !== 6) return bare;
  const short = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return /^::ffff:([\d.]+)$/i.exec(short)?.[1] ?? short;
}
