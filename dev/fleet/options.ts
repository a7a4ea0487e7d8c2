import type { AppServer } from '../app-server.ts';
import type { Agent, AgentOptions, ControlServer } from '../control.ts';
import type { CliResult } from '../cli.ts';
import type { FastAppServer } from '../fast-app-servers.ts';
import type { Haproxy, HaproxyPaths } from '../haproxy.ts';
import type { Relay } from '../relay.ts';
import type { Sandbox } from '../sandbox.ts';
import type { HaproxyVersion } from '../versions.ts';
import type { ConfigContext } from './config.ts';
import type { Link } from './mesh.ts';
import type { Outer, OuterTuning } from './outer.ts';

export interface InstanceOptions {
  readonly name: string;
  /** Names of the fleet's backends that it has. Default: all. */
  readonly backends?: readonly string[];
  /** Its haproxy.cfg. Default: `defaultConfig`. */
  readonly config?: (context: ConfigContext) => string;
  /** Runs before each start of its HAProxy, as a unit ordered before it. */
  readonly prepare?: (paths: HaproxyPaths) => Promise<void>;
  readonly groups?: readonly string[];
  readonly mode?: 'observe' | 'share' | 'manage';
  /** Default: as the fleet's. */
  readonly stateFile?: boolean;
}

export interface NodeOptions {
  readonly name: string;
  readonly version?: HaproxyVersion;
  /** Default: one, named `http`. Number n listens on port 8080 + n. */
  readonly instances?: readonly InstanceOptions[];
  readonly labels?: Readonly<Record<string, string>>;
  /** More of its agent's local file, or false for a node without an agent. */
  readonly agent?:
    Partial<Omit<AgentOptions, 'sandbox' | 'name' | 'servers' | 'instances' | 'tokenFile'>> | false;
}

export interface FleetOptions {
  readonly nodes: readonly NodeOptions[];
  /** Names of the servers of each backend. Default `{ app: ['app1', 'app2'] }`. */
  readonly backends?: Readonly<Record<string, readonly string[]>>;
  /** `fast`: see `startFastAppServers`. Default `node`. */
  readonly apps?: 'node' | 'fast';
  /** Joins instances of the same number into a peers mesh. `relays`: over links that can be cut. */
  readonly peers?: 'direct' | 'relays';
  /** Writes the two lines by which server states survive a reload. */
  readonly stateFile?: boolean;
  /** Time between two checks of a server. Default 200: states change quickly, at 5 checks a second for each server and instance. */
  readonly checkMs?: number;
  /** A load balancer before the fleet. */
  readonly outer?: boolean | OuterTuning;
  /** A control server, and an agent on each node, each over a relay; `startFleet` waits until they have met. */
  readonly control?: boolean | { readonly args?: readonly string[]; readonly agentRelays?: boolean };
  /** Default: one of its own, which `close` then closes. */
  readonly sandbox?: Sandbox;
}

export interface FleetInstance {
  /** `lb1/http`. */
  readonly name: string;
  readonly node: string;
  readonly haproxy: Haproxy;
  readonly address: string;
  readonly port: number;
}

export interface FleetNode {
  readonly name: string;
  readonly address: string;
  readonly instances: readonly FleetInstance[];
  readonly agent?: Agent;
  /** The agent's way to the control server. */
  readonly agentLink?: Relay;
}

/** Real load balancers on loopback with applications behind them; the demo, the e2e tests and the benchmarks all run on this. */
export interface Fleet {
  readonly sandbox: Sandbox;
  readonly nodes: readonly FleetNode[];
  /** All instances of all nodes. */
  readonly instances: readonly FleetInstance[];
  readonly outer?: Outer;
  readonly control?: ControlServer;
  /** @throws Error when there is no such node, instance (`lb1/http`) or application (`app1`, `backend/app1` where ambiguous) */
  node(name: string): FleetNode;
  instance(name: string): FleetInstance;
  app(name: string): AppServer;
  fastApp(name: string): FastAppServer;
  /** Runs `hafleet ARG...` as admin of its control server. */
  hafleet(...args: readonly string[]): Promise<CliResult>;
  /** The peers' way between two nodes. */
  link(a: string, b: string): Link;
  /** Where clients send to: the outer load balancer where there is one, else every frontend. */
  readonly targets: readonly { readonly address: string; readonly port: number }[];
  close(): Promise<void>;
}

const DEFAULT_INSTANCES: readonly InstanceOptions[] = [{ name: 'http' }];

/** Whether this instance's haproxy.cfg has the two lines by which server states survive a reload. */
export function hasStateFile(fleet: FleetOptions, instance: InstanceOptions): boolean {
  return instance.stateFile ?? fleet.stateFile ?? false;
}

export function instancesOf(node: NodeOptions): readonly InstanceOptions[] {
  return node.instances ?? DEFAULT_INSTANCES;
}
