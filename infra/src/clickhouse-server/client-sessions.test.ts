import { describe, expect, it } from 'vitest';
import { ClientSessions, type SessionAsked } from './client-sessions.ts';

const asked: SessionAsked = { id: 's', timeoutS: 60, check: 'may_be_new', after: 'kept' };

function sessions(sessionsMax = 10) {
  const clock = { nowMs: 0 };
  const all = new ClientSessions({ sessionsMax, nowMs: () => clock.nowMs });
  const open = (of: Partial<SessionAsked> = {}, user = 'analyst') =>
    all.open({ user, asked: { ...asked, ...of } });
  const set = (database: string, of: Partial<SessionAsked> = {}, user = 'analyst'): void => {
    const session = open(of, user);
    session.keep({ ...session.state, database });
    session.release();
  };
  const databaseOf = (of: Partial<SessionAsked> = {}, user = 'analyst'): string | undefined => {
    const session = open(of, user);
    session.release();
    return session.state.database;
  };
  return { clock, open, set, databaseOf };
}

describe('a session of a client', () => {
  it('keeps what it is given, for its user alone', () => {
    const { set, databaseOf } = sessions();
    set('semarak');
    expect(databaseOf()).toBe('semarak');
    expect(databaseOf({ id: 'other' })).toBeUndefined();
    expect(databaseOf({}, 'default')).toBeUndefined();
  });

  it('is one request’s at a time', () => {
    const { open } = sessions();
    const first = open();
    expect(() => open()).toThrow(expect.objectContaining({ code: 373 }));
    first.release();
    expect(() => open()).not.toThrow();
  });

  it('is forgotten when nobody asks in time, or when it is closed', () => {
    const { clock, open, set, databaseOf } = sessions();
    set('a');
    clock.nowMs = 59_999;
    expect(databaseOf()).toBe('a');
    clock.nowMs += 60_000;
    expect(databaseOf()).toBeUndefined();
    set('b');
    open({ after: 'closed' }).release();
    expect(() => open({ check: 'must_exist' })).toThrow(expect.objectContaining({ code: 372 }));
  });

  it('that would be forgotten next goes when there are too many', () => {
    const { set, databaseOf } = sessions(2);
    set('long', { id: 'long', timeoutS: 600 });
    set('short', { id: 'short', timeoutS: 10 });
    set('new', { id: 'new' });
    expect(databaseOf({ id: 'short', timeoutS: 1 })).toBeUndefined();
    expect(databaseOf({ id: 'long' })).toBe('long');
  });
});
