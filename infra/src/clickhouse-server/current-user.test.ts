import { expect, it } from 'vitest';
import { withCurrentUser } from './current-user.ts';

it.each([
  ['SELECT currentUser()', "SELECT 'analyst' AS `currentUser()`"],
  ['SELECT 1, user(), 2 FROM t', "SELECT 1, 'analyst' AS `user()`, 2 FROM t"],
  ['SELECT user() AS u', "SELECT 'analyst' AS u"],
  [
    'SELECT 1 WHERE currentUser() = lower(CURRENT_USER())',
    "SELECT 1 WHERE 'analyst' = lower('analyst')",
  ],
  [
    "SELECT 'currentUser()', user, t.user() FROM t",
    "SELECT 'currentUser()', user, t.user() FROM t",
  ],
])('%s', (text, expected) => {
  expect(withCurrentUser(text, 'analyst')).toBe(expected);
});
