import { hash, timingSafeEqual } from 'node:crypto';

const digest = (text: string): Buffer => hash('sha256', text, 'buffer');

/**
 * Tells a key's role. Both sides are hashed, so that lengths are equal, and every role is compared
 * each time, so that how long it takes says nothing about any key.
 */
export class KeyRing<Role extends string> {
  readonly #digests: readonly { readonly role: Role; readonly digest: Buffer }[];

  constructor(keys: Readonly<Record<Role, string>>) {
    const roles = Object.keys(keys) as Role[];
    this.#digests = roles.map((role) => ({ role, digest: digest(keys[role]) }));
  }

  /** The role of `Authorization: Bearer <key>`; undefined when there is none. */
  roleOf(authorization: string | undefined): Role | undefined {
    const [, key] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    if (key === undefined) return undefined;
    const given = digest(key);
    let found: Role | undefined;
    for (const entry of this.#digests) if (timingSafeEqual(entry.digest, given)) found = entry.role;
    return found;
  }
}
