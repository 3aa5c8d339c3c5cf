/** Digits behind the comma of a currency's minor unit. The rupiah is counted without any. */
const minorDigits: Readonly<Record<string, number>> = { IDR: 0 };

/** The smallest share that is written. */
const percentMin = 0.01;

/** Numbers, money and dates in the words of a locale. Dates are the mall's, as `YYYY-MM-DD`. */
export interface Format {
  /** 1,234 */
  readonly count: (value: number) => string;
  /** 1.2K */
  readonly short: (value: number) => string;
  /** Minor units with the currency's sign, without fractions that do not exist. */
  readonly money: (minorUnits: number, currency: string) => string;
  /** The same, short: Rp 1.2M */
  readonly shortMoney: (minorUnits: number, currency: string) => string;
  /** 0.123 as 12%; what is more than nothing but rounds to it as <1%. */
  readonly percent: (share: number) => string;
  /** 24 December 2014 */
  readonly longDay: (day: string) => string;
  /** 24 Dec */
  readonly shortDay: (day: string) => string;
  /** December 2014, of a day or of `YYYY-MM` */
  readonly month: (day: string) => string;
  /** Dec, of a day or of `YYYY-MM` */
  readonly shortMonth: (day: string) => string;
  /** 07:00 */
  readonly hour: (hour: number) => string;
  /** 12.3 MB */
  readonly bytes: (bytes: number) => string;
}

export function createFormat(locale: string): Format {
  const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const day = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
    return (text: string) => format.format(new Date(text));
  };
  const megabytes = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  return {
    count: (value) => count.format(value),
    short: (value) => short.format(value),
    money: moneyFormat(locale, {}),
    shortMoney: moneyFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }),
    percent: (share) =>
      share > 0 && share < percentMin * 0.5
        ? `<${percent.format(percentMin)}`
        : percent.format(share),
    longDay: day({ day: 'numeric', month: 'long', year: 'numeric' }),
    shortDay: day({ day: 'numeric', month: 'short' }),
    month: day({ month: 'long', year: 'numeric' }),
    shortMonth: day({ month: 'short' }),
    hour: (hour) => `${String(hour).padStart(2, '0')}:00`,
    bytes: (bytes) => `${megabytes.format(bytes / 1_000_000)} MB`,
  };
}

function moneyFormat(locale: string, options: Intl.NumberFormatOptions) {
  const known = new Map<string, { format: Intl.NumberFormat; unit: number }>();
  return (minorUnits: number, currency: string): string => {
    let own = known.get(currency);
    if (own === undefined) {
      const digits = minorDigits[currency] ?? 2;
      const format = new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: 0,
        maximumFractionDigits: digits,
        ...options,
      });
      own = { format, unit: 10 ** digits };
      known.set(currency, own);
    }
    return own.format.format(minorUnits / own.unit);
  };
}
