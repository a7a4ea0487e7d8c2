import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { groupName } from '../../haproxy/process/index.ts';
import type { FileFacts } from '../../plan/index.ts';

/** What `stat` says of a file, with the names of its owner and group; the path alone where it says nothing. */
export function readFileFacts(path: string): FileFacts {
  try {
    const { mode, uid, gid } = statSync(path);
    const [owner, group] = [nameIn('/etc/passwd', uid), nameIn('/etc/group', gid)];
    return { path, mode: mode & 0o7777, owner: owner ?? String(uid), group: group ?? String(gid) };
  } catch {
    return { path };
  }
}

/** The file is replaced by a new one, so its folder is what has to be writable. */
export function canReplace(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Both files have the name first and the number third. */
function nameIn(file: string, id: number): string | undefined {
  try {
    return groupName(readFileSync(file, 'utf8'), id);
  } catch {
    return undefined;
  }
}

/** `VmRSS` of a process, in bytes: what it holds of the machine's memory now. */
export function readMemory(proc: string, pid: number): number | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`${proc}/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) * 1024 : undefined;
  } catch {
    return undefined;
  }
}
