interface Figures {
  readonly ms: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface Result {
  readonly transactions: number;
  readonly members: number;
  /** Of sale_postings, of the sums that it carries, and of member_firsts. */
  readonly sizes: {
    readonly postings: number;
    readonly postingsBytes: number;
    readonly sums: number;
    readonly sumsBytes: number;
    readonly firsts: number;
    readonly firstsBytes: number;
  };
  readonly reports: readonly {
    readonly report: string;
    readonly all: Figures;
    readonly today: Figures;
    /** Whether the answers are those of a query that looks at every sale. */
    readonly equal: boolean;
  }[];
}

const widths = [37, 8, 10, 12, 12, 6];

/** The result as a table for people. */
export function resultLines({ transactions, members, sizes, reports }: Result): string[] {
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell, index) =>
        index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
      )
      .join(' ')
      .trimEnd();
  const share = (bytes: number): string =>
    `${megabytes(bytes)}, ${((100 * bytes) / sizes.postingsBytes).toFixed(2)} % of the postings`;
  return [
    `${grouped(transactions)} sales of ${grouped(members)} members`,
    '',
    row(['report', 'period', 'ms', 'rows read', 'read', 'exact']),
    ...reports.flatMap(({ report, all, today, equal }) =>
      (
        [
          ['all', all],
          ['today', today],
        ] as const
      ).map(([period, { ms, rowsRead, bytesRead }]) =>
        row([
          report,
          period,
          ms.toFixed(1),
          grouped(rowsRead),
          megabytes(bytesRead),
          equal ? 'yes' : 'NO',
        ]),
      ),
    ),
    '',
    `postings: ${grouped(sizes.postings)} rows, ${megabytes(sizes.postingsBytes)}`,
    `their sums by day, tenant and category: ${grouped(sizes.sums)} rows, ${share(sizes.sumsBytes)}`,
    `firsts of members: ${grouped(sizes.firsts)} rows, ${share(sizes.firstsBytes)}`,
  ];
}

const grouped = (number: number): string => number.toLocaleString('en');

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
