import { type Configuration, proxyLines, quoteLine } from '../config-lines.ts';
import type { InstanceFacts, MachineFacts } from '../facts.ts';
import { type Remark, listNames, remark } from '../finding.ts';

/** The two lines by which maint, drain and the health of red servers survive a reload, and who keeps the file. */
export function checkStateFile(
  { stateFile: { loaded, without, kept, canReplace } }: InstanceFacts,
  config: Configuration,
  { agent, user }: MachineFacts,
): Remark[] {
  const { model } = config;
  if (!model.proxies.some(({ servers }) => servers.length > 0)) return [];
  const globalLine = quoteGlobal(config);
  if (loaded === undefined || without.length > 0)
    return [
      remark(
        'warning',
        'state-file',
        loaded === undefined
          ? 'a reload forgets maint, drain and the health of red servers: no server-state-file'
          : `a reload forgets maint, drain and health in ${listNames(without)}: the state file is not loaded there`,
        {
          evidence: [...globalLine, ...quoteLoads(config, without)],
          fix: [
            ...(loaded === undefined
              ? [`server-state-file ${kept ?? '/var/lib/hafleet/http.state'}      # in global`]
              : []),
            ...(without.length > 0 ? ['load-server-state-from-file global      # in defaults'] : []),
            ...(agent && kept === undefined
              ? [
                  `stateFile: ${loaded ?? '/var/lib/hafleet/http.state'}      # in the agent’s file, at this instance`,
                ]
              : []),
          ],
        },
      ),
    ];
  if (!agent) return [remark('ok', 'state-file', 'states survive reloads', { evidence: globalLine })];
  if (kept !== loaded)
    return [
      remark(
        'warning',
        'state-file',
        kept === undefined
          ? 'HAProxy loads a state file at reloads, and the agent does not keep it'
          : 'HAProxy loads another state file than the agent writes',
        {
          evidence: [...globalLine, `stateFile of the agent: ${kept ?? 'none'}`],
          fix: [`stateFile: ${loaded}      # in the agent’s file, at this instance`],
        },
      ),
    ];
  if (canReplace === false)
    return [
      remark('warning', 'state-file', `${user.name} cannot write the state file ${loaded}`, {
        evidence: globalLine,
        fix: [
          `the folder of ${loaded} has to belong to ${user.name}: the file is replaced, not written into`,
        ],
      }),
    ];
  return [remark('ok', 'state-file', 'states survive reloads', { evidence: globalLine })];
}

function quoteGlobal({ sections }: Configuration): string[] {
  const globals = sections.filter(({ keyword }) => keyword === 'global');
  const lines = globals.flatMap(({ statements }) =>
    statements.filter(({ words: [word] }) => word === 'server-state-file' || word === 'server-state-base'),
  );
  return (lines.length > 0 ? lines : globals.slice(0, 1).map(({ header }) => header)).map(quoteLine);
}

function quoteLoads(config: Configuration, without: readonly string[]): string[] {
  if (without.length === 0) return proxyLines(config, 'load-server-state-from-file').map(quoteLine);
  return config.model.proxies
    .filter(({ name, kind }) => kind !== 'frontend' && without.includes(name))
    .map(config.quote);
}
