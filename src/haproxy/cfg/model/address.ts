export interface ServerAddress {
  /** An IP (no brackets) or a name; '' for a socket path. */
  readonly host: string;
  /** Absent when none is written, when it is relative (see `portText`) or when it is a variable. */
  readonly port?: number;
  /** The port as written: `80`, or `+1` and `-1`, which are counted from the port of the client's connection. */
  readonly portText?: string;
  readonly isLiteralIp: boolean;
  /** Path of a UNIX socket, or the name of an abstract one. */
  readonly unixPath?: string;
}

/** Reads the address of a `server` line: `[family@]host[:port]`, `/path`, `unix@path`, `abns@name` (manual 11.1). */
export function parseServerAddress(raw: string): ServerAddress {
  const plain = PLAIN_IPV4.exec(raw);
  if (plain) return plainIpv4(plain);
  const [, family = '', rest = raw] = /^([a-z0-9+]+)@(.*)$/s.exec(raw) ?? [];
  if (rest.startsWith('/') || /^(unix|uxst|uxdg|abns|abnsz)$/.test(family.replace(/^.*\+/, '')))
    return { host: '', isLiteralIp: false, unixPath: rest };
  if (/^(fd|sockpair|rhttp)$/.test(family)) return { host: '', isLiteralIp: false };
  return parseHostPort(rest);
}

/** By far the most common form, and the only one that has to be quick. */
const PLAIN_IPV4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}):(\d{1,5})$/;

function plainIpv4([, host = '', portText = '']: readonly string[]): ServerAddress {
  return { host, port: Number(portText), portText, isLiteralIp: isIpv4(host) };
}

/** The last colon divides, in IPv6 addresses too: `::1:80` is port 80 of ::1. Brackets protect all of it. */
function parseHostPort(text: string): ServerAddress {
  const at = Math.max(text.lastIndexOf(':'), text.lastIndexOf(']'));
  const hasPort = text[at] === ':' && !/^"?\$\{[^}]*$/.test(text.slice(0, at));
  const host = (hasPort ? text.slice(0, at) : text).replace(/^\[(.*)\]$/s, '$1');
  const portText = hasPort ? text.slice(at + 1) : '';
  return {
    host,
    ...(/^\d{1,5}$/.test(portText) && { port: Number(portText) }),
    ...(portText !== '' && { portText }),
    isLiteralIp: isIpv4(host) || isIpv6(host),
  };
}

const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|\\d?\\d)';
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

function isIpv4(text: string): boolean {
  return IPV4.test(text);
}

function isIpv6(text: string): boolean {
  if (!text.includes(':')) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const endsInIpv4 = isIpv4(last);
  const hex = endsInIpv4 ? groups.slice(0, -1) : groups;
  const count = hex.length + (endsInIpv4 ? 2 : 0);
  return (
    hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count < 8 : count === 8)
  );
}
