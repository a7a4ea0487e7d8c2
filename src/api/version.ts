/** The protocol between agent and server. One minor apart works together; another major observes only. */
export const PROTOCOL = { major: 1, minor: 0 } as const;

/** The `apiVersion` of every answer. Within v1 fields are only added. */
export const API_VERSION = 'hafleet/v1';
