import { createCodec, registerSchemas } from '@semarak/infra/records';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ports = serverPorts(21_550);

let dataDir: string;
let stack: LocalStack;
let registryUrl: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'semarak-registry-'));
  stack = await startLocalStack({
    dataDir,
    ports,
    servers: ['registry'],
    keys: { analyst: 'a-password' },
  });
  registryUrl = stack.urls.SCHEMA_REGISTRY_URL;
});

afterAll(async () => {
  await stack.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('a registry without our schemas', () => {
  it('gives no codec and says what to do', async () => {
    await expect(createCodec({ registryUrl })).rejects.toThrow(/run the provisioning/);
  });

  it('is not filled while the log has records that name other ids', async () => {
    await expect(registerSchemas({ registryUrl, recordsInLog: 12 })).rejects.toThrow(
      /has no schema of ours, but the log has 12 records .* restore the registry/,
    );
    await expect(createCodec({ registryUrl })).rejects.toThrow(/run the provisioning/);
  });
});

describe('a registry with our schemas', () => {
  it('keeps their ids when they are registered again, and reads what was written', async () => {
    await registerSchemas({ registryUrl, recordsInLog: 0 });
    const record = {
      type: 'MemberEnrolled' as const,
      value: { programme: 'polytron', memberId: 'M-1', enrolledAt: 1, receivedAt: 2 },
    };
    const written = (await createCodec({ registryUrl })).encode(record);
    await registerSchemas({ registryUrl, recordsInLog: 1 });
    const codec = await createCodec({ registryUrl });
    await codec.prepare([written]);
    expect(codec.encode(record)).toEqual(written);
    expect(codec.decode(written)).toEqual(record);
  });
});
