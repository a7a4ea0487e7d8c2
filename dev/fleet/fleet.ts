import { runCli } from '../cli.ts';
import { type ControlServer, startControlServer, waitForAgents } from '../control.ts';
import { type Sandbox, createSandbox } from '../sandbox.ts';
import { startApps } from './apps.ts';
import { startMesh } from './mesh.ts';
import { startNode } from './node.ts';
import { type Fleet, type FleetInstance, type FleetOptions, instancesOf } from './options.ts';
import { type Outer, type OuterTuning, startOuter } from './outer.ts';

/** Starts it all and resolves when everything answers; on failure everything that was started is ended first. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const sandbox = options.sandbox ?? (await createSandbox());
  try {
    return await startIn(sandbox, options);
  } catch (error) {
    if (!options.sandbox) await sandbox.close();
    throw error;
  }
}

async function startIn(sandbox: Sandbox, options: FleetOptions): Promise<Fleet> {
  const places = options.nodes.map((node) => ({ ...node, address: sandbox.nextAddress('node') }));
  const apps = await startApps(sandbox, options);
  const mesh = await startMesh({
    sandbox,
    nodes: options.peers ? places : [],
    instances: Math.max(...places.map((node) => instancesOf(node).length)),
    relays: options.peers === 'relays',
  });
  const control = options.control ? await startControl(sandbox, options) : undefined;
  const nodes = await Promise.all(
    places.map((node) => startNode({ sandbox, options, node, apps: apps.servers, mesh, control })),
  );
  const instances = nodes.flatMap((node) => node.instances);
  if (control) {
    await waitForAgents(
      control,
      nodes.filter((node) => node.agent),
    );
  }
  const outer = options.outer ? await startFront(sandbox, options.outer, instances) : undefined;
  return {
    sandbox,
    nodes,
    instances,
    ...(outer && { outer }),
    ...(control && { control }),
    node: (name) => named('node', nodes, name),
    instance: (name) => named('instance', instances, name),
    app: (name) => found(apps.slow.get(name), `application ${name}`),
    fastApp: (name) => found(apps.fast.get(name), `fast application ${name}`),
    hafleet: (...args) => runCli(args, { sandbox, control }),
    link: (a, b) => mesh.link(a, b),
    targets: outer ? [outer] : instances,
    close: () => sandbox.close(),
  };
}

function found<T>(value: T | undefined, what: string): T {
  if (value) return value;
  throw new Error(`fleet: no ${what}`);
}

function named<T extends { readonly name: string }>(kind: string, all: readonly T[], name: string): T {
  return found(
    all.find((one) => one.name === name),
    `${kind} ${name}`,
  );
}

function startFront(
  sandbox: Sandbox,
  tuning: true | OuterTuning,
  all: readonly FleetInstance[],
): Promise<Outer> {
  const { instance, ...more } = tuning === true ? {} : tuning;
  const instances = all.filter(({ name }) => instance === undefined || name.endsWith(`/${instance}`));
  return startOuter({ sandbox, targets: outerTargets(instances), ...more });
}

function outerTargets(instances: readonly FleetInstance[]) {
  return instances.map(({ name, address, port }) => ({ name: name.replace('/', '.'), address, port }));
}

async function startControl(sandbox: Sandbox, { control }: FleetOptions): Promise<ControlServer> {
  const args = typeof control === 'object' ? control.args : undefined;
  return startControlServer({ sandbox, ...(args && { args }) });
}
