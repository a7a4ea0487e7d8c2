import type { Step } from '../story.ts';

const DOWNLOAD_MS = 3_000;

export const drain: Step = {
  title: 'Drain: present sessions finish, new ones go elsewhere, and then the server is taken out.',
  async play({ fleet, traffic, run, say, until }) {
    say(
      `Clients fetch files that take ${DOWNLOAD_MS / 1000} seconds each. None of these downloads may break.`,
    );
    const apps = ['files1', 'files2'].map((name) => fleet.app(name));
    for (const app of apps) await app.behave({ kind: 'slow', ms: DOWNLOAD_MS }, 'traffic');
    const downloads = await traffic.more({
      paths: ['/files/'],
      connections: 24,
      rate: 6,
      timeoutMs: 3 * DOWNLOAD_MS,
    });
    await until('downloads under way', async () => fleet.app('files1').counts().requests >= 6);
    await run('hafleet server drain files/files1 --wait 30s --then disable --reason kernel --yes');
    await downloads.stop();
    await run('hafleet server enable files/files1 --yes');
  },
};
