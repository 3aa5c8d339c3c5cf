interface Figures {
  readonly ms: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
}

export interface Result {
  readonly transactions: number;
  readonly members: number;
  /** Of sale_postings, and of the projections that it carries. */
  readonly sizes: {
    readonly postings: number;
    readonly postingsBytes: number;
    readonly sums: number;
    readonly sumsBytes: number;
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
    `their projections: ${grouped(sizes.sums)} rows, ${megabytes(sizes.sumsBytes)}, ` +
      `${((100 * sizes.sumsBytes) / sizes.postingsBytes).toFixed(2)} % of it`,
  ];
}

const grouped = (number: number): string => number.toLocaleString('en');

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
