import { partitionsWithout, type PartitionKnowledge } from '@semarak/infra/published-programmes';
import type { ProgrammeDocument } from '@semarak/schemas';
import type { Programmes } from '../programmes/programmes.ts';
import type { Check } from '@semarak/infra/http-server';

/**
 * Whether every programme that ships with the product is published, in every partition: a record that
 * lies before the publication in its partition would be refused for good. Throws StoreUnavailable.
 */
export const shippedProgrammesCheck =
  (of: {
    readonly shipped: readonly ProgrammeDocument[];
    readonly programmes: Pick<Programmes, 'rulesOf'>;
    /** What accrual has read in each partition of transactions. */
    readonly knowledge: () => Promise<readonly PartitionKnowledge[]>;
  }): Check =>
  async () => {
    const knowledge = await of.knowledge();
    const missing = of.shipped.flatMap((document) => {
      const { programme, version } = document;
      const without = partitionsWithout(document, knowledge);
      if (without.length > 0)
        return [`${programme} version ${version} in partitions ${without.join(', ')}`];
      const known = of.programmes.rulesOf(programme)?.versions.map((each) => each.version);
      return known?.includes(version) === true ? [] : [`${programme} version ${version}`];
    });
    return missing.length === 0 ? undefined : `Not published yet: ${missing.join('; ')}.`;
  };
