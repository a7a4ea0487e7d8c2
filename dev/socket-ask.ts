import { connect } from 'node:net';

/**
 * One command on a fresh connection to a runtime or master socket; the whole answer. Half-closing ends the connection
 * on the master socket, which otherwise stays open for ever. Not the product's client on purpose: what proves that one must
 * not be made of it.
 */
export function askSocket(path: string, command: string, timeoutMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(path, () => socket.end(`${command}\n`));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${path}: no answer to "${command}"`)));
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.once('error', reject);
    socket.once('close', () => resolve(Buffer.concat(parts).toString('utf8')));
  });
}
