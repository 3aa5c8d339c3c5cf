/** What a column holds, and how its value is written as text by ClickHouse and here alike. */
export interface ColumnKind {
  readonly sql: (column: string) => string;
  readonly text: (value: unknown) => string;
}

const none = 'NULL';
/** Between the texts of a row’s columns: no value holds it. */
const separator = '\u001f';

const plain: ColumnKind = {
  sql: (column) => `toString(${column})`,
  text: (value) => String(value),
};

const optional = (kind: ColumnKind): ColumnKind => ({
  sql: (column) => `ifNull(${kind.sql(column)}, '${none}')`,
  text: (value) => (value === null ? none : kind.text(value)),
});

export interface Tenant {
  readonly tenantId: string;
  readonly name: string;
  readonly category: string;
  readonly floor: string;
}

interface TierThreshold {
  readonly tier: string;
  readonly monthSpend: number;
}

interface UtcOffset {
  readonly fromDay: number;
  readonly minutes: number;
}

interface Gift {
  readonly campaign: string;
  readonly gift: string;
  readonly editions: readonly {
    readonly edition: string;
    readonly month: string;
    readonly stock: number;
  }[];
}

/** An array of tuples of as many fields. */
const tuples = (fields: number) => (column: string) => {
  const texts = Array.from({ length: fields }, (_, index) => `toString(t.${index + 1})`);
  return `arrayStringConcat(arrayMap(t -> concat(${texts.join(", '~', ")}), ${column}), ', ')`;
};

/** Kinds of columns by name. */
export const kinds = {
  text: plain,
  /** Null is kept as an empty string. */
  emptyText: { sql: plain.sql, text: (value) => (value === null ? '' : plain.text(value)) },
  nullableText: optional(plain),
  whole: plain,
  /** A Date32, as days since 1970-01-01. */
  day: { sql: (column) => `toString(toInt32(${column}))`, text: plain.text },
  nullableDay: optional({ sql: (column) => `toString(toInt32(${column}))`, text: plain.text }),
  /** A DateTime64(3), as milliseconds since 1970. */
  time: { sql: (column) => `toString(toUnixTimestamp64Milli(${column}))`, text: plain.text },
  nullableTime: optional({
    sql: (column) => `toString(toUnixTimestamp64Milli(${column}))`,
    text: plain.text,
  }),
  flag: {
    sql: (column) => `toString(toUInt8(${column}))`,
    text: (value) => (value === true ? '1' : '0'),
  },
  tenants: {
    sql: tuples(4),
    text: (value) =>
      (value as readonly Tenant[])
        .map(({ tenantId, name, category, floor }) => [tenantId, name, category, floor].join('~'))
        .join(', '),
  },
  tiers: {
    sql: tuples(2),
    text: (value) =>
      (value as readonly TierThreshold[])
        .map(({ tier, monthSpend }) => `${tier}~${monthSpend}`)
        .join(', '),
  },
  numbers: {
    sql: (column) => `arrayStringConcat(arrayMap(n -> toString(n), ${column}), ', ')`,
    text: (value) => (value as readonly number[]).join(', '),
  },
  offsets: {
    sql: tuples(2),
    text: (value) =>
      (value as readonly UtcOffset[])
        .map(({ fromDay, minutes }) => `${fromDay}~${minutes}`)
        .join(', '),
  },
  gifts: {
    sql: tuples(5),
    text: (value) =>
      (value as readonly Gift[])
        .flatMap(({ campaign, gift, editions }) =>
          editions.map(({ edition, month, stock }) =>
            [campaign, gift, edition, month, stock].join('~'),
          ),
        )
        .join(', '),
  },
} as const satisfies Record<string, ColumnKind>;

export type Columns = Readonly<Record<string, ColumnKind>>;

/** An expression for a row’s text. */
export const rowSql = (columns: Columns): string =>
  `arrayStringConcat([${Object.entries(columns)
    .map(([name, kind]) => kind.sql(name))
    .join(', ')}], '\\x1F')`;

/** The same text from values by column. */
export function rowText(columns: Columns, row: Readonly<Record<string, unknown>>): string {
  let text: string | undefined;
  for (const [name, kind] of fieldsOf(columns)) {
    const value = kind.text(row[name]);
    text = text === undefined ? value : text + separator + value;
  }
  return text ?? '';
}

/** Made once for each relation: the text of a row is what costs most. */
const fields = new WeakMap<Columns, readonly (readonly [string, ColumnKind])[]>();

function fieldsOf(columns: Columns): readonly (readonly [string, ColumnKind])[] {
  let known = fields.get(columns);
  if (known === undefined) {
    known = Object.entries(columns);
    fields.set(columns, known);
  }
  return known;
}

/** A row’s text for a person: `tier=blue, points=12`. */
export const rowShown = (columns: Columns, text: string): string => {
  const values = text.split(separator);
  return Object.keys(columns)
    .map((name, index) => `${name}=${values[index] ?? ''}`)
    .join(', ');
};

/** The columns in which two rows differ: `points is 12, should be 13`. */
export function rowUnlike(columns: Columns, is: string, should: string): string {
  const before = is.split(separator);
  const after = should.split(separator);
  return Object.keys(columns)
    .flatMap((name, index) =>
      before[index] === after[index]
        ? []
        : [`${name} is ${before[index] ?? ''}, should be ${after[index] ?? ''}`],
    )
    .join('; ');
}

/** The texts of some columns, to name a row by. */
export function keyText(columns: Columns, text: string, names: readonly string[]): string {
  const values = text.split(separator);
  const all = Object.keys(columns);
  return names.map((name) => values[all.indexOf(name)] ?? '').join(' ');
}
