import { API_VERSION } from '../../api/index.ts';
import { defineCommand } from '../command.ts';
import { printListing } from '../document.ts';
import { VERSION } from '../version.ts';

interface VersionOptions {
  readonly client: boolean;
}

export const command = defineCommand<VersionOptions>({
  options: [{ flags: '--client', text: 'do not ask the control server' }],
  examples: ['hafleet version', 'hafleet version --client -o json'],
  read: (_args, typed) => ({ client: typed.flag('client') }),
  async run(cli, { client }) {
    const own = { program: 'hafleet', version: VERSION, api: API_VERSION, detail: `node ${process.version}` };
    const server = client ? undefined : await readServerVersion(cli);
    const items = server === undefined ? [own] : [own, server];
    await printListing(cli, {
      kind: 'Version',
      items,
      names: [VERSION],
      table: () => ({
        columns: ['PROGRAM', 'VERSION', 'API', 'DETAIL'].map((title) => ({ title })),
        rows: items.map(({ program, version, api, detail }) => [program, version, api, detail]),
      }),
    });
    return 0;
  },
});

/** Nobody to ask is no failure of `version`. */
async function readServerVersion(cli: Parameters<typeof command.execute>[0]) {
  try {
    const { api, name } = await cli.connect();
    const info = await api.info();
    const detail = `context ${name}, fleet ${info.fleet}, epoch ${info.epoch}, revision ${info.revision}`;
    return { program: 'control server', version: info.version, api: info.apiVersion, detail };
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { program: 'control server', version: '?', api: '?', detail: why };
  }
}
