import { userInfo } from 'node:os';
import { type DoctorFinding, MAX_FINDINGS } from '../../api/index.ts';
import { discoverHaproxy, instanceName } from '../../haproxy/process/index.ts';
import {
  type Finding,
  type InstanceFacts,
  type MachineFacts,
  diagnose,
  diagnoseAlone,
} from '../../plan/index.ts';
import type { LocalFile } from '../local-file/schema.ts';
import { readFileFacts } from './file-facts.ts';
import { type NamedInstance, collectInstance, findProcess } from './instance-facts.ts';

/** An instance that says nothing keeps nobody waiting for longer. */
const DEADLINE_MS = 5_000;

export interface AgentExamination {
  readonly local: LocalFile;
  /** Absent where server and agent are one program. */
  readonly localFile?: string | undefined;
}

/** What an agent finds on its own machine, at its own instances and at itself. */
export async function examineAgent({ local, localFile }: AgentExamination): Promise<Finding[]> {
  const { dataFolder, readOnly, allow, backends } = local;
  const named = local.instances.map(({ name, statsSocket, masterSocket, config, stateFile }) => ({
    name,
    statsSocket,
    masterSocket,
    config: [config].flat(),
    stateFile,
  }));
  return diagnose({
    ...machine(),
    agent: {
      readOnly,
      allow,
      backends,
      dataFolder: readFileFacts(dataFolder),
      ...(localFile !== undefined && { localFile: readFileFacts(localFile) }),
    },
    instances: await collectAll(named, '/proc'),
  });
}

/** Findings as they are sent: bounded, whatever a configuration has in it. */
export function answerOf(findings: readonly Finding[]): { findings: DoctorFinding[] } {
  const text = (value: string) => value.slice(0, MAX_TEXT);
  return {
    findings: findings.slice(0, MAX_FINDINGS).map((one) => ({
      ...one,
      evidence: one.evidence.map(text),
      verdict: text(one.verdict),
      fix: one.fix.map(text),
    })),
  };
}

const MAX_TEXT = 2_000;

export interface HereOptions {
  /** One HAProxy by its stats socket; left out: every one that runs here. */
  readonly socket?: string;
  /** Files in place of those that the process was started with. */
  readonly config?: readonly string[];
  /** Default /proc. */
  readonly proc?: string;
}

/** What there is to say about the HAProxy of this machine, with no server and no agent. Empty where none runs. */
export async function examineHere({ socket, config, proc = '/proc' }: HereOptions): Promise<Finding[]> {
  const named = socket === undefined ? await findAll(proc) : [{ statsSocket: socket, config }];
  const instances = await collectAll(named, proc);
  if (instances.length === 0) return [];
  return diagnoseAlone({
    ...machine(),
    instances: instances.map((one) => nameFromProcess(one, proc)),
  });
}

/** One whose sockets do not open is looked at all the same: the reason is a finding. */
async function findAll(proc: string): Promise<NamedInstance[]> {
  const found = await discoverHaproxy({ proc });
  return found.map(({ name, pid, statsSocket, sockets, masterSocket, configFiles }) => ({
    name,
    pid,
    statsSocket: (statsSocket ?? sockets[0])?.address ?? '/run/haproxy/admin.sock',
    masterSocket,
    // Where they cannot be read, the command line names them, and the reason is found again.
    config: configFiles.length > 0 ? configFiles : undefined,
  }));
}

function nameFromProcess(facts: InstanceFacts, proc: string): InstanceFacts {
  if (facts.name !== 'haproxy') return facts;
  const group = findProcess(proc, facts.worker?.pid);
  return group ? { ...facts, name: instanceName(group.main.arguments) } : facts;
}

function machine(): Pick<MachineFacts, 'user'> {
  const { username, uid } = userInfo();
  return { user: { name: username, uid } };
}

function collectAll(named: readonly NamedInstance[], proc: string): Promise<InstanceFacts[]> {
  return Promise.all(
    named.map((one) => collectInstance(one, { proc, signal: AbortSignal.timeout(DEADLINE_MS) })),
  );
}
