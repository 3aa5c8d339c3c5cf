import { clickhouseStatements } from '@semarak/schemas';
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';

/*
 * What tools send to ClickHouse's HTTP interface beside a statement, as the analyst: what clickhouse-server
 * accepts of a user with readonly=2 and limits that have a maximum.
 */
let clickhouse: ClickHouseAlone;

beforeAll(async () => {
  clickhouse = await startClickHouseAlone(22_910);
  for (const statement of clickhouseStatements()) await clickhouse.owner.command(statement);
});

afterAll(() => clickhouse.close());

interface Asked {
  readonly body?: string | FormData;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly method?: string;
}

function ask({ body = '', parameters = {}, method = 'POST' }: Asked): Promise<Response> {
  const target = new URL(clickhouse.url);
  for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
  const headers = { 'X-ClickHouse-User': 'analyst', 'X-ClickHouse-Key': clickhouse.password };
  return fetch(target, { method, headers, ...(method === 'POST' ? { body } : {}) });
}

const textOf = async (asked: Asked): Promise<string> => (await ask(asked)).text();

describe('settings of the analyst', () => {
  it.each([
    ['max_execution_time', '64', '60'],
    ['max_execution_time', '0', '60'],
    ['max_execution_time', '7', '7'],
    ['max_result_rows', '9223372036854775807', '10000000'],
    ['max_result_rows', '0', '10000000'],
    ['max_result_rows', '12', '12'],
    ['max_threads', '1000', String(Math.min(8, availableParallelism()))],
    ['result_overflow_mode', 'break', 'break'],
    ['mutations_sync', '2', '2'],
    ['alter_sync', '0', '0'],
    ['lightweight_deletes_sync', '1', '1'],
    ['network_compression_method', 'ZSTD', 'ZSTD'],
    ['insert_deduplicate', '0', 'false'],
  ])('%s = %s is %s, in the URL, in the statement and in SET', async (name, value, expected) => {
    const body = `SELECT toString(getSetting('${name}')) SETTINGS enable_analyzer = 1`;
    expect(await textOf({ body, parameters: { [name]: value } })).toBe(`${expected}\n`);
    expect(await textOf({ body: `${body}, ${name} = '${value}'` })).toBe(`${expected}\n`);
    const parameters = { session_id: randomUUID() };
    expect(await textOf({ body: `SET ${name} = '${value}'`, parameters })).toBe('');
    expect(await textOf({ body, parameters })).toBe(`${expected}\n`);
  });

  it.each([
    ['readonly', '0'],
    ['max_memory_usage_for_user', '0'],
    ['max_untracked_memory', '100000000000'],
    ['os_threads_nice_value_query', '-20'],
    ['query_profiler_real_time_period_ns', '1'],
    ['format_schema', 'x'],
  ])('%s may not be set, wherever it stands', async (name, value) => {
    const answers = [
      await textOf({ body: 'SELECT 1', parameters: { [name]: value } }),
      await textOf({ body: `SELECT 1 SETTINGS ${name} = '${value}'` }),
      await textOf({ body: `SELECT * FROM (SELECT 1 SETTINGS ${name} = '${value}')` }),
      await textOf({ body: `SET ${name} = '${value}'` }),
    ];
    for (const answer of answers) expect(answer).toMatch(/^Code: (164|497)\. .*analyst/);
  });

  it('that the engine does not know are told so', async () => {
    expect(await textOf({ body: 'SET no_such_setting = 1' })).toMatch(/^Code: 115\./);
    expect(await textOf({ body: "SET max_block_size = 'many'" })).toMatch(/^Code: \d+\./);
  });
});

describe('sessions', () => {
  it('keep SET and USE, for their id alone', async () => {
    const parameters = { session_id: randomUUID() };
    const body = "SELECT currentDatabase(), getSetting('max_block_size') = 4321";
    expect((await ask({ body: 'USE semarak', parameters })).status).toBe(200);
    expect((await ask({ body: 'SET max_block_size = 4321', parameters })).status).toBe(200);
    expect(await textOf({ body, parameters })).toBe('semarak\t1\n');
    expect(await textOf({ body })).toBe('default\t0\n');
    expect(await textOf({ body: 'USE nowhere', parameters })).toMatch(/^Code: 81\./);
    expect(await textOf({ body, parameters })).toBe('semarak\t1\n');
    const closing = { ...parameters, close_session: '1' };
    await textOf({ body, parameters: closing });
    const check = { ...parameters, session_check: '1' };
    const gone = await ask({ body, parameters: check });
    expect(gone.status).toBe(400);
    expect(await gone.text()).toMatch(/^Code: 372\./);
  });

  it('are one request’s at a time', async () => {
    const parameters = { session_id: randomUUID() };
    const answers = await Promise.all(
      [1, 2].map(() => textOf({ body: 'SELECT sleep(1)', parameters })),
    );
    expect(answers.sort()[0]).toBe('0\n');
    expect(answers.sort()[1]).toMatch(/^Code: 373\./);
  });
});

