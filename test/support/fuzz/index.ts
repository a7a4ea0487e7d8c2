import { agentMessages, serverMessages } from './agent-link.ts';
import { answers, frames } from './answers.ts';
import { apiBytes, apiRequests } from './api.ts';
import { commandLines } from './cli.ts';
import { commands } from './commands.ts';
import { haproxyFiles, localFiles } from './files.ts';
import { agentConnection } from './hub.ts';
import { nodeSets, selectors, typedWords } from './names.ts';
import type { Target } from './target.ts';

export { commandWords } from './commands.ts';
export { fuzz, inputsUnderWay, type FuzzResult } from './run.ts';
export type { Target } from './target.ts';

/** Every place that takes a stranger's words. Shares add up to about a thousand. */
export const TARGETS: readonly Target[] = [
  commands,
  nodeSets,
  selectors,
  typedWords,
  answers,
  frames,
  haproxyFiles,
  localFiles,
  serverMessages,
  agentMessages,
  agentConnection,
  apiRequests,
  apiBytes,
  commandLines,
];
