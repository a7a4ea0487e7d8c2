import { hostname } from 'node:os';
import type { Cli } from '../cli.ts';
import type { DoctorItem } from './report.ts';

export interface DoctorScope {
  /** No control server: this machine. */
  readonly isLocal: boolean;
  readonly socket: string | undefined;
  readonly on: string | undefined;
  readonly config: readonly string[];
  readonly proc: string | undefined;
}

export interface DoctorReading {
  readonly items: readonly DoctorItem[];
  readonly nodes: readonly string[];
  readonly context: string;
}

/** The whole fleet, or a part of it, through the control server. */
export async function examineNodes(cli: Cli, { on }: DoctorScope): Promise<DoctorReading> {
  const { api, name } = await cli.connect();
  const { items, nodes } = await api.doctor(on === undefined ? {} : { on });
  return { items, nodes, context: name };
}

/** With the agent's own eyes, and no agent: what this user may read here. */
export async function examineMachine({ socket, config, proc }: DoctorScope): Promise<DoctorReading> {
  const { examineHere } = await import('../../agent/main.ts');
  const found = await examineHere({
    ...(socket !== undefined && { socket }),
    ...(config.length > 0 && { config }),
    ...(proc !== undefined && { proc }),
  });
  const items = found.length === 0 ? [NOTHING_HERE] : found.map((one) => ({ node: '', ...one }));
  return { items, nodes: [], context: socket ?? hostname() };
}

const NOTHING_HERE: DoctorItem = {
  node: '',
  id: 'no-haproxy',
  severity: 'unknown',
  subject: '',
  evidence: [],
  verdict: 'no HAProxy runs on this machine that this user can see',
  fix: ['start it, run this as a user that may see its process, or name its stats socket with --socket'],
};
