/** For the end of an exhaustive switch: a value that no branch expected is our mistake. */
export function assertNever(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
