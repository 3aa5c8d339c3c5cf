/** One thing that has to be so before the gateway is of use; a sentence when it is not. */
export type Check = () => string | undefined | Promise<string | undefined>;

/** Asks every check; the sentences of those that fail. A check that throws is a failed one. */
export async function problemsOf(checks: readonly Check[]): Promise<string[]> {
  const answers = await Promise.all(
    checks.map(async (check) => {
      try {
        return await check();
      } catch (error) {
        return error instanceof Error ? `${error.message}.` : String(error);
      }
    }),
  );
  return answers.filter((answer) => answer !== undefined);
}

/** A check that is not asked again once it has passed. */
export function onceTrue(check: Check): Check {
  let passed = false;
  return async () => {
    if (passed) return undefined;
    const problem = await check();
    passed = problem === undefined;
    return problem;
  };
}
