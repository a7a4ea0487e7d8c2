import type { PeerModel, PeersModel } from './model.ts';
import type { ActiveSection, Statement } from './statements.ts';

/** Reads a peers section. `server` lines are peers too (manual: peers), and may leave the address to `bind`. */
export function readPeers({ header, statements }: ActiveSection): PeersModel {
  const { file, line, conditional, words } = header;
  const isPeer = ({ words }: Statement) => words[0] === 'peer' || words[0] === 'server';
  return {
    name: words[1] ?? '',
    peers: statements.filter(isPeer).map(readPeer),
    tables: statements
      .filter(({ words }) => words[0] === 'table')
      .map(({ words, ...place }) => ({ ...pickPlace(place), name: words[1] ?? '', words: words.slice(2) })),
    file,
    line,
    conditional,
  };
}

function readPeer({ words, ...place }: Statement): PeerModel {
  const [, name = '', address] = words;
  return { name, ...(address !== undefined && { address }), ...pickPlace(place) };
}

function pickPlace({ file, line, conditional }: Pick<Statement, 'file' | 'line' | 'conditional'>) {
  return { file, line, conditional };
}
