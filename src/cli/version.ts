/** Kept equal to package.json by test. */
export const VERSION = '0.1.0';
