import type { IncomingMessage } from 'node:http';

/** RFC 9112 3.2 and RFC 3986 3.2.2: a name or an address, and maybe a port. */
const hostPattern = /^(?:[\w.~%!$&'()*+,;=-]*|\[[\da-fA-F:.]+\])(?::\d{0,5})?$/;
const absolutePattern = /^https?:\/\/([^/?#]*)([^]*)$/i;

/**
 * The path and the query of a request’s target, beginning with a slash, as RFC 9112 3.2 reads its forms; `*` stays.
 * Undefined for what is none of them.
 */
export function originForm(target: string | undefined): string | undefined {
  if (target?.startsWith('/') === true || target === '*') return target;
  const [, authority, rest = ''] = absolutePattern.exec(target ?? '') ?? [];
  if (authority === undefined || authority === '' || !hostPattern.test(authority)) return undefined;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** A target in its parts. What cannot be decoded stays as it is; nothing throws. */
export function partsOf(target: string): { path: string; query: URLSearchParams } {
  const [beforeFragment = ''] = target.split('#', 1);
  const mark = beforeFragment.indexOf('?');
  if (mark === -1) return { path: beforeFragment, query: new URLSearchParams() };
  return {
    path: beforeFragment.slice(0, mark),
    query: new URLSearchParams(beforeFragment.slice(mark + 1)),
  };
}

/** What is wrong with a request’s `Host`, RFC 9112 3.2; that HTTP/1.1 must have one, Node holds itself. */
export function hostProblem({ headers, rawHeaders }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  if (hosts > 1) return 'The request has more than one Host.';
  if (headers.host !== undefined && !hostPattern.test(headers.host))
    return 'The Host of the request is no name or address with a port.';
  return undefined;
}
