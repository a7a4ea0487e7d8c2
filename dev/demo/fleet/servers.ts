/** The backends of the fleet, and the applications behind them. */
export const SERVERS = { web: ['web1', 'web2', 'web3', 'web4'], files: ['files1', 'files2'] } as const;
