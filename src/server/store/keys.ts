/** Where everything lies in the store. One place, so that a backup, a watch and a person looking agree. */
export const KEYS = {
  fleet: 'fleet',
  joinToken: 'join-token',
  /** The signed record by which the present epoch began. */
  epochProof: 'epoch-proof',
  changeCounter: 'counters/change',
  /** What a node may hold as it begins the present epoch: as it was recovered, or adopted. */
  beginning: (node: string) => `beginnings/${node}`,
  token: (digest: string) => `tokens/${digest}`,
  node: (name: string) => `nodes/${name}`,
  inventory: (name: string) => `inventory/${name}`,
  backend: (name: string) => `backends/${name}`,
  /** Which change a local change of a node became. */
  localChange: (node: string, id: string) => `local/${node}/${id}`,
  intent: (id: string) => `intents/${id}`,
  /** Padded, so that the order of keys is the order of changes. */
  change: (number: number) => `changes/${String(number).padStart(10, '0')}`,
  event: (id: number) => `events/${String(id).padStart(14, '0')}`,
} as const;

export const PREFIXES = {
  tokens: 'tokens/',
  nodes: 'nodes/',
  inventory: 'inventory/',
  backends: 'backends/',
  intents: 'intents/',
  changes: 'changes/',
  events: 'events/',
} as const;
