export async function main(argv: readonly string[]): Promise<number> {
  process.stdout.write(`hafleet ${argv.join(' ')}\n`);
  return 0;
}
