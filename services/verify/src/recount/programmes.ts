import type { ProgrammeDocument, Records, Typed } from '@semarak/schemas';
import { epochDayOf, isoDate } from '@semarak/schemas';
import type { CategoryOf } from './rows.ts';
import { documentOf } from './accrual-recount.ts';

/** Report dates of one programme that are looked at, at most. */
const reportDaysMax = 4;

/** What the whole of `transactions` says of programmes, whatever partition says it. */
export class PublishedVersions {
  readonly #documents = new Map<string, ProgrammeDocument[]>();
  readonly #days = new Map<string, Set<number>>();

  take(record: Typed): void {
    switch (record.type) {
      case 'ProgrammePublished':
        this.#publish(record.value);
        return;
      case 'TransactionRecorded': {
        const { programme, type, businessDay } = record.value;
        if (type !== 'sale') return;
        const days = this.#days.get(programme) ?? new Set();
        this.#days.set(programme, days.add(businessDay));
        return;
      }
      default:
    }
  }

  /** Every version of every programme. */
  get all(): ProgrammeDocument[] {
    return [...this.#documents.values()].flat();
  }

  /** By programme, the newest version. */
  get newest(): ProgrammeDocument[] {
    return [...this.#documents.values()].flatMap((versions) => versions.slice(-1));
  }

  /** A tenant that has left keeps the category of the last version that named it. */
  readonly categoryOf: CategoryOf = ({ programme, tenantId }) => {
    const versions = this.#documents.get(programme) ?? [];
    for (let index = versions.length - 1; index >= 0; index--) {
      const found = this.#categories(versions[index]).get(tenantId);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  /**
   * The days at which reports are compared: the newest with a sale, and the last ones before its month
   * and its year and the first in its month, where periods begin and end.
   */
  reportDays(programme: string): number[] {
    const days = [...(this.#days.get(programme) ?? [])].sort((a, b) => a - b);
    const newest = days.at(-1);
    if (newest === undefined) return [];
    const month = epochDayOf(`${isoDate(newest).slice(0, 7)}-01`) ?? newest;
    const year = epochDayOf(`${isoDate(newest).slice(0, 4)}-01-01`) ?? newest;
    const edges = [
      newest,
      days.find((day) => day >= month),
      days.findLast((day) => day < month),
      days.findLast((day) => day < year),
    ];
    return [...new Set(edges.filter((day) => day !== undefined))].slice(0, reportDaysMax);
  }

  readonly #categoryMaps = new WeakMap<ProgrammeDocument, Map<string, string>>();

  #categories(document: ProgrammeDocument | undefined): ReadonlyMap<string, string> {
    if (document === undefined) return new Map();
    let map = this.#categoryMaps.get(document);
    if (map === undefined) {
      map = new Map(document.tenants.map(({ tenantId, category }) => [tenantId, category]));
      this.#categoryMaps.set(document, map);
    }
    return map;
  }

  #publish({ document: text }: Records['ProgrammePublished']): void {
    const document = documentOf(text);
    if (document === undefined) return;
    const versions = this.#documents.get(document.programme) ?? [];
    if (versions.some(({ version }) => version === document.version)) return;
    versions.push(document);
    versions.sort((a, b) => a.version - b.version);
    this.#documents.set(document.programme, versions);
  }
}
