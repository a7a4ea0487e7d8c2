/** Smaller inputs of the same shape, the smallest first: texts and lists lose their halves, quarters, … single items. */
function* smaller(input: unknown): Generator {
  if (typeof input === 'string' || Array.isArray(input)) {
    for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let at = 0; at < input.length; at += size)
        yield typeof input === 'string'
          ? input.slice(0, at) + input.slice(at + size)
          : [...input.slice(0, at), ...input.slice(at + size)];
  }
  if (typeof input !== 'object' || input === null) return;
  for (const [key, value] of Object.entries(input))
    for (const less of smaller(value))
      yield Array.isArray(input)
        ? input.map((one: unknown, at) => (String(at) === key ? less : one))
        : { ...input, [key]: less };
}

/** The smallest input found that still fails; looks at no more than `tries`. */
export async function shrink(
  input: unknown,
  fails: (input: unknown) => Promise<boolean>,
  tries = 500,
): Promise<unknown> {
  let [least, left] = [input, tries];
  for (let found = true; found && left > 0;) {
    found = false;
    for (const less of smaller(least)) {
      if (left-- <= 0) break;
      if (!(await fails(less))) continue;
      [least, found] = [less, true];
      break;
    }
  }
  return least;
}
