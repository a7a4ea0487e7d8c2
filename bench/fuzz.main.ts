import { fuzz, inputsUnderWay, TARGETS } from '../test/support/fuzz/index.ts';
import { createRandom } from '../test/support/random.ts';
import { round } from './support/numbers.ts';
import { note, printResult } from './support/result.ts';

const inputs = Number(process.argv[2] ?? 1_000_000);
if (!Number.isSafeInteger(inputs) || inputs < 1) {
  note('how many inputs? npm run bench -- fuzz [NUMBER]');
  process.exit(64);
}
const { seed } = createRandom();
note(`${inputs} inputs; HAFLEET_SEED=${seed} makes the same ones again`);

// A crash of what is tested is one of this process: the inputs that were under way are all there is to tell.
process.on('uncaughtException', (thrown) => {
  note(`crashed with HAFLEET_SEED=${seed}: ${thrown.stack ?? String(thrown)}`);
  for (const input of inputsUnderWay()) note(`under way: ${input}`);
  process.exit(1);
});

const result = await fuzz({
  targets: TARGETS,
  inputs,
  seed,
  onTarget: (name, { inputs: count, ms, slowestMs }) =>
    note(`${name}: ${count} inputs in ${round(ms / 1000)} s, the slowest ${round(slowestMs)} ms`),
});
for (const { target, problem, input } of result.failures) note(`${target}: ${problem}\n  input: ${input}`);
const failures = result.failures.length;
printResult({
  bench: 'fuzz',
  ours: (result.inputs / result.ms) * 1000,
  baseline: null,
  unit: 'inputs/s',
  more: {
    inputs: result.inputs,
    failures,
    seed,
    seconds: result.ms / 1000,
    slowestMs: Math.max(...Object.values(result.targets).map(({ slowestMs }) => slowestMs)),
    targets: Object.fromEntries(
      Object.entries(result.targets).map(([name, { inputs: count }]) => [name, count]),
    ),
  },
  bars: [{ what: 'failures', value: failures, atMost: 0 }],
});
process.exit(failures === 0 ? 0 : 1);
