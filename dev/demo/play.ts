import { errorText } from '../../src/lib/index.ts';
import {
  type ControlServer,
  type Fleet,
  type Sandbox,
  giveOwnCommand,
  startFleet,
  waitUntil,
} from '../index.ts';
import type { Paper } from './paper.ts';
import { createStage, printCounts } from './stage.ts';
import type { Story } from './story.ts';
import { type Counts, type Traffic, startTraffic } from './traffic.ts';

export interface Outcome {
  readonly counts: Counts;
  /** Why it failed; absent when all went well. */
  readonly reason?: string;
  /** Where it got as far. */
  readonly fleet?: Fleet;
  /** With the fleet's own `hafleet`. */
  readonly binFolder?: string;
}

const NO_COUNTS: Counts = { requests: 0, failed: 0, reasons: {} };

/** Plays a story to its end, or to the first thing that is not as told. What it started is left to the sandbox. */
export async function play(story: Story, sandbox: Sandbox, paper: Paper): Promise<Outcome> {
  let fleet: Fleet | undefined;
  let traffic: Traffic | undefined;
  let binFolder: string | undefined;
  let reason: string | undefined;
  try {
    paper.title(`hafleet demo: ${story.summary}`);
    paper.say('Starting …');
    fleet = await startFleet({ ...story.fleet(), sandbox });
    if (!fleet.control) throw new Error('a story needs a control server');
    await waitUntilLevel(fleet.control);
    binFolder = await giveOwnCommand(sandbox, fleet.control, 'demo');
    traffic = await startTraffic(fleet, story.paths);
    paper.say(await story.about(fleet));
    paper.say(
      `Clients send ${traffic.rate} requests a second all the time, over kept connections. One that fails fails the demo. ` +
        'Every command below is run as it stands, and what follows it is what it printed, with its exit code where that is not 0.',
    );
    await playSteps(story, createStage({ fleet, traffic, binFolder, paper }), traffic, paper);
  } catch (error) {
    reason = errorText(error);
  }
  const counts = (await traffic?.stop().catch(() => undefined)) ?? NO_COUNTS;
  reason ??= counts.failed > 0 ? `${counts.failed} requests failed` : undefined;
  return {
    counts,
    ...(reason !== undefined && { reason }),
    ...(fleet && { fleet }),
    ...(binFolder !== undefined && { binFolder }),
  };
}

async function playSteps(
  { steps }: Story,
  stage: ReturnType<typeof createStage>,
  traffic: Traffic,
  paper: Paper,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    paper.step(index + 1, steps.length, step.title);
    await step.play(stage);
    paper.note(printCounts(await traffic.counts()));
  }
}

/** Every enrolment is news for the agents before: until they have it, `node list` calls them behind. */
async function waitUntilLevel(control: ControlServer): Promise<void> {
  const isLevel = async () =>
    (await control.api().nodes()).items.every(
      ({ applied, wanted }) => applied?.epoch === wanted.epoch && applied.revision >= wanted.revision,
    );
  await waitUntil(isLevel, { for: 'every agent to have all news', everyMs: 50 });
}
