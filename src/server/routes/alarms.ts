import { alarmList } from '../../api/index.ts';
import { alarmsInScope } from '../alarms/select-alarms.ts';
import { errorResponses, type Routes } from './route.ts';

export const alarmRoutes: Routes = (app, { alarms }) => {
  app.route({
    method: 'GET',
    url: '/v1/alarms',
    schema: {
      summary: 'What is wrong now, the worst first, with since when and the command that mends it.',
      tags: ['fleet'],
      response: { 200: alarmList, ...errorResponses },
    },
    config: { role: 'viewer' },
    handler: ({ principal }) => ({ items: alarmsInScope(alarms.open(), principal.scope) }),
  });
};
