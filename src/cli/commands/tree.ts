import type { Command } from '../command.ts';

export const GROUPS = ['See', 'Change servers', 'Fleet', 'Run', 'More'] as const;

/** One verb of the tree. What it does lies in its own file and is loaded when somebody asks for it. */
export interface TreeEntry {
  /** As typed: `status`, `server drain`. */
  readonly path: string;
  readonly summary: string;
  readonly group: (typeof GROUPS)[number];
  load(): Promise<{ readonly command: Command }>;
}

export const NOUNS: Readonly<Record<string, string>> = {
  server: 'servers of HAProxy backends, on all load balancers at once',
  backend: 'backends and their capacity floors',
  node: 'load balancers: one agent each',
  agent: 'the program beside HAProxy',
  change: 'what was changed, by whom, and how to take it back',
  event: 'what happened, newest first',
  token: 'who may do what, by token',
  store: 'the store of the control server, on its own machine',
  context: 'which control server this command line talks to',
};

/** The whole tree, in the order of the help. */
export const TREE: readonly TreeEntry[] = [
  {
    path: 'status',
    summary: 'verdict for the fleet, a backend or a server',
    group: 'See',
    load: () => import('./status.ts'),
  },
  {
    path: 'doctor',
    summary: 'what is wrong or dangerous, with evidence and fix; changes nothing',
    group: 'See',
    load: () => import('./doctor.ts'),
  },
  {
    path: 'backend list',
    summary: 'backends with usable servers and floors',
    group: 'See',
    load: () => import('./backend/list.ts'),
  },
  {
    path: 'backend show',
    summary: 'one backend, server by server',
    group: 'See',
    load: () => import('./backend/show.ts'),
  },
  {
    path: 'backend set',
    summary: 'the capacity floor of a backend',
    group: 'Fleet',
    load: () => import('./backend/set.ts'),
  },
  {
    path: 'server list',
    summary: 'servers with their state on every load balancer',
    group: 'See',
    load: () => import('./server/list.ts'),
  },
  {
    path: 'server show',
    summary: 'one server: state, checks, who and why',
    group: 'See',
    load: () => import('./server/show.ts'),
  },
  {
    path: 'server drain',
    summary: 'no new clients; present ones finish (DRAIN)',
    group: 'Change servers',
    load: () => import('./server/drain.ts'),
  },
  {
    path: 'server disable',
    summary: 'take out at once (MAINT)',
    group: 'Change servers',
    load: () => import('./server/disable.ts'),
  },
  {
    path: 'server enable',
    summary: 'put back behind green checks (READY)',
    group: 'Change servers',
    load: () => import('./server/enable.ts'),
  },
  {
    path: 'server weight',
    summary: 'set the weight, or give the default back',
    group: 'Change servers',
    load: () => import('./server/weight.ts'),
  },
  {
    path: 'server kill-sessions',
    summary: 'shut down the sessions a server has now',
    group: 'Change servers',
    load: () => import('./server/kill-sessions.ts'),
  },
  {
    path: 'node list',
    summary: 'load balancers, connected or not',
    group: 'See',
    load: () => import('./node/list.ts'),
  },
  {
    path: 'node show',
    summary: 'one load balancer and its HAProxy instances',
    group: 'See',
    load: () => import('./node/show.ts'),
  },
  {
    path: 'node adopt',
    summary: 'take in a node that missed the recovery of the fleet',
    group: 'Fleet',
    load: () => import('./node/adopt.ts'),
  },
  {
    path: 'node remove',
    summary: 'forget a load balancer that is gone for good',
    group: 'Fleet',
    load: () => import('./node/remove.ts'),
  },
  {
    path: 'change list',
    summary: 'changes, the newest first',
    group: 'See',
    load: () => import('./change/list.ts'),
  },
  {
    path: 'change show',
    summary: 'one change, node by node',
    group: 'See',
    load: () => import('./change/show.ts'),
  },
  {
    path: 'change retry',
    summary: 'try the failed and pending nodes again',
    group: 'Change servers',
    load: () => import('./change/retry.ts'),
  },
  {
    path: 'change undo',
    summary: 'take a change back',
    group: 'Change servers',
    load: () => import('./change/undo.ts'),
  },
  {
    path: 'event list',
    summary: 'what happened: health, changes, reloads, refusals',
    group: 'See',
    load: () => import('./event/list.ts'),
  },
  {
    path: 'token list',
    summary: 'tokens with their roles and scopes',
    group: 'Fleet',
    load: () => import('./token/list.ts'),
  },
  {
    path: 'token create',
    summary: 'make a token; its secret is shown once',
    group: 'Fleet',
    load: () => import('./token/create.ts'),
  },
  {
    path: 'token revoke',
    summary: 'end a token at once',
    group: 'Fleet',
    load: () => import('./token/revoke.ts'),
  },
  {
    path: 'store backup',
    summary: 'copy the store to a file',
    group: 'Run',
    load: () => import('./store/backup.ts'),
  },
  {
    path: 'store restore',
    summary: 'put a backup in the place of the store',
    group: 'Run',
    load: () => import('./store/restore.ts'),
  },
  {
    path: 'store recover',
    summary: 'rebuild the store from what the agents hold',
    group: 'Run',
    load: () => import('./store/recover.ts'),
  },
  {
    path: 'context list',
    summary: 'the known control servers',
    group: 'More',
    load: () => import('./context/list.ts'),
  },
  {
    path: 'context use',
    summary: 'choose the one to talk to from now on',
    group: 'More',
    load: () => import('./context/use.ts'),
  },
  {
    path: 'context show',
    summary: 'the one in use, and why this one',
    group: 'More',
    load: () => import('./context/show.ts'),
  },
  {
    path: 'context add',
    summary: 'name a control server',
    group: 'More',
    load: () => import('./context/add.ts'),
  },
  {
    path: 'context remove',
    summary: 'forget a control server',
    group: 'More',
    load: () => import('./context/remove.ts'),
  },
  {
    path: 'up',
    summary: 'server and agent for the HAProxy on this machine, in one go',
    group: 'Run',
    load: () => import('./up.ts'),
  },
  {
    path: 'serve',
    summary: 'run the control server',
    group: 'Run',
    load: () => import('./serve.ts'),
  },
  {
    path: 'agent',
    summary: 'run the agent beside HAProxy',
    group: 'Run',
    load: () => import('./agent.ts'),
  },
  {
    path: 'agent prepare',
    summary: 'write what HAProxy is to find when it starts',
    group: 'Run',
    load: () => import('./agent/prepare.ts'),
  },
  {
    path: 'milkcheck',
    summary: "milkcheck's report and exit codes over the fleet",
    group: 'More',
    load: () => import('./milkcheck.ts'),
  },
  {
    path: 'version',
    summary: 'versions of this program and of the control server',
    group: 'More',
    load: () => import('./version.ts'),
  },
  {
    path: 'help',
    summary: 'this, a command, or a topic: exit-codes, environment, node-sets',
    group: 'More',
    load: () => import('./help.ts'),
  },
];
