import { z } from 'zod';

export type Checked<T> =
  | { readonly success: true; readonly data: T; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: z.ZodError };

/**
 * Checks what a stranger wrote, and never throws. `safeParse` does: of what should be a text or a list it compares the `length`
 * also when it is neither, and `{"length":{"toString":1}}` is nothing that can be compared.
 */
export function tryParse<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  try {
    return { success: true, data: schema.parse(value) };
  } catch (thrown) {
    if (thrown instanceof z.ZodError) return { success: false, error: thrown };
    const message = 'cannot be checked: it holds an object that stands for no value';
    return {
      success: false,
      error: new z.ZodError([{ code: 'custom', path: [], message, input: undefined }]),
    };
  }
}
