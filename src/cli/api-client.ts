/** Of its own, so that it can be loaded when it is needed. */
export { createApiClient } from '../api/index.ts';