describe('queries', () => {
  it('are ended by their id, also when they have taken every place', async () => {
    const ids = Array.from({ length: 12 }, () => randomUUID());
    const query = 'SELECT sum(sipHash64(number)) FROM numbers(1000000000000)';
    const running = ids.map((query_id) => textOf({ body: query, parameters: { query_id } }));
    const kill = `KILL QUERY WHERE query_id IN (${ids.map((id) => `'${id}'`).join(', ')})`;
    let killed = 0;
    const ended = Promise.all(running).then((answers) => ({ answers }));
    for (;;) {
      killed += (await textOf({ body: kill })).split('\n').length - 1;
      const pause = new Promise((resolve) => setTimeout(resolve, 200));
      const done = await Promise.race([ended, pause.then(() => undefined)]);
      if (done === undefined) continue;
      for (const answer of done.answers) expect(answer).toMatch(/^Code: (394|202)\./);
      break;
    }
    expect(killed).toBeGreaterThan(0);
  });

  it('of others cannot be ended, and one id is one query', async () => {
    expect(await textOf({ body: 'KILL QUERY WHERE 1' })).toMatch(/^Code: 164\./);
    expect(await textOf({ body: "KILL QUERY WHERE query_id = 'nobody'" })).toBe('');
    const parameters = { query_id: randomUUID() };
    const answers = await Promise.all(
      [1, 2].map(() => textOf({ body: 'SELECT sleep(1)', parameters })),
    );
    expect(answers.sort()[1]).toMatch(/^Code: 216\./);
  });

  it('are asked by the analyst', async () => {
    const body =
      'SELECT currentUser(), user() AS u, 1 WHERE currentUser() = {who:String} FORMAT JSON';
    const answer = JSON.parse(await textOf({ body, parameters: { param_who: 'analyst' } })) as {
      meta: { name: string }[];
      data: Record<string, unknown>[];
    };
    expect(answer.meta.map(({ name }) => name)).toEqual(['currentUser()', 'u', '1']);
    expect(answer.data).toEqual([{ 'currentUser()': 'analyst', u: 'analyst', '1': 1 }]);
  });
});

describe('a request', () => {
  it('may be a form, with parameters and tables', async () => {
    const form = new FormData();
    form.set('query', "SELECT {n:UInt8}, groupArray(t.a), getSetting('max_block_size') FROM t");
    form.set('param_n', '7');
    form.set('max_block_size', '1000');
    form.set('t', new Blob(['1,x\n2,y\n']), 't.csv');
    const parameters = { t_structure: 'a UInt8, b LowCardinality(String)', t_format: 'CSV' };
    expect(await textOf({ body: form, parameters })).toBe('7\t[1,2]\t1000\n');
    expect(await textOf({ body: 'SELECT * FROM t' })).toMatch(/^Code: 60\./);
    const types = { t_types: 'UInt8,String', t_format: 'CSV' };
    form.set('query', 'SELECT sum(_1) FROM t');
    expect(await textOf({ body: form, parameters: types })).toBe('3\n');
  });

  it.each([
    { t_structure: "a String DEFAULT file('/etc/passwd')" },
    { t_structure: 'a String) ENGINE = Log AS SELECT (1' },
    { t_structure: 'a String', t_format: 'Values' },
    { t_structure: 'a String', t_format: 'CSV SETTINGS x = 1' },
    {},
  ])('whose table is more than data is refused: %o', async (parameters) => {
    const form = new FormData();
    form.set('query', 'SELECT 1');
    form.set('t', new Blob(['x\n']), 't');
    expect(await textOf({ body: form, parameters })).toMatch(/^Code: (36|73)\./);
  });

  it('is answered in frames when it asks for them, an error too', async () => {
    for (const body of ['SELECT 1', 'SELECT * FROM nowhere']) {
      const response = await ask({ body, parameters: { compress: '1' } });
      const bytes = Buffer.from(await response.arrayBuffer());
      expect(bytes.readUInt8(16)).toBe(0x82);
      expect(bytes.readUInt32LE(17)).toBe(bytes.length - 16);
    }
  });

  it('of a view without its parameters is answered with the call', async () => {
    for (const body of [
      'SELECT * FROM semarak.report_new_members LIMIT 10',
      'SELECT period FROM semarak.report_new_members',
    ]) {
      const response = await ask({ body });
      expect(response.status).toBe(400);
      const text = await response.text();
      expect(text).toContain('SELECT * FROM semarak.report_new_members(');
      expect(text).toContain("programme = 'String'");
      expect(text).toContain("as_of = 'Date32'");
    }
  });

  it('in the format Native is written by the revision of the client', async () => {
    const body = "SELECT toUInt8(5) AS n, 'x' AS s FORMAT Native";
    const answer = async (parameters: Record<string, string>): Promise<string> =>
      Buffer.from(await (await ask({ body, parameters })).arrayBuffer()).toString('hex');
    const info = '010002ffffffff00';
    const [n, s] = ['016e0555496e7438', '017306537472696e67'];
    expect(await answer({})).toBe(`0201${n}05${s}0178`);
    expect(await answer({ client_protocol_version: '54405' })).toBe(`${info}0201${n}05${s}0178`);
    expect(await answer({ client_protocol_version: '54460' })).toBe(
      `${info}0201${n}0005${s}000178`,
    );
  });
});

it('every relation of the report database says what it is, and those of the contract their columns', async () => {
  const undescribed = await clickhouse.analyst.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = 'semarak' AND comment = ''`,
  );
  expect(undescribed).toEqual([]);
  const columns = await clickhouse.analyst.query<{ name: string }>(
    `SELECT concat(table, '.', name) AS name FROM system.columns
     WHERE database = 'semarak' AND comment = '' AND table IN
       (SELECT name FROM system.tables
        WHERE database = 'semarak' AND comment NOT LIKE '%not for queries%')`,
  );
  expect(columns).toEqual([]);
});
