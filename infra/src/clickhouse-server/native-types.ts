/** A type as the Native format names it: `Array(Nullable(String))`, without names of elements. */
export interface NativeType {
  readonly name: string;
  /** Arguments that are types. */
  readonly types: readonly NativeType[];
  /** The first argument where it is a number. */
  readonly size: number | undefined;
}

/** Arguments of `Name(a, b)`, split at the commas outside brackets and quotes. */
export function argumentsOf(text: string): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  let quote = '';
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const c = text.charAt(at);
    if (quote !== '') {
      if (c === '\\') at += 1;
      else if (c === quote) quote = '';
    } else if (/['"`]/.test(c)) quote = c;
    else if (c === '(') depth += 1;
    else if (c === ')') depth -= 1;
    else if (c === ',' && depth === 0) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = text.slice(from).trim();
  return last === '' ? found : [...found, last];
}

/** `name Type` of a tuple's element, or the type alone. */
const withoutName = (element: string): string =>
  element.replace(/^(?:`(?:[^`\\]|\\.)*`|[A-Za-z_][\w.]*)\s+(?=\S)/, '');

export function parseNativeType(text: string): NativeType {
  const bracket = text.indexOf('(');
  const name = (bracket === -1 ? text : text.slice(0, bracket)).trim();
  if (bracket === -1) return { name, types: [], size: undefined };
  const list = argumentsOf(text.slice(bracket + 1, text.lastIndexOf(')')));
  const size = /^\d+$/.test(list[0] ?? '') ? Number(list[0]) : undefined;
  const isCompound = /^(Array|Nullable|LowCardinality|Map|Tuple|Nested)$/.test(name);
  const isSimple = name === 'SimpleAggregateFunction';
  const types = isCompound ? list.map(withoutName) : isSimple ? list.slice(1) : [];
  return { name, types: types.map(parseNativeType), size };
}

const bytesByType: Readonly<Record<string, number>> = {
  ...{ Nothing: 1, Bool: 1, Int8: 1, UInt8: 1, Enum8: 1 },
  ...{ Int16: 2, UInt16: 2, Enum16: 2, Date: 2, BFloat16: 2 },
  ...{ Int32: 4, UInt32: 4, Float32: 4, Date32: 4, DateTime: 4, Time: 4, IPv4: 4, Decimal32: 4 },
  ...{ Int64: 8, UInt64: 8, Float64: 8, DateTime64: 8, Time64: 8, Decimal64: 8 },
  ...{ Int128: 16, UInt128: 16, Decimal128: 16, UUID: 16, IPv6: 16, Point: 16 },
  ...{ Int256: 32, UInt256: 32, Decimal256: 32 },
};

/** Bytes of each value; undefined where they differ from value to value. */
export function bytesOfValue(type: NativeType): number | undefined {
  const { name, size = 0 } = type;
  if (name === 'FixedString') return size;
  if (name === 'Decimal') return size <= 9 ? 4 : size <= 18 ? 8 : size <= 38 ? 16 : 32;
  if (name.startsWith('Interval')) return 8;
  return bytesByType[name];
}

const point: NativeType = { name: 'Point', types: [], size: undefined };
const arrayOf = (type: NativeType): NativeType => ({
  name: 'Array',
  types: [type],
  size: undefined,
});
const ring = arrayOf(point);
const polygon = arrayOf(ring);

/** What a type is made of where its name does not say it. */
export function expanded(type: NativeType): NativeType {
  switch (type.name) {
    case 'Map':
      return arrayOf({ ...type, name: 'Tuple' });
    case 'Nested':
      return arrayOf({ ...type, name: 'Tuple' });
    case 'SimpleAggregateFunction':
      return expanded(type.types[0] ?? type);
    case 'Ring':
    case 'LineString':
      return ring;
    case 'Polygon':
    case 'MultiLineString':
      return polygon;
    case 'MultiPolygon':
      return arrayOf(polygon);
    default:
      return type;
  }
}
