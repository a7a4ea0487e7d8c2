/** Topics that are no command. */
export const TOPICS: Readonly<Record<string, string>> = {
  'exit-codes': `Exit codes

status (a verdict)
    0  OK        every server is used on every load balancer
    1  WARNING   out on purpose, down, load balancers disagree, or one is not heard
    2  CRITICAL  a backend has no usable server; a server is out overdue or unexplained
    3  UNKNOWN   most load balancers have no fresh data
doctor (a verdict too)
    0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN: a load balancer could not be looked at
commands that change something
    0  done everywhere, read back; also when it was so already
    1  failed, and nothing is changed
   10  partial: done where it could be; the rest is pending or failed
   11  refused by a guard
   12  stale: somebody else changed the same thing, or the fleet was not read yet
   13  not allowed: no token, or a wrong one
   14  the control server cannot be reached
   64  wrong usage: nothing was sent
  124  waited long enough; the change goes on
  130  Ctrl-C: no longer waiting; the change goes on
commands that list or show: 0 when they could read
milkcheck: 0 OK, 3 WARNING, 6 ERROR, 9 wrong usage or refused, 12 internal, 130 Ctrl-C
`,
  environment: `Environment

Order: a flag, then the environment, then your file, then the system's.
  ~/.config/hafleet/config.yaml   ($XDG_CONFIG_HOME/hafleet/config.yaml)
  /etc/hafleet/config.yaml

HAFLEET_CONTEXT      name of the context
HAFLEET_SERVER       address of the control server
HAFLEET_TOKEN_FILE   file with the token, mode 0600
HAFLEET_TOKEN        the token itself: for CI alone, other processes may read it
HAFLEET_OUTPUT       default of -o
HAFLEET_TIMEOUT      default of --timeout
HAFLEET_ASCII        1: no characters beyond ASCII (also when the locale is not UTF-8)
HAFLEET_DEBUG        1: as --debug
HAFLEET_AGENT_SOCKET the agent's socket for --socket, or none: see --agent-socket
HAFLEET_RUNTIME_DIR  where agents leave word of themselves for --socket (default: /run/hafleet)
HAFLEET_LOG          level of serve and agent: trace, debug, info, warn, error
NO_COLOR             any value: no colours       CLICOLOR_FORCE  1: colours also into a pipe
`,
  'node-sets': `Node sets

  lb1              one load balancer            lb[1-4,7]     a range with holes
  lb[01-12]        with leading zeros           lb[1-9/2]     every second one
  dc[1-2]lb[1-4]   all eight                    lb*  lb?      globs
  @edge            nodes with the label value   @role:edge    the label role is edge
  *                every node

  a,b   both            a!b   a without b
  a&b   in both         a^b   in one of them
From left to right; there are no brackets for grouping. What you type is kept and evaluated when it is used: @role:edge
includes nodes that enrol later. Answers are folded the same way, the majority first.
Put sets with * ? [ ] ! & in quotes, or the shell reads them.
`,
};

export function findTopic(name: string): string | undefined {
  return Object.hasOwn(TOPICS, name) ? TOPICS[name] : undefined;
}
