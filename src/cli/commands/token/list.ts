import type { TokenView } from '../../../api/index.ts';
import { defineCommand } from '../../command.ts';
import { printListing } from '../../document.ts';
import { LIST_OPTIONS } from '../../options.ts';
import { scopeText } from '../../token-scope.ts';
import { formatTime, type Line, type Moment } from '../../text/index.ts';

interface TokenListOptions {
  readonly columns: string | undefined;
  readonly sort: string | undefined;
}

export const command = defineCommand<TokenListOptions>({
  options: LIST_OPTIONS,
  examples: ['hafleet token list', 'hafleet token list -o json'],
  read: (_args, typed) => ({ columns: typed.text('columns'), sort: typed.text('sort') }),
  async run(cli, list) {
    const { api } = await cli.connect();
    const { items } = await api.tokens();
    const moment = cli.moment();
    await printListing(
      cli,
      {
        kind: 'TokenList',
        items,
        names: items.map(({ name }) => name),
        table: () => ({
          columns: ['TOKEN', 'ROLE', 'SCOPE', 'MADE', 'BY', 'ENDS'].map((title) => ({ title })),
          rows: items.map((token) => tokenRow(token, moment)),
        }),
      },
      list,
    );
    return 0;
  },
});

function tokenRow(
  { name, role, scope, createdAt, createdBy, expiresAt, expired }: TokenView,
  moment: Moment,
): Line[] {
  const ends = expiresAt === undefined ? 'never' : formatTime(expiresAt, moment);
  return [name, role, scopeText(scope), formatTime(createdAt, moment), createdBy, expired ? 'expired' : ends];
}
