import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createLogger, type Logger } from '../lib/index.ts';
import { createCli, type Cli } from './cli.ts';
import { command as statusCommand } from './commands/status.ts';
import { CliError } from './errors.ts';
import { TypedOptions } from './options.ts';
import { runUntilSignal, type Running } from './programs.ts';
import { LOCAL_CONTEXT, writeLocalContext } from './up/context.ts';
import { nodeName, planUp, renderIntention } from './up/plan.ts';
import { VERSION } from './version.ts';

export interface UpRequest {
  /** Where processes are looked for. */
  readonly proc: string | undefined;
  readonly dataFolder: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly once: boolean;
  readonly dryRun: boolean;
}

/** How long the first reading may take before the status is shown as it is. */
const FIRST_READING_MS = 10_000;

/** Server and agent in this process, for the HAProxy that already runs here. */
export async function up(cli: Cli, request: UpRequest): Promise<number> {
  const { composeLocalFile, discoverHaproxy, startAgent } = await import('../agent/main.ts');
  const found = await discoverHaproxy(request.proc === undefined ? {} : { proc: request.proc });
  const plan = planUp(found);
  const options = { ...request, node: nodeName(hostname()) };
  (request.dryRun ? cli.out : cli.err).lines(plan.lines);
  if (request.dryRun) {
    cli.out.lines(renderIntention(plan, options));
    return 0;
  }
  if (plan.instances.length === 0) throw nothingToOperate();
  return run(cli, options, ({ url, joinTokenFile }, log) => {
    const { node, dataFolder } = options;
    const { localFile } = composeLocalFile(found, {
      node,
      serverUrl: url,
      dataFolder: `${dataFolder}/agent`,
    });
    if (!localFile) throw nothingToOperate();
    const joinToken = readFileSync(joinTokenFile, 'utf8').trim();
    return startAgent({ localFile, joinToken, version: VERSION, log });
  });
}

function nothingToOperate(): CliError {
  return new CliError(1, 'there is no HAProxy here that could be operated', {
    hint: 'remove what is named above, and run `hafleet up` again',
  });
}

type StartOptions = UpRequest & { readonly node: string };
type StartAgent = (
  server: { readonly url: string; readonly joinTokenFile: string },
  log: Logger,
) => Promise<Running>;

async function run(cli: Cli, options: StartOptions, startAgent: StartAgent): Promise<number> {
  const log = createLogger('hafleet-up', cli.world.env['HAFLEET_LOG'] || 'warn');
  let finishOnce: () => void = () => undefined;
  const world = {
    ...cli.world,
    onSignal(listener: (signal: 'SIGINT' | 'SIGTERM') => void) {
      finishOnce = () => listener('SIGTERM');
      return cli.world.onSignal(listener);
    },
  };
  return runUntilSignal(world, log, async () => {
    const running = await startBoth(options, startAgent, log);
    try {
      await introduce(cli, running, options);
    } catch (thrown) {
      await running.stop();
      throw thrown;
    }
    if (options.once) finishOnce();
    else cli.err.line('Running; Ctrl-C ends it. HAProxy runs on as it is then.');
    return running;
  });
}

interface Both {
  readonly url: string;
  readonly adminTokenFile: string;
  stop(): Promise<void>;
}

async function startBoth(options: StartOptions, startAgent: StartAgent, log: Logger): Promise<Both> {
  const { startServer } = await import('../server/main.ts');
  const { dataFolder, listen } = options;
  const server = await startServer({ dataFolder: `${dataFolder}/server`, listen, version: VERSION, log });
  try {
    const agent = await startAgent(server, log);
    const stop = async () => {
      await agent.stop();
      await server.stop();
    };
    return { url: server.url, adminTokenFile: server.adminTokenFile, stop };
  } catch (thrown) {
    await server.stop();
    throw thrown;
  }
}

/** Context, first status. */
async function introduce(cli: Cli, { url, adminTokenFile }: Both, { node }: StartOptions): Promise<void> {
  const isOtherCurrent = await writeLocalContext(cli.world.env, url, adminTokenFile);
  const local = createCli(cli.world, {
    ...cli.settings,
    context: undefined,
    server: url,
    tokenFile: adminTokenFile,
  });
  await waitForReading(local, node);
  await statusCommand.execute(local, [], new TypedOptions({}));
  await local.close();
  const use = isOtherCurrent
    ? ` (with --context ${LOCAL_CONTEXT}, or after \`hafleet context use ${LOCAL_CONTEXT}\`)`
    : '';
  cli.err.line(`Server at ${url}. Try \`hafleet status\` in another terminal${use}.`);
}

async function waitForReading(cli: Cli, node: string): Promise<void> {
  const { api } = await cli.connect();
  const { clock } = cli.world;
  const startedMs = clock.monotonicMs();
  const never = new AbortController().signal;
  while (clock.monotonicMs() - startedMs < FIRST_READING_MS) {
    const { items } = await api.nodes();
    const seen = items.find(({ name }) => name === node);
    if (seen && seen.instances.length > 0 && seen.instances.every(({ reading }) => reading !== 'never'))
      return;
    await cli.world.sleep(50, never);
  }
}
