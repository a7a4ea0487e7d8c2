import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Sandbox } from '../../dev/index.ts';

/** One socat per socket, all at once, started by a shell that runs already: the least that an operator's loop can cost. */
export interface ParallelSocat {
  /** Sends one line to every socket and resolves with the answers, in order, and the ms from asking to the last one's end. */
  ask(command: string): Promise<{ readonly ms: number; readonly answers: readonly string[] }>;
  close(): void;
}

/** Answers go to files, as they would in a script; they are read after the clock has stopped. */
const SCRIPT = `
while IFS= read -r command; do
  for socket in "$@"; do
    socat -t 10 - "UNIX-CONNECT:$socket" <<<"$command" >"$socket.answer" &
  done
  wait
  echo done
done`;

export function startParallelSocat(sandbox: Sandbox, sockets: readonly string[]): ParallelSocat {
  const shell = spawn('bash', ['-c', SCRIPT, 'bash', ...sockets], {
    env: sandbox.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  return {
    async ask(command) {
      const start = performance.now();
      shell.stdin.write(`${command}\n`);
      const { done } = await lines.next();
      const ms = performance.now() - start;
      if (done) throw new Error('the shell of the baseline has ended');
      return { ms, answers: sockets.map((socket) => readFileSync(`${socket}.answer`, 'utf8')) };
    },
    close: () => void shell.stdin.end(),
  };
}
