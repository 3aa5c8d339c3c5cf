/** Where ClickHouse is, and who asks. */
export interface ClickHouseAccess {
  /** Without a user and a password: a URL that holds them is shown in errors and refused by `fetch`. */
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
}

/** Headers that say who asks, for requests that are written by hand. */
export function accessHeaders({ credentials }: ClickHouseAccess): Record<string, string> {
  if (credentials === undefined) return {};
  return { 'X-ClickHouse-User': credentials.username, 'X-ClickHouse-Key': credentials.password };
}

/**
 * Takes a URL such as `http://default:password@host:8123` apart.
 *
 * @param own Who asks in place of the user that the URL names.
 */
export function clickHouseAccess(
  url: string,
  own?: { readonly username: string; readonly password: string },
): ClickHouseAccess {
  const bare = new URL(url);
  const { username, password } = bare;
  bare.username = '';
  bare.password = '';
  const named =
    username === '' && password === ''
      ? undefined
      : {
          username: username === '' ? 'default' : decodeURIComponent(username),
          password: decodeURIComponent(password),
        };
  return { url: bare.href, credentials: own ?? named };
}
