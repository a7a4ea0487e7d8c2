import { z } from 'zod';
import {
  adoptAnswer,
  ApiError,
  enrolAnswer,
  enrolRequest,
  identifier,
  nodeList,
  nodeView,
  type NodeView,
} from '../../api/index.ts';
import { sha256 } from '../../lib/index.ts';
import { bearer } from '../auth/authenticate.ts';
import { inNodes, requireNodes } from '../auth/scope.ts';
import { adoptNode } from '../recover/adopt.ts';
import type { ServerContext } from '../context.ts';
import { STANDING_TEXTS } from '../agents/standing-text.ts';
import { skewOf } from '../agents/versions.ts';
import { isReachable } from '../fleet/node-live.ts';
import { silentInstances, viewOf } from '../fleet/status.ts';
import { KEYS } from '../store/keys.ts';
import { joinTokenRecord, type NodeRecord } from '../store/records.ts';
import { errorResponses, type Routes } from './route.ts';

const params = z.object({ name: identifier });

export const nodeRoutes: Routes = (app, context) => {
  app.route({
    method: 'GET',
    url: '/v1/nodes',
    schema: {
      summary: 'All enrolled nodes.',
      tags: ['nodes'],
      response: { 200: nodeList, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: ({ principal }) => ({
      items: context.view
        .nodeNames()
        .filter((name) => inNodes(principal.scope, name))
        .map((name) => show(context, name)),
    }),
  });
  app.route({
    method: 'GET',
    url: '/v1/nodes/:name',
    schema: { summary: 'One node.', tags: ['nodes'], params, response: { 200: nodeView, ...errorResponses } },
    config: { role: 'viewer' },
    handler: ({ params: { name }, principal }) => {
      requireNodes(principal, [name]);
      return show(context, name);
    },
  });
  app.route({
    method: 'DELETE',
    url: '/v1/nodes/:name',
    schema: {
      summary:
        'Removes a node: its credential ends, nothing is sent to it any more. Its HAProxy is left as it is.',
      tags: ['nodes'],
      params,
      response: { 200: nodeView, ...errorResponses },
    },
    config: { role: 'admin' },
    handler: async ({ params: { name }, principal }) => {
      requireNodes(principal, [name]);
      const removed = await remove(context, name);
      noteNode(context, 'node-removed', name, 'removed from the fleet', principal.name);
      return removed;
    },
  });
  app.route({
    method: 'POST',
    url: '/v1/nodes/:name/adopt',
    schema: {
      summary:
        'Takes a node that missed the recovery of the fleet into the present epoch, or, with `dryRun`, shows what that changes on it.',
      tags: ['nodes'],
      params,
      body: z.object({ dryRun: z.boolean().default(false) }),
      response: { 200: adoptAnswer, ...errorResponses },
    },
    config: { role: 'admin' },
    handler: async ({ params: { name }, principal, body }) => {
      requireNodes(principal, [name]);
      show(context, name);
      const { ends, begins } = await adoptNode(context, name, body.dryRun);
      if (!body.dryRun)
        noteNode(context, 'node-adopted', name, 'taken into the present epoch', principal.name);
      return { node: show(context, name), adopted: !body.dryRun, ends, begins };
    },
  });
  app.route({
    method: 'POST',
    url: '/v1/nodes/enrol',
    schema: {
      summary:
        'Enrols a node with the join token; the answer holds the credential of the node, shown this once.',
      tags: ['nodes'],
      body: enrolRequest,
      response: { 200: enrolAnswer, ...errorResponses },
    },
    config: { role: 'none' },
    handler: async (request) => {
      await checkJoinToken(context, bearer(request));
      const enrolled = await enrol(context, request.body);
      noteNode(context, 'node-enrolled', enrolled.node, 'enrolled with the join token');
      return enrolled;
    },
  });
};

function show(context: ServerContext, name: string): NodeView {
  const record = context.view.record(name);
  if (!record) throw unknownNode(name);
  const live = context.view.node(name);
  const instances = context.view.instances().filter(({ node }) => node === name);
  const skew = skewOf({ version: live.agentVersion, protocol: live.protocol }, context.version);
  return {
    name,
    labels: record.labels,
    connected: isReachable(live, context.view.now()),
    agent: live.agentVersion,
    protocol: live.protocol,
    lastSeen: live.heardAtWall,
    enrolledAt: record.enrolledAt,
    applied: live.holds && { epoch: live.holds.epoch, revision: live.holds.revision },
    wanted: context.dispatcher.wantedOf(name),
    standing: live.standing,
    ...(skew === undefined ? {} : { skew }),
    ...(live.standing && live.standing !== 'known' ? { trouble: STANDING_TEXTS[live.standing] } : {}),
    instances: [
      ...instances.map((instance) => viewOf(context.view, instance)),
      ...silentInstances(context.view, { nodes: new Set([name]) }),
    ],
  };
}

function noteNode(
  { events }: ServerContext,
  code: string,
  node: string,
  message: string,
  who?: string,
): void {
  events.add({ severity: 'info', code, node, message, ...(who === undefined ? {} : { who }) });
}

async function remove(context: ServerContext, name: string): Promise<NodeView> {
  const last = show(context, name);
  const { link } = context.view.node(name);
  const { revision } = await context.store.txn({
    success: [
      { type: 'delete', key: KEYS.node(name) },
      { type: 'delete', key: KEYS.inventory(name) },
    ],
  });
  await Promise.all([context.nodes.until(revision), context.inventory.until(revision)]);
  link?.close('node-removed', 'this node was removed from the fleet');
  return last;
}

async function checkJoinToken(context: ServerContext, secret: string): Promise<void> {
  const entry = (await context.store.range({ key: KEYS.joinToken })).entries[0];
  if (entry && joinTokenRecord.parse(JSON.parse(entry.value)).digest === sha256(secret)) return;
  throw new ApiError('join-token-wrong', 'this join token is not the one of this fleet', {
    hint: 'it lies in join.token in the data folder of the hafleet server',
  });
}

async function enrol(context: ServerContext, { name, labels }: z.infer<typeof enrolRequest>) {
  const credential = context.key.newCredential(name);
  const record: NodeRecord = {
    name,
    labels,
    credentialDigest: sha256(credential),
    enrolledAt: context.clock.wallMs(),
  };
  const { succeeded, revision } = await context.store.txn({
    compare: [{ key: KEYS.node(name), target: 'createRevision', op: '=', value: 0 }],
    success: [{ type: 'put', key: KEYS.node(name), value: JSON.stringify(record) }],
  });
  if (!succeeded)
    throw new ApiError('node-name-taken', `a node ${name} is enrolled already`, {
      hint: `choose another \`name\` in the agent's file, or, if this machine replaces it, \`hafleet node remove ${name}\` first`,
    });
  await context.nodes.until(revision);
  return { node: name, credential, fleetId: context.fleet.id, fleetKey: context.key.publicKey };
}

export function unknownNode(name: string): ApiError {
  return new ApiError('unknown-node', `no node ${name} is enrolled`, {
    hint: '`hafleet node list` shows them all',
  });
}
