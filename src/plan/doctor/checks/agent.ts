import type { MachineFacts } from '../facts.ts';
import { type Remark, remark } from '../finding.ts';
import { describeFile } from './sockets.ts';

/** The agent itself: what it may do here, and who could make it do more. */
export function checkAgent({ agent, user }: MachineFacts): Remark[] {
  if (!agent) return [];
  return [...checkUser(user), ...checkFiles(agent), ...checkLimits(agent)];
}

function checkUser({ name, uid }: MachineFacts['user']): Remark[] {
  if (uid !== 0)
    return [remark('ok', 'agent-user', 'agents without root', { evidence: [`runs as ${name}, uid ${uid}`] })];
  return [
    remark(
      'warning',
      'agent-user',
      'the agent runs as root: a member of the group of HAProxy’s sockets is enough',
      {
        evidence: ['runs as root, uid 0'],
        fix: ['useradd --system --groups haproxy hafleet', 'User=hafleet      # in the unit of the agent'],
      },
    ),
  ];
}

/** All but passing through to the agent’s socket, which its group may. */
const OTHERS = 0o067;
const WRITE_BY_OTHERS = 0o022;

function checkFiles({ dataFolder, localFile }: NonNullable<MachineFacts['agent']>): Remark[] {
  return [
    ...(((dataFolder.mode ?? 0) & OTHERS) === 0
      ? []
      : [
          remark(
            'warning',
            'agent-data-folder',
            'other users may look into the data folder of the agent: its credential lies there',
            {
              evidence: [describeFile(dataFolder)],
              fix: [`chmod 710 ${dataFolder.path}`],
            },
          ),
        ]),
    ...(localFile && ((localFile.mode ?? 0) & WRITE_BY_OTHERS) !== 0
      ? [
          remark(
            'critical',
            'agent-file-writable',
            'others than its owner may rewrite the agent’s file, and with it what the agent may do',
            {
              evidence: [describeFile(localFile)],
              fix: [`chmod go-w ${localFile.path}`],
            },
          ),
        ]
      : []),
  ];
}

/** Limits are no fault; but a change that leaves a node out has its reason here. */
function checkLimits({ readOnly, allow, backends }: NonNullable<MachineFacts['agent']>): Remark[] {
  if (readOnly || !allow.includes('servers'))
    return [
      remark('info', 'agent-limits', 'the agent’s file lets it look, and change nothing', {
        evidence: [readOnly ? 'readOnly: true' : `allow: [${allow.join(', ')}]`],
      }),
    ];
  if (backends.includes('*')) return [];
  return [
    remark('info', 'agent-limits', 'the agent’s file lets it change some backends only', {
      evidence: [`backends: [${backends.join(', ')}]`],
    }),
  ];
}
