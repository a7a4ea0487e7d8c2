/**
 * The bits of `srv_admin_state`, `srv_check_state` and `srv_agent_state`, as observed on 2.6.12, 3.0.11 and 3.2.26
 * (all alike). Columns: op = srv_op_state, adm = srv_admin_state, sta/res/hlt/chk = srv_check_status, _result,
 * _health, _state, agt = srv_agent_state; rise and fall are 3 where a check is `up 5`, 2 and 3 elsewhere.
 *
 *   situation                                   op adm sta res hlt chk agt   show stat says
 *   check passes                                 2   0  15   3   5   6   0   UP
 *   a check is under way                         2   0  15   0   5   7   0   UP (res reads 0 meanwhile)
 *   first check not ended yet                    2   0   1   0   2   7   0   UP 1/3
 *   check refused, down                          0   0   8   2   0   6   0   DOWN, L4CON
 *   check answers 500: first, second failure     2   0  17   2   4   6   0   UP 2/3, then hlt 3: UP 1/3
 *   third failure                                0   0  17   2   0   6   0   DOWN, L7STS
 *   first good check of three                    0   0  15   3   1   6   0   DOWN 1/3
 *   no `check` keyword                           2   0   1   0   2   0   0   no check
 *   `disable health`                             2   0  15   3   5   2   0   no check
 *   drain                                        2   8  15   3   5   6   0   DRAIN
 *   drain of a server that is down               0   8   8   2   0   6   0   DOWN
 *   maint                                        0   1  15   3   0  14   0   MAINT (res is from before)
 *   maint, no check                              0   1   1   0   0   0   0   MAINT
 *   maint after drain                            0   1   -   -   -   -   -   MAINT (the drain is forgotten)
 *   leaving maint by `ready`, at once            2   0  15   3   3   6   0   UP 1/3 (untested! res is from before)
 *   `drain; health down` out of maint            0   8  15   3   0   6   0   DOWN, then 1/3 …, then op 2
 *   `disabled` in the file                       0   5   1   0   0  14   0   MAINT (chk 8 without `check`)
 *   … then `ready`                               2   4  15   3   4   6   0   UP (without `check`: chk stays 8)
 *   … then maint                                 0   5  15   3   0  14   0   MAINT: as the file, to the bit
 *   … then drain                                 2  12  15   3   4   6   0   DRAIN
 *   tracks a server that is up / red             2/0 0   1   0   2   0   0   UP / DOWN (its own columns never move)
 *   tracks a server in drain / maint             2/0 16/2                    DRAIN / MAINT (via b/s); 24, 10 = own drain too
 *   agent says drain / maint                     2/0 8/1 15  3   4   6/14 22 DRAIN (agent) / MAINT
 *   agent says down, check passes                0   0  15   3   4   6  22   DOWN (agent)
 *   agent check without `check`                  2   0   1   0   2   0  22   no check
 *   `disable agent`                              2   0  15   3   4   6  18   UP
 *   `health down`, next good checks              0   0  15   3   0   6   0   DOWN, then up again by itself
 *   `health down`, health checks disabled        0   0  15   3   0   2   0   DOWN, for ever
 *   `health stopping`                            3   0  15   3   5   6   0   NOLB
 *   slowstart                                    1   0  15   3   4   6   0   UP
 *   name does not resolve                        0  32   1   0   0  14   0   MAINT (resolution)
 *   `set server fqdn`, later                     2  64  15   3   4   6   0   UP: 64 alone is no maint
 *   … and the new name does not resolve          0  96  15   3   0  14   0   MAINT (resolution)
 *   `add server … check`                         0   1   1   0   0   2   0   MAINT
 *   … then `enable server`                       2   0   1   0   0   2   0   no check
 *   … then `enable health`                       2   0   1   0   0   6   0   UP -1/3
 * A state file brings back op, adm, sta, res and health; check bits are the new worker's own.
 */
export const ADMIN_FLAG = {
  /** Forced by command, by an agent check, or by `disabled` in the file. */
  forcedMaint: 1,
  inheritedMaint: 2,
  /** The file said `disabled` at load. Stays for the life of the worker; alone it is not maint. */
  configMaint: 4,
  forcedDrain: 8,
  inheritedDrain: 16,
  resolutionMaint: 32,
  /** The host name was set by command. Whatever its name suggests, it is not maint. */
  hostnameSet: 64,
} as const;

export const CHECK_FLAG = { inProgress: 1, configured: 2, enabled: 4, paused: 8, agent: 16 } as const;

/** srv_check_result: 1 neutral, 2 failed, 3 passed, 4 conditionally passed (404 under disable-on-404). */
export const CHECK_RESULT = { unknown: 0, neutral: 1, failed: 2, passed: 3, conditional: 4 } as const;

/** Up to this srv_check_status no check has ended: 0 unknown, 1 initial. */
export const LAST_STATUS_WITHOUT_RESULT = 1;

export function hasFlag(mask: number, flag: number): boolean {
  return (mask & flag) !== 0;
}
