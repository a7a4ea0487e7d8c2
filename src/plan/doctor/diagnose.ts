import type { ServerModel } from '../../haproxy/cfg/index.ts';
import { type Check, checkLoad } from './check-load.ts';
import { checkAgent } from './checks/agent.ts';
import { checkHealthChecks } from './checks/health-checks.ts';
import { checkStatsPages } from './checks/listeners.ts';
import { checkUserlists } from './checks/passwords.ts';
import { checkReloads } from './checks/reloads.ts';
import { checkServers } from './checks/servers.ts';
import { checkSockets } from './checks/sockets.ts';
import { checkStateFile } from './checks/state-file.ts';
import { checkVerify } from './checks/tls.ts';
import { checkTraffic } from './checks/traffic.ts';
import { checkVersion } from './checks/version.ts';
import { type Configuration, openConfiguration } from './config-lines.ts';
import type { InstanceFacts, MachineFacts } from './facts.ts';
import { type Finding, type Remark, about, remark } from './finding.ts';

/** What is to be said about one machine and the instances on it. The load of checks is a matter of the whole fleet. */
export function diagnose(machine: MachineFacts): Finding[] {
  return [
    ...machine.instances.flatMap((one) => about(one.name, diagnoseInstance(one, machine))),
    ...about('', checkAgent(machine)),
  ];
}

/** As {@link diagnose}, where this machine is all there is. */
export function diagnoseAlone(machine: MachineFacts): Finding[] {
  return [...diagnose(machine), ...about('', checkLoad(machine.instances.flatMap(checksOf)))];
}

function diagnoseInstance(facts: InstanceFacts, machine: MachineFacts): Remark[] {
  const config = 'trees' in facts.config ? openConfiguration(facts.config) : undefined;
  return [
    ...checkVersion(facts, config),
    ...checkSockets(facts, config, machine),
    ...checkReloads(facts, config),
    ...(config ? diagnoseConfiguration(facts, config, machine) : checkReadable(facts, machine)),
    ...checkServers(facts, config),
  ];
}

function diagnoseConfiguration(facts: InstanceFacts, config: Configuration, machine: MachineFacts): Remark[] {
  return [
    ...checkStateFile(facts, config, machine),
    ...checkTraffic(config),
    ...checkHealthChecks(config),
    ...checkStatsPages(config),
    ...checkUserlists(config),
    ...checkVerify(config),
  ];
}

function checkReadable({ config }: InstanceFacts, { user }: MachineFacts): Remark[] {
  if (!('unreadable' in config)) return [];
  return [
    remark(
      'warning',
      'config-unreadable',
      config.isDenied
        ? `${user.name} may not read the configuration: what a reload brings is not known`
        : 'the configuration cannot be read: what a reload brings is not known',
      {
        evidence: [config.unreadable],
        fix: config.isDenied
          ? [`give ${user.name} the group of that file, and the file mode 640`]
          : ['name its files with --config, or `config` in the agent’s file'],
      },
    ),
  ];
}

/** The checks that one instance makes, out of its file. */
export function checksOf({ name, config }: InstanceFacts): Check[] {
  if (!('trees' in config)) return [];
  return config.model.proxies.flatMap((proxy) =>
    proxy.servers
      .filter(({ check, track }) => check && track === undefined)
      .map((server) => ({
        from: name,
        backend: proxy.name,
        server: server.name,
        target: targetOf(server),
        intervalMs: server.interMs,
      })),
  );
}

function targetOf({ host, port, unixPath, rawAddress }: ServerModel): string {
  if (unixPath !== undefined) return unixPath;
  return port === undefined ? rawAddress : `${host}:${port}`;
}
