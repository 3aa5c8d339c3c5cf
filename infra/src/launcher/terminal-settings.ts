import { readConfiguration } from '../configuration/index.ts';
import { InstallError } from '../local-stack/index.ts';

/** Settings that a person gives to `npm start`. Throws InstallError, a sentence for that person. */
export const readSettings: typeof readConfiguration = (schema, environment) => {
  try {
    return readConfiguration(schema, environment);
  } catch (error) {
    throw new InstallError(error instanceof Error ? error.message : String(error));
  }
};
