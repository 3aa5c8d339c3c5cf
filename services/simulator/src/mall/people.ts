import { isoDate } from '@semarak/schemas';
import { createRandom, shuffled, weighted, type Random } from '../random/random.ts';

const given = {
  female: [
    ...[
      'Siti',
      'Dewi',
      'Sri',
      'Ayu',
      'Putri',
      'Ratna',
      'Rina',
      'Lestari',
      'Wulan',
      'Indah',
      'Fitri',
    ],
    ...['Maya', 'Nurul', 'Yuni', 'Kartika', 'Intan', 'Melati', 'Anisa', 'Dian', 'Tiara', 'Citra'],
  ],
  male: [
    ...['Budi', 'Agus', 'Andi', 'Joko', 'Rizky', 'Dedi', 'Eko', 'Hendra', 'Bayu', 'Arif', 'Fajar'],
    ...['Rudi', 'Surya', 'Wahyu', 'Yusuf', 'Ahmad', 'Bambang', 'Galih', 'Made', 'Ketut', 'Dimas'],
  ],
};

const family = [
  ...[
    'Santoso',
    'Wijaya',
    'Pratama',
    'Nugroho',
    'Setiawan',
    'Hidayat',
    'Kusuma',
    'Saputra',
    'Halim',
  ],
  ...['Siregar', 'Nasution', 'Simanjuntak', 'Hutapea', 'Gunawan', 'Tanuwijaya', 'Hartono', 'Lim'],
  ...['Wibowo', 'Susanto', 'Rahman', 'Purnomo', 'Suryadi', 'Lubis', 'Sitompul', 'Utami', 'Permata'],
];

const streets = ['Melati', 'Kenanga', 'Sudirman', 'Gatot Subroto', 'Senopati', 'Cemara', 'Mawar'];

/** The mall stands in South Jakarta; most of its members live near. */
const zones = [
  { zone: 'Jakarta Selatan', weight: 42 },
  { zone: 'Jakarta Pusat', weight: 20 },
  { zone: 'Jakarta Barat', weight: 11 },
  { zone: 'Jakarta Timur', weight: 9 },
  { zone: 'Jakarta Utara', weight: 7 },
  { zone: 'Tangerang Selatan', weight: 6 },
  { zone: 'Bekasi', weight: 3 },
  { zone: 'Depok', weight: 2 },
];
const pickZone = weighted(zones.map(({ weight }) => weight));

const genders = [
  { gender: 'female', weight: 56 },
  { gender: 'male', weight: 40 },
  { gender: 'unknown', weight: 3 },
  { gender: 'other', weight: 1 },
] as const;
const pickGender = weighted(genders.map(({ weight }) => weight));

/** Members by age, in years, in 2014. */
const ages = [
  { from: 14, until: 17, weight: 4 },
  { from: 18, until: 24, weight: 17 },
  { from: 25, until: 34, weight: 34 },
  { from: 35, until: 44, weight: 25 },
  { from: 45, until: 54, weight: 12 },
  { from: 55, until: 82, weight: 8 },
];
const pickAge = weighted(ages.map(({ weight }) => weight));
const birthYearOf = (age: number): number => 2014 - age;

/** Zipf and Mandelbrot: how much more often the most frequent members come than the others. */
const zipfExponent = 0.65;
const zipfShift = 10;

/** Some give a number at the till that belongs to no enrolled member. */
const neverEnrolsShare = 0.03;

export interface Person {
  readonly memberId: string;
  /** How often this member buys, relative to the others. */
  readonly weight: number;
  /** False: gives a member's number at the till without ever having enrolled. */
  readonly enrols: boolean;
  readonly name: string;
  readonly gender: 'female' | 'male' | 'other' | 'unknown';
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly address: string;
  readonly zone: string;
}

/** The people who give a member's number at the till. */
export function createPeople(options: {
  readonly seed: number;
  readonly members: number;
  readonly idPrefix: string;
}): Person[] {
  const random = createRandom({ seed: options.seed, label: 'people' });
  const ranks = shuffled([...Array(options.members).keys()], random);
  return ranks.map((rank, index) => ({
    memberId: `${options.idPrefix}${String(index + 1).padStart(6, '0')}`,
    weight: (rank + 1 + zipfShift) ** -zipfExponent,
    enrols: !random.chance(neverEnrolsShare),
    ...profile(random),
  }));
}

function profile(
  random: Random,
): Pick<Person, 'name' | 'gender' | 'birthDate' | 'address' | 'zone'> {
  const gender = at(genders, pickGender(random)).gender;
  const names =
    gender === 'female' || gender === 'male' ? given[gender] : [...given.female, ...given.male];
  const age = at(ages, pickAge(random));
  const year = birthYearOf(random.integer({ min: age.from, max: age.until }));
  const number = random.integer({ min: 1, max: 240 });
  return {
    name: `${random.pick(names)} ${random.pick(family)}`,
    gender,
    birthDate: birthDate(year, random),
    address: `Jl. ${random.pick(streets)} No. ${number}`,
    zone: at(zones, pickZone(random)).zone,
  };
}

/** A day of the year, 29 February included in leap years. */
function birthDate(year: number, random: Random): string {
  const newYear = Date.UTC(year, 0, 1) / 86_400_000;
  const next = Date.UTC(year + 1, 0, 1) / 86_400_000;
  return isoDate(random.integer({ min: newYear, max: next - 1 }));
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`nothing stands at ${index}`);
  return value;
}
