import { readContextFile, writeContextFile } from '../config/context-file.ts';
import { putContext, userConfigPath, type Env } from '../config/index.ts';

export const LOCAL_CONTEXT = 'local';

/** Writes the context, so that nobody types a token. Another current context stays the current one: true if so. */
export async function writeLocalContext(env: Env, server: string, tokenFile: string): Promise<boolean> {
  const path = userConfigPath(env);
  const file = putContext(await readContextFile(path), { name: LOCAL_CONTEXT, server, tokenFile });
  const current = file.current ?? LOCAL_CONTEXT;
  await writeContextFile(path, { ...file, current });
  return current !== LOCAL_CONTEXT;
}
