import type { Role } from '../config.ts';

/** What a route lets its caller do. */
type Permission = 'post_transactions' | 'post_members' | 'read_members' | 'hand_over_gifts';

export const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  terminal: ['post_transactions'],
  desk: ['post_members', 'read_members', 'hand_over_gifts'],
  import: ['post_transactions', 'post_members'],
  operator: ['read_members'],
  analyst: [],
};

/** An import brings years in hours. */
export const withoutRateLimit: readonly Role[] = ['import'];
