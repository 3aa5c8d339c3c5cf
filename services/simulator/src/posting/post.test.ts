import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { programmeFiles, readProgramme } from '@semarak/schemas';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultShares } from '../mall/options.ts';
import { transactionIdOf, type Enrolment, type Transaction } from '../mall/records.ts';
import { simulateDays } from '../mall/simulation.ts';
import { createRandom } from '../random/random.ts';
import { GatewayClient, GatewayRefusal } from './gateway-client.ts';
import { postDay, type Posted } from './post.ts';

const seed = 7;
const key = 'import-key-of-the-test';

describe(`posting a day (seed ${seed})`, () => {
  let gateway: FakeGateway | undefined;
  afterEach(async () => {
    await gateway?.close();
  });

  it('sends everything once to a gateway that takes it', async () => {
    gateway = await FakeGateway.start({ trouble: 'none' });
    const posted = await post(gateway, day());
    expect(posted).toMatchObject({ surprised: 0, conflicts: 0, enrolments: gateway.members.size });
    expect(posted.accepted).toBe(gateway.stored.size);
    expect(posted.accepted + posted.duplicates).toBe(day().transactions.length);
  });

  it('gets everything in, in order, past refused, lost and broken requests', async () => {
    gateway = await FakeGateway.start({ trouble: 'often' });
    const posted = await post(gateway, day());
    expect(gateway.troubled).toBeGreaterThan(5);
    expect(posted.surprised).toBe(0);
    expect([...gateway.stored.keys()].sort()).toEqual(
      [...new Set(day().transactions.map(transactionIdOf))].sort(),
    );
    const sent = day().transactions.filter(({ memberId }) => memberId !== undefined);
    for (const member of new Set(sent.map(({ memberId }) => memberId)))
      expect(gateway.orderOf(member)).toEqual([
        ...new Set(sent.filter(({ memberId }) => memberId === member).map(transactionIdOf)),
      ]);
    expect(gateway.enrolledTooLate).toEqual([]);
  });

  it('tells duplicates on a second run, and conflicts that were meant from others', async () => {
    gateway = await FakeGateway.start({ trouble: 'none' });
    const first = day({ conflicts: 0.05 });
    const posted = await post(gateway, first);
    expect(posted.conflicts).toBeGreaterThan(5);
    expect(posted.surprised).toBe(0);
    const again = await post(gateway, first);
    expect(again).toMatchObject({ accepted: 0, conflicts: posted.conflicts, surprised: 0 });
    const other = first.transactions.map((sent) => ({ ...sent, amount: 1 }));
    const surprising = await post(gateway, { ...first, transactions: other });
    expect(surprising.surprised).toBeGreaterThan(300);
    expect(surprising.surprises[0]).toContain('conflict');
  });

  it('gives up after its time, and at once when it is refused', async () => {
    gateway = await FakeGateway.start({ trouble: 'always' });
    await expect(post(gateway, day())).rejects.toThrow(/within 300 ms: 503/);
    await gateway.close();
    gateway = await FakeGateway.start({ trouble: 'none' });
    await expect(post(gateway, day(), { key: 'wrong' })).rejects.toThrow(GatewayRefusal);
  });
});

function day(shares: Partial<typeof defaultShares> = {}) {
  const file = programmeFiles().find(({ pathname }) => pathname.endsWith('/pacific-place.json'));
  if (file === undefined) throw new Error('pacific-place.json is missing');
  const [simulated] = simulateDays({
    programme: readProgramme(file),
    seed,
    firstDay: '2014-12-01',
    days: 1,
    members: 120,
    terminals: 70,
    salesPerDay: 400,
    offlineDaysMax: 9,
    shares: { ...defaultShares, retries: 0.1, ...shares },
  });
  if (simulated === undefined) throw new Error('no day was simulated');
  return simulated;
}

async function post(
  gateway: FakeGateway,
  what: { enrolments: readonly Enrolment[]; transactions: readonly Transaction[] },
  options: { key: string } = { key },
): Promise<Posted> {
  const client = new GatewayClient({
    url: gateway.url,
    key: options.key,
    connections: 3,
    requestTimeoutMs: 2_000,
    retryDelayMs: 5,
    retryDelayMsMax: 20,
    retryMsMax: gateway.trouble === 'always' ? 300 : 20_000,
  });
  try {
    return await postDay(client, what, { lanes: 3, linesMax: 25, pace: () => Promise.resolve() });
  } finally {
    await client.close();
  }
}

type Trouble = 'none' | 'often' | 'always';

/** Owns a server that answers as the gateway does, and fails as a seed says. */
class FakeGateway {
  readonly trouble: Trouble;
  readonly stored = new Map<string, Transaction>();
  readonly members = new Set<string>();
  /** Members whose enrolment came after a transaction that was received later. */
  readonly enrolledTooLate: string[] = [];
  troubled = 0;
  readonly #server: Server;
  readonly #random = createRandom({ seed, label: 'trouble' });

  private constructor(trouble: Trouble) {
    this.trouble = trouble;
    this.#server = createServer((request, response) => {
      void this.#answer(request).then((answer) => {
        if (answer === 'broken') request.socket.destroy();
        else response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
  }

  static async start({ trouble }: { trouble: Trouble }): Promise<FakeGateway> {
    const gateway = new FakeGateway(trouble);
    await new Promise<void>((resolve) => gateway.#server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  orderOf(memberId: string | undefined): string[] {
    return [...this.stored].flatMap(([id, sent]) => (sent.memberId === memberId ? [id] : []));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; headers: Record<string, string>; body: string } | 'broken'> {
    const lines = (await text(request)).split('\n').filter((line) => line !== '');
    if (request.headers.authorization !== `Bearer ${key}`)
      return { status: 401, headers: {}, body: 'no key' };
    const chance = this.trouble === 'often' ? this.#random.uniform() : 1;
    const busy = { status: 503, headers: { 'retry-after': '0' }, body: 'busy' };
    if (this.trouble === 'always' || chance < 0.15) return this.#trouble(busy);
    const answers = lines.map((line) =>
      request.url === '/v1/members'
        ? this.#enrol(JSON.parse(line) as Enrolment)
        : this.#store(JSON.parse(line) as Transaction),
    );
    // Stored, but the sender cannot know it.
    if (chance < 0.2) return this.#trouble(busy);
    if (chance < 0.25) return this.#trouble('broken');
    const body = answers.map((status) => `${JSON.stringify({ status })}\n`).join('');
    return { status: 202, headers: { 'content-type': 'application/x-ndjson' }, body };
  }

  #trouble<T>(answer: T): T {
    this.troubled += 1;
    return answer;
  }

  #enrol(enrolment: Enrolment): string {
    for (const sent of this.stored.values())
      if (
        !this.members.has(enrolment.memberId) &&
        sent.memberId === enrolment.memberId &&
        Date.parse(sent.receivedAt) > Date.parse(enrolment.receivedAt)
      )
        this.enrolledTooLate.push(enrolment.memberId);
    this.members.add(enrolment.memberId);
    return 'accepted';
  }

  #store(sent: Transaction): string {
    const known = this.stored.get(transactionIdOf(sent));
    if (known !== undefined) return known.amount === sent.amount ? 'duplicate' : 'conflict';
    this.stored.set(transactionIdOf(sent), sent);
    return 'accepted';
  }
}
