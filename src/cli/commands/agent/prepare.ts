import { resolve } from 'node:path';
import { createLogger } from '../../../lib/index.ts';
import { defineCommand } from '../../command.ts';
import { VERSION } from '../../version.ts';

const DEFAULT_TIMEOUT_MS = 10_000;

export const command = defineCommand<{ readonly config: string }>({
  about:
    'Before HAProxy starts: asks the servers what holds now and writes each server-state-file from haproxy.cfg, so that a ' +
    'node that was off, or is new, answers right from its first request. Where no server answers within --timeout ' +
    '(default 10s), the last known holds; it exits 0 all the same, and says so.',
  options: [{ flags: '--config <file>', text: 'the agent’s local file (default: /etc/hafleet/agent.yaml)' }],
  examples: [
    'hafleet agent prepare --config /etc/hafleet/agent.yaml',
    'hafleet agent prepare --config ./lb1.yaml --timeout 3s',
  ],
  read: (_args, typed) => ({ config: resolve(typed.text('config') ?? '/etc/hafleet/agent.yaml') }),
  async run(cli, { config }) {
    const log = createLogger('hafleet-prepare', cli.world.env['HAFLEET_LOG'] || 'warn');
    const { prepareAgent, describePrepared } = await import('../../../agent/main.ts');
    const timeoutMs = cli.settings.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const prepared = await prepareAgent({ localFile: config, log, version: VERSION, timeoutMs });
    cli.out.lines(describePrepared(prepared));
    return 0;
  },
});
