import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LabelledNode } from '../node-set/index.ts';
import type { ServerRef } from '../selector/index.ts';
import { effectiveIntents, enableIntents, findReplaced, stateGoal, stepIntent } from './index.ts';
import type { Intent, IntentEvent, IntentPlace, IntentSelector } from './index.ts';

interface Story {
  readonly title: string;
  readonly lines: readonly string[];
}

function stories(): Story[] {
  const text = readFileSync(join(import.meta.dirname, 'cases/intents.case'), 'utf8');
  return text
    .split(/^story: /m)
    .slice(1)
    .map((block) => {
      const [title = '', ...lines] = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      return { title, lines };
    });
}

function serverRef(text: string): ServerRef {
  const [backend = '', server = ''] = text.split('/');
  return { backend, server };
}

function selector(text: string): IntentSelector {
  const [, instance, rest = ''] = /^(?:(\w+):)?(.*)$/.exec(text) ?? [];
  return { instance: instance ?? '*', ...serverRef(rest) };
}

/** The store and the fleet of one story. */
class World {
  private readonly nodes = new Map<string, LabelledNode>();
  private readonly servers = new Map<string, ServerRef[]>();
  private intents: Intent[] = [];
  private revision = 0;

  /** Runs one line; what a question answers. */
  run(line: string): string {
    const [verb = '', ...words] = line.split(' ');
    if (verb === 'node') return this.addNode(words);
    if (verb === 'has') return this.setServers(words);
    if (verb.startsWith('CHG-')) return this.accept(verb, words);
    if (verb === 'enable') return this.enable(words);
    if (verb === 'gone') return this.remove(words[0] ?? '');
    if (verb === '?') return this.wanted(words);
    if (verb === 'waiting') return this.waiting(words[0] ?? '');
    if (verb === 'replaced') return this.replaced(words[0] ?? '');
    if (verb === 'phase') return this.phase(words[0] ?? '');
    return this.step(verb, words);
  }

  private addNode([name = '', ...labels]: readonly string[]): string {
    this.nodes.set(name, { name, labels: Object.fromEntries(labels.map((label) => label.split('='))) });
    return '';
  }

  private setServers([instance = '', ...servers]: readonly string[]): string {
    this.servers.set(instance, servers.map(serverRef));
    return '';
  }

  private accept(id: string, [want = '', target = '', , on = '', ...rest]: readonly string[]): string {
    const exclude = rest.includes('exclude') ? { exclude: rest[rest.indexOf('exclude') + 1] ?? '' } : {};
    const envelope = {
      id,
      revision: ++this.revision,
      selector: selector(target),
      on,
      ...exclude,
      phase: 'holding' as const,
      who: 'mara',
      from: 0,
    };
    const weight = /^weight:(\d+)(%?)$/.exec(want);
    if (weight) {
      const value = Number(weight[1]);
      this.intents.push({ ...envelope, aspect: 'weight', want: { weight: weight[2] ? `${value}%` : value } });
      return '';
    }
    const state = want === 'maint' ? 'maint' : 'drain';
    const afterDrain = rest.includes('then') ? { afterDrain: { state: 'maint' as const } } : {};
    this.intents.push({ ...envelope, aspect: 'state', want: { state }, ...afterDrain });
    return '';
  }

  private step(verb: string, [id = '', red = '']: readonly string[]): string {
    const events: Record<string, IntentEvent> = {
      end: { kind: 'end' },
      'gate-open': { kind: 'gate-open' },
      'gate-failed': { kind: 'gate-failed', failure: { red: [red], reason: `red on ${red}` } },
      drained: { kind: 'drained' },
    };
    const event = events[verb];
    if (!event) throw new Error(`unknown word in case: ${verb}`);
    this.intents = this.intents.map((intent) => (intent.id === id ? stepIntent(intent, event) : intent));
    return '';
  }

  private enable([target = '', , on = '', , id = '']: readonly string[]): string {
    const { changed, created } = enableIntents({
      intents: this.intents,
      aspect: 'state',
      target: { selector: selector(target), on },
      places: this.places(),
      id,
      revision: ++this.revision,
    });
    const byId = new Map(changed.map((intent) => [intent.id, intent]));
    this.intents = [...this.intents.map((intent) => byId.get(intent.id) ?? intent), ...created];
    return '';
  }

  private remove(id: string): string {
    this.intents = this.intents.filter((intent) => intent.id !== id);
    return '';
  }

  private wanted([where = '', target = '']: readonly string[]): string {
    const wanted = serverRef(target);
    const { servers } = effectiveIntents(this.intents, this.place(where), this.servers.get(where) ?? []);
    const found = servers.find(
      ({ server }) => server.backend === wanted.backend && server.server === wanted.server,
    );
    if (!found) return '-';
    const parts: string[] = [];
    const over = (shadows: readonly Intent[]) =>
      shadows.length > 0 ? ` over ${shadows.map(({ id }) => id).join(',')}` : '';
    if (found.state)
      parts.push(`${stateGoal(found.state.intent)} ${found.state.intent.id}${over(found.state.shadows)}`);
    if (found.weight) {
      const { intent, shadows } = found.weight;
      const weight = intent.phase === 'holding' ? intent.want.weight : 'default';
      parts.push(`weight ${weight} ${intent.id}${over(shadows)}`);
    }
    return parts.join(', ');
  }

  private waiting(where: string): string {
    const { waiting } = effectiveIntents(this.intents, this.place(where), this.servers.get(where) ?? []);
    return waiting.map(({ id }) => id).join(', ') || '-';
  }

  private replaced(id: string): string {
    const newest = this.intents.find((intent) => intent.id === id);
    if (!newest) throw new Error(`no ${id}`);
    return (
      findReplaced(newest, this.intents, this.places())
        .map(({ intent, pairs, whole }) => `${intent.id} ${pairs} ${whole ? 'whole' : 'part'}`)
        .join(', ') || '-'
    );
  }

  private phase(id: string): string {
    const intent = this.intents.find((one) => one.id === id);
    const reason = intent?.aspect === 'state' ? intent.failure?.reason : undefined;
    return [intent?.phase ?? 'gone', ...(reason === undefined ? [] : [reason])].join(', ');
  }

  private place(where: string): IntentPlace {
    const [name = '', instance = ''] = where.split('/');
    return { node: this.nodes.get(name) ?? { name, labels: {} }, instance };
  }

  private places() {
    return [...this.servers].map(([where, servers]) => ({ place: this.place(where), servers }));
  }
}

describe('intents', () => {
  it.each(stories())('$title', ({ lines }) => {
    const world = new World();
    const [asked, answered]: [string[], string[]] = [[], []];
    for (const line of lines) {
      const [statement = '', expected] = line.split(' => ');
      const answer = world.run(statement);
      if (expected === undefined) continue;
      asked.push(line);
      answered.push(`${statement} => ${answer}`);
    }
    expect(answered).toEqual(asked);
  });
});
