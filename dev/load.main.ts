import { createInterface } from 'node:readline';
import { generateLoad } from './load/generate.ts';
import type { LoadOptions } from './load/options.ts';

// A program of its own, so that it shares no event loop with what it measures. Options come as JSON in the first argument;
// a report goes out as one JSON line whenever a line comes in, and a last one at the end. `stop`, or the end of input, ends it.
const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const generator = generateLoad(options);
const print = (last: boolean) => process.stdout.write(`${JSON.stringify({ last, ...generator.report() })}\n`);

const input = createInterface({ input: process.stdin });
input.on('line', (line) => (line === 'stop' ? generator.stop() : print(false)));
input.on('close', () => generator.stop());

await generator.done;
print(true);
process.exit(0);
