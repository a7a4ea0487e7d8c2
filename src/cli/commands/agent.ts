import { resolve } from 'node:path';
import { createLogger } from '../../lib/index.ts';
import { defineCommand } from '../command.ts';
import { runUntilSignal } from '../programs.ts';
import { VERSION } from '../version.ts';

export const command = defineCommand<{ readonly config: string }>({
  about:
    'Runs beside HAProxy, as a member of the group that owns its sockets, never as root. Logs JSON lines to standard ' +
    'error (level: HAFLEET_LOG). Stopping or killing it never touches HAProxy.',
  options: [{ flags: '--config <file>', text: 'its local file (default: /etc/hafleet/agent.yaml)' }],
  examples: [
    'hafleet agent --config /etc/hafleet/agent.yaml',
    'HAFLEET_LOG=debug hafleet agent --config ./lb1.yaml',
  ],
  read: (_args, typed) => ({ config: resolve(typed.text('config') ?? '/etc/hafleet/agent.yaml') }),
  async run(cli, { config }) {
    const log = createLogger('hafleet-agent', cli.world.env['HAFLEET_LOG'] || 'info');
    const runtimeFolder = cli.world.env['HAFLEET_RUNTIME_DIR'];
    const { keepHeapSmall, startAgent } = await import('../../agent/main.ts');
    keepHeapSmall();
    return runUntilSignal(cli.world, log, () =>
      startAgent({ localFile: config, log, version: VERSION, ...(runtimeFolder ? { runtimeFolder } : {}) }),
    );
  },
});
