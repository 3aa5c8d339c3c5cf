import { Kafka, type GroupDescription } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { createLog } from '../observability/index.ts';
import { beginningAgain, removePredecessors } from './predecessors.ts';

const log = createLog({ service: 'test', level: 'silent' });
const groupId = 'accrual';

/** A client whose coordinator keeps a list of who has left, after so many failures. */
function fakeKafka(failures: Error[] = []) {
  const left: string[] = [];
  const kafka = new Kafka({ brokers: ['nowhere:1'] });
  const [createCluster] = Object.getOwnPropertySymbols(kafka).filter(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  expect(createCluster, 'kafkajs still gives its cluster').toBeDefined();
  const cluster = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    findGroupCoordinator: () =>
      Promise.resolve({
        leaveGroup({ memberId }: { memberId: string }) {
          const failure = failures.shift();
          if (failure !== undefined) return Promise.reject(failure);
          left.push(memberId);
          return Promise.resolve();
        },
      }),
  };
  Reflect.set(kafka, createCluster ?? '', () => cluster);
  return { kafka, left };
}

const describing = (members: Record<string, string>) => ({
  describeGroups: () =>
    Promise.resolve({
      groups: [
        {
          members: Object.entries(members).map(([memberId, clientId]) => ({ memberId, clientId })),
        } as GroupDescription,
      ],
    }),
});

const failure = (type: string) => Object.assign(new Error(type), { type });

describe('before it joins, a process', () => {
  const clientId = 'accrual@host:9000';

  it('takes out every member of its own client id, and nobody else', async () => {
    const { kafka, left } = fakeKafka();
    const admin = describing({ old: clientId, other: 'accrual@host:9001', older: clientId });
    await removePredecessors({ kafka, admin, groupId, clientId, log });
    expect(left).toEqual(['old', 'older']);
  });

  it('joins all the same when it cannot', async () => {
    const { kafka, left } = fakeKafka([failure('NOT_COORDINATOR_FOR_GROUP')]);
    const admin = describing({ old: clientId });
    await removePredecessors({ kafka, admin, groupId, clientId, log });
    const broken = { describeGroups: () => Promise.reject(new Error('no broker')) };
    await removePredecessors({ kafka, admin: broken, groupId, clientId, log });
    expect(left).toEqual([]);
  });
});

describe('before a consumer begins again', () => {
  const clientId = 'accrual@host:9000';
  const old = describing({ old: clientId });

  it('its old member is taken out as soon as Kafka can be reached', async () => {
    const { kafka, left } = fakeKafka();
    let attempts = 0;
    const admin = {
      describeGroups: () =>
        ++attempts < 3 ? Promise.reject(new Error('no broker')) : old.describeGroups(),
    };
    const { signal } = new AbortController();
    const options = { kafka, admin, groupId, clientId, log, signal, patienceMs: 60_000 };
    const begins = await beginningAgain(options).restartOnFailure?.(new Error('closed'));
    expect([begins, attempts, left]).toEqual([true, 3, ['old']]);
  });

  it('it does so all the same when its patience is at an end', async () => {
    const { kafka, left } = fakeKafka();
    const admin = { describeGroups: () => Promise.reject(new Error('no broker')) };
    const { signal } = new AbortController();
    const options = { kafka, admin, groupId, clientId, log, signal, patienceMs: 0 };
    const begins = await beginningAgain(options).restartOnFailure?.(new Error('closed'));
    expect([begins, left]).toEqual([true, []]);
  });

  it('it does not once it is to close', async () => {
    const { kafka } = fakeKafka();
    const closing = new AbortController();
    const admin = {
      describeGroups() {
        closing.abort();
        return Promise.reject(new Error('no broker'));
      },
    };
    const { signal } = closing;
    const options = { kafka, admin, groupId, clientId, log, signal, patienceMs: 60_000 };
    expect(await beginningAgain(options).restartOnFailure?.(new Error('closed'))).toBe(false);
  });
});
