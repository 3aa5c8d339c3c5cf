/**
 * What the local stack needs from the machine: a Java of at least 17, a redis-server, and the jars
 * of Kafka and of the schema registry. Plain JavaScript without a dependency, because the bootstrap
 * imports it before npm packages are installed and before TypeScript is compiled; install.d.mts
 * gives its types to the rest.
 */
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Below this Kafka 4 does not start. */
export const javaMajorMin = 17;
const kafkaVersion = '4.3.1';
const registryVersion = '2.6.13.Final';

const downloadAttemptsMax = 3;
const downloadRetryDelayMs = 3_000;
const downloadTimeoutMs = 600_000;
const lockWaitMsMax = 900_000;
const lockPollMs = 250;
const outputBytesMax = 4 * 1024 * 1024;

const here = dirname(fileURLToPath(import.meta.url));
/** The root of the checkout; this file lies in infra/src/local-stack. */
export const checkoutRoot = resolve(here, '..', '..', '..');
const cacheDir = join(checkoutRoot, '.semarak', 'servers');

const kafkaLib = join(cacheDir, `kafka-${kafkaVersion}`);
const registryDir = join(cacheDir, `apicurio-registry-${registryVersion}`);

/**
 * Where the jars of Kafka are, where the registry is unpacked, and the archives of the classes that they load; present
 * or not.
 */
export const serverLocations = {
  kafkaLib,
  kafkaClasses: `${kafkaLib}.jsa`,
  registryDir,
  registryJar: `apicurio-registry-app-${registryVersion}-runner.jar`,
  registryClasses: `${registryDir}.jsa`,
};

/** A failure whose message is a sentence for the person at the terminal. */
export class InstallError extends Error {
  name = 'InstallError';
}

/** The path of a Java of at least version 17, or undefined. Looks at JAVA_HOME, PATH and Debian's folders. */
export function findJava() {
  return javaCandidates().find((path) => javaMajor(path) >= javaMajorMin);
}

/** The path of redis-server, or undefined. */
export function findRedis() {
  return onPath('redis-server');
}

/** The full path of a command on PATH (and in the system's folders), or undefined. */
export function onPath(command) {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/local/bin', '/usr/bin', '/bin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path));
}

/** True when both servers' files are in the cache. A folder there is complete: it is renamed into place. */
export function serversPresent() {
  return existsSync(serverLocations.kafkaLib) && existsSync(serverLocations.registryDir);
}

/** True when both servers have an archive of their classes, without which they start as well, but slower. */
export function classArchivesPresent() {
  return existsSync(serverLocations.kafkaClasses) && existsSync(serverLocations.registryClasses);
}

/**
 * Puts Kafka's jars and the unpacked registry into the checkout's cache, once for all its stacks.
 * Safe to call from several processes at once: one downloads, the others wait for it. `progress`
 * is given a line when a download starts. Throws InstallError with what to do.
 */
export async function ensureServers({ progress = () => {} } = {}) {
  if (serversPresent()) return;
  await withLock(async () => {
    if (serversPresent()) return;
    progress(`downloading Kafka ${kafkaVersion} and the schema registry ${registryVersion}`);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await download();
      } catch (error) {
        if (attempt === downloadAttemptsMax) throw error;
        progress('the download failed, trying again');
        await sleep(downloadRetryDelayMs * attempt);
      }
    }
  });
}

async function download() {
  const maven = onPath('mvn');
  if (maven === undefined) {
    throw new InstallError(
      'Maven is missing, which downloads Kafka and the schema registry: run "apt-get install maven" as root and start again.',
    );
  }
  // The process id keeps what a killed download left apart from this one.
  const partial = join(cacheDir, `partial-${process.pid}`);
  rmSync(partial, { recursive: true, force: true });
  const [kafka, archive, registry] = ['kafka', 'archive', 'registry'].map((n) => join(partial, n));
  mkdirSync(registry, { recursive: true });
  try {
    await run(maven, [
      ...['-q', '-B', '-f', join(here, 'servers-pom.xml')],
      ...[`-Dkafka.version=${kafkaVersion}`, `-Dregistry.version=${registryVersion}`],
      ...[`-Dkafka.directory=${kafka}`, `-Dregistry.directory=${archive}`],
      ...['dependency:copy-dependencies@kafka', 'dependency:copy@registry'],
    ]);
    const [tarball] = readdirSync(archive);
    await run('tar', ['-xzf', join(archive, tarball), '-C', registry]);
    if (!existsSync(join(registry, serverLocations.registryJar))) {
      throw new InstallError(
        `The schema registry's archive has no ${serverLocations.registryJar}: remove it from Maven's local repository and start again.`,
      );
    }
    moveInto(kafka, serverLocations.kafkaLib);
    moveInto(registry, serverLocations.registryDir);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function moveInto(from, to) {
  if (!existsSync(to)) renameSync(from, to);
}

function run(command, args) {
  return new Promise((resolved, rejected) => {
    const options = { timeout: downloadTimeoutMs, maxBuffer: outputBytesMax };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) return resolved();
      const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('ERROR'));
      const reason = lines[0] ?? error.message;
      rejected(
        new InstallError(
          `Kafka and the schema registry cannot be downloaded (${reason.slice(0, 400)}): check the network and start again.`,
          { cause: error },
        ),
      );
    });
  });
}

/** Runs `action` while no other process of this checkout does. The lock of a dead process is taken over. */
async function withLock(action) {
  mkdirSync(cacheDir, { recursive: true });
  const lock = join(cacheDir, 'lock');
  const deadline = Date.now() + lockWaitMsMax;
  while (!takeLock(lock)) {
    if (Date.now() > deadline) {
      throw new InstallError(
        `Another process has been downloading the servers for too long: end it, remove ${lock} and start again.`,
      );
    }
    await sleep(lockPollMs);
  }
  try {
    return await action();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const holder = Number(readIfPresent(lock));
  // An empty file is a lock whose holder has not written its id yet. Two processes that take over at
  // once may both download: a waste, no harm, since each works in a folder of its own.
  if (holder > 0 && holder !== process.pid && !isAlive(holder)) rmSync(lock, { force: true });
  return false;
}

function readIfPresent(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function javaCandidates() {
  const home = process.env.JAVA_HOME;
  const jvms = '/usr/lib/jvm';
  const installed = existsSync(jvms) ? readdirSync(jvms).sort().reverse() : [];
  return [
    home === undefined || home === '' ? undefined : join(home, 'bin', 'java'),
    onPath('java'),
    ...installed.map((name) => join(jvms, name, 'bin', 'java')),
  ].filter((path) => path !== undefined && existsSync(path));
}

/** 17 for `openjdk version "17.0.15"`, 8 for `"1.8.0"`; 0 when it does not say. */
function javaMajor(path) {
  const { stderr } = spawnSync(path, ['-version'], { encoding: 'utf8', timeout: 20_000 });
  const match = /version "(?:1\.)?(\d+)/.exec(stderr ?? '');
  return match === null ? 0 : Number(match[1]);
}
