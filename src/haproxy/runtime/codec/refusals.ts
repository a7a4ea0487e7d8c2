import type { RuntimeErrorCode } from './errors.ts';

/**
 * HAProxy's refusals, as 2.6 to 3.4 word them, by how the answer begins. The one table of them.
 *
 * `set severity-output number` is not used to tell refusals from answers: it numbers "Unknown command" as information
 * ([6]), it changes the bytes of every message, and it must be sent again on each connection. A command that must be
 * silent is refused by any text at all; a command that answers has a header to check. This table then only names it.
 */
const REFUSALS: readonly (readonly [string | RegExp, RuntimeErrorCode])[] = [
  ['Permission denied', 'permission-denied'],
  ['Unknown command', 'unknown-command'],
  ['This command is restricted to ex', 'experimental-only'],
  [/^The (command|command line|payload) is too big/, 'command-too-big'],
  [/^(No such backend|Can't find backend)/, 'no-such-backend'],
  ['No such server', 'no-such-server'],
  ['No such proxy', 'no-such-proxy'],
  ['Proxy is disabled', 'proxy-disabled'],
  ['Unknown map identifier', 'no-such-map'],
  ['No such table', 'no-such-table'],
  ['No such peers', 'no-such-peers'],
  ["Can't find the target PID", 'no-such-worker'],
  ['Session not found', 'no-such-session'],
  ['Variable not found', 'no-such-variable'],
  [/^health checks are not enabled on this server/i, 'checks-not-enabled'],
  ['Health check was not configured', 'checks-not-enabled'],
  [/^agent checks? (are|is|was) not (enabled|configured)/i, 'agent-not-enabled'],
  ['cannot change health on a tracking server', 'tracking-server'],
  ["'set server <srv> state' expects", 'state-refused'],
  ["'set server <srv> health' expects", 'health-refused'],
  ["'set server <srv> agent' expects", 'health-refused'],
  ['Absolute weight can only be', 'weight-out-of-range'],
  ['Relative weight', 'weight-out-of-range'],
  ['Empty weight string', 'weight-refused'],
  ['Trailing garbage in weight', 'weight-refused'],
  ['Backend is using a static LB algorithm', 'static-weight'],
  [/^invalid addr/i, 'address-refused'],
  ['Update for the current server address family', 'address-refused'],
  ['provided port is', 'port-refused'],
  [/^set server <b>\/<s> fqdn failed/, 'resolution-not-configured'],
  ['Already exists a server', 'server-exists'],
  ['Only servers in maintenance mode', 'server-not-in-maint'],
  ['Server still has connections', 'server-has-connections'],
  [/^character '.*' is not permitted in server name/, 'server-name-refused'],
  [/^'id' : custom id/, 'server-id-taken'],
  ['Backend must use a dynamic load balancing', 'backend-not-dynamic'],
  ['Backend does not support dynamic servers', 'backend-not-dynamic'],
  ['Version number', 'map-version-refused'],
];

/** The code of a refusal, or undefined where `text` is no refusal that we know. */
export function findRefusal(text: string): RuntimeErrorCode | undefined {
  const head = text.slice(0, 200).trimStart();
  return REFUSALS.find(([start]) =>
    typeof start === 'string' ? head.startsWith(start) : start.test(head),
  )?.[1];
}
