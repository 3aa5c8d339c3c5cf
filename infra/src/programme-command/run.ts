import type { ProgrammeDocument } from '@semarak/schemas';
import { resolve } from 'node:path';
import { done, refused, wrongUse, type Answer, type Surroundings } from '../command-line/index.ts';
import type { ServersOption } from '../server-location/index.ts';
import { parseArguments, usage } from './arguments.ts';
import { connect } from './connection.ts';
import { differences } from './difference.ts';
import { readDocumentFile } from './document-file.ts';
import { readKnowledge } from '../published-programmes/index.ts';
import { knownVersions, type KnownVersion } from './known-programmes.ts';
import { publish } from './publish.ts';
import { serversOf } from './servers.ts';
import { inWords } from './words.ts';

/** Runs one command. Throws with a sentence when the world does not answer. */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Answer> {
  const command = parseArguments(args);
  const fileOf = (name: string): string => resolve(surroundings.workingDir, name);
  switch (command.type) {
    case 'help':
      return done([usage.trimEnd()]);
    case 'wrong_use':
      return wrongUse([command.problem, '', usage.trimEnd()]);
    case 'check': {
      const read = readDocumentFile(fileOf(command.file));
      if (read.type === 'refused') return refusedFile(command.file, read.problems);
      return done(inWords(read.document));
    }
    case 'publish': {
      const read = readDocumentFile(fileOf(command.file));
      if (read.type === 'refused') return refusedFile(command.file, read.problems);
      return await publishDocument(read.document, command.servers, surroundings);
    }
    case 'list': {
      const { versions, partitions } = await readVersions(command.servers, surroundings);
      return done(listed(versions, partitions));
    }
    case 'diff':
      return await diff(command, surroundings);
  }
}

const refusedFile = (file: string, problems: readonly string[]): Answer =>
  refused([`${file} is no programme document:`, ...problems.map((line) => `  ${line}`)]);

async function publishDocument(
  document: ProgrammeDocument,
  option: ServersOption,
  { environment, workingDir, log, clock }: Surroundings,
): Promise<Answer> {
  const servers = serversOf(option, { environment, workingDir });
  const outcome = await publish(document, { servers, log, clock });
  const title = `${document.programme} version ${document.version}`;
  if (outcome.type === 'refused')
    return refused([`${title} is not published:`, ...outcome.problems.map((line) => `  ${line}`)]);
  const { written, partitions } = outcome;
  return done([
    written === 0
      ? `${title} was published before; nothing changes.`
      : `${title} is published: written to ${written} partitions, and all ${partitions} know it. In force from ${document.effectiveFrom} ${document.timeZone}.`,
  ]);
}

async function readVersions(
  option: ServersOption,
  { environment, workingDir, log }: Surroundings,
): Promise<{ versions: KnownVersion[]; partitions: number }> {
  const connection = await connect(serversOf(option, { environment, workingDir }), log);
  try {
    const partitions = (await connection.admin.fetchTopicOffsets('transactions')).length;
    return {
      versions: knownVersions(await readKnowledge(connection.redis, partitions)),
      partitions,
    };
  } finally {
    await connection.close();
  }
}

function listed(versions: readonly KnownVersion[], partitions: number): string[] {
  if (versions.length === 0) return ['No programme is published.'];
  const rows = versions.map(({ document, partitions: known }) => [
    document.programme,
    String(document.version),
    `${document.effectiveFrom} ${document.timeZone}`,
    known.length === partitions ? `all ${partitions}` : `${known.join(', ')} of ${partitions}`,
  ]);
  const table = [['programme', 'version', 'effective from', 'partitions that know it'], ...rows];
  const widths = [0, 1, 2].map((at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  return table.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  '));
}

async function diff(
  { from, to, servers }: { from: string; to: string; servers: ServersOption },
  surroundings: Surroundings,
): Promise<Answer> {
  const needsServers = [from, to].some((name) => publishedName.test(name));
  const versions = needsServers ? (await readVersions(servers, surroundings)).versions : [];
  const documents: ProgrammeDocument[] = [];
  for (const name of [from, to]) {
    const published = publishedName.exec(name);
    if (published === null) {
      const read = readDocumentFile(resolve(surroundings.workingDir, name));
      if (read.type === 'refused') return refusedFile(name, read.problems);
      documents.push(read.document);
      continue;
    }
    const found = versions.find(
      ({ document }) =>
        document.programme === published[1] && document.version === Number(published[2]),
    );
    if (found === undefined) return refused([`${name} is not published: see "list".`]);
    documents.push(found.document);
  }
  const [before, after] = documents;
  if (before === undefined || after === undefined) throw new Error('diff compares two documents');
  const lines = differences(before, after);
  return done(lines.length === 0 ? ['Nothing changes.'] : lines);
}

/** `pacific-place@2` */
const publishedName = /^([A-Za-z0-9][A-Za-z0-9._-]{0,31})@(\d+)$/;
