/**
 * From a fresh checkout to a running system: installs what is missing, builds, and hands over.
 *
 *   node infra/bootstrap.mjs start [launcher's arguments]
 *   node infra/bootstrap.mjs test [vitest's arguments]
 *   node infra/bootstrap.mjs install
 *
 * Plain JavaScript without a dependency, for Node 20 on Debian as root. A step that finds its work
 * done costs next to nothing, so every start takes this way.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  checkoutRoot,
  classArchivesPresent,
  ensureServers,
  findJava,
  findRedis,
  InstallError,
  onPath,
  serversPresent,
} from './src/local-stack/install.mjs';

const nodeVersionMin = [20, 19];
/** Measured: 1.7 GB of packages, servers and Debian packages, as much for what they unpack, 1 GB for clients. */
const diskFreeMiBMinToInstall = 4_500;
const diskFreeMiBMinToRun = 500;
const installAttemptsMax = 3;
const installRetryDelayMs = 5_000;
const stepTimeoutMs = 900_000;
const stillRunningEveryMs = 10_000;
const outputLinesQuoted = 40;
const errorCharsMax = 300;
const outputCharsMax = 200_000;

const java17 = 'openjdk-17-jre-headless';
const policyFile = '/usr/sbin/policy-rc.d';
const children = new Set();
let policyIsOurs = false;

const [verb = 'start', ...rest] = process.argv.slice(2);
const handlers = { start, test, install: () => 0 };

/** Runs the launcher in this very process, so that signals and the exit code are its own. */
async function start(args) {
  process.removeAllListeners('SIGINT');
  process.removeAllListeners('SIGTERM');
  const launcher = join(checkoutRoot, 'infra', 'dist', 'launcher', 'main.js');
  process.argv = [process.execPath, launcher, ...args];
  await import(pathToFileURL(launcher).href);
}

async function test(args) {
  const vitest = join(checkoutRoot, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    cwd: checkoutRoot,
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.removeAllListeners(signal);
    process.on(signal, () => child.kill(signal));
  }
  process.exitCode = await new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

function checkMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < nodeVersionMin[0] || (major === nodeVersionMin[0] && minor < nodeVersionMin[1])) {
    throw new InstallError(
      `Node ${process.versions.node} is too old: install Node ${nodeVersionMin.join('.')} or later and start again.`,
    );
  }
  const installs = !packagesAreInstalled() || !serversPresent();
  const needed = installs ? diskFreeMiBMinToInstall : diskFreeMiBMinToRun;
  const { bavail, bsize } = statfsSync(checkoutRoot);
  const free = Math.floor((bavail * bsize) / 1024 / 1024);
  if (free < needed) {
    throw new InstallError(
      `Only ${free} MiB are free where ${checkoutRoot} is: make room for ${needed} MiB and start again.`,
    );
  }
}

/** Java, Redis and the servers' own files; for the tests, the clients that ask ClickHouse. */
async function prepareMachine() {
  const missing = missingPackages();
  if (missing.length > 0) await installDebianPackages(missing);
  if (!serversPresent()) await step('Kafka and the schema registry', () => ensureServers({}));
  if (verb === 'start') return;
  const prepare = join(checkoutRoot, 'test', 'contract', 'clients', 'prepare.mjs');
  const clients = step('clients of the contract suite', () => run(process.execPath, [prepare]));
  // The suite says itself what is missing, and everything else is tested all the same.
  await clients.catch((error) => progress(error.message));
}

function missingPackages() {
  const needs = [
    { package: java17, present: () => findJava() !== undefined },
    { package: 'redis-server', present: () => findRedis() !== undefined },
    // The README's way to look, and the test that runs it.
    { package: 'curl', present: () => onPath('curl') !== undefined },
    // The browser in which the tests look at the console; a start does without.
    { package: 'chromium', present: () => verb === 'start' || onPath('chromium') !== undefined },
    {
      package: 'maven',
      present: () => (serversPresent() && verb === 'start') || onPath('mvn') !== undefined,
    },
    // Where the Python client of the contract suite is installed, and Go where it is missing.
    { package: 'python3-venv', present: () => verb === 'start' || hasVirtualEnvironments() },
  ];
  return needs.filter((need) => !need.present()).map((need) => need.package);
}

function hasVirtualEnvironments() {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function installDebianPackages(names) {
  const command = `apt-get install ${names.join(' ')}`;
  const apt = onPath('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) {
    throw new InstallError(
      `${names.join(', ')} cannot be installed ${apt === undefined ? 'without apt-get: install what is the same on this system' : `by this user: run "${command}" as root`} and start again.`,
    );
  }
  await step(`Debian packages ${names.join(', ')}`, async () => {
    await retried(async () => {
      await aptGet(apt, ['update', '-qq']);
      const java = names.includes(java17) ? await javaPackage() : java17;
      const packages = names.map((name) => (name === java17 ? java : name));
      await withoutServices(() =>
        aptGet(apt, ['install', '-y', '-qq', '--no-install-recommends', ...packages]),
      );
    }, `install them by hand ("${command}")`);
    const still = missingPackages();
    if (still.length > 0) {
      throw new InstallError(
        `${still.join(', ')} was installed but is not found: check PATH and JAVA_HOME and start again.`,
      );
    }
  });
}

/** Debian 13 has no Java 17 any more; its default is newer and does as well. */
async function javaPackage() {
  const known = await run('apt-cache', ['show', '--no-all-versions', java17]).then(
    () => true,
    () => false,
  );
  return known ? java17 : 'default-jre-headless';
}

function aptGet(apt, args) {
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  return run(apt, [...options, ...args], {
    DEBIAN_FRONTEND: 'noninteractive',
    NEEDRESTART_MODE: 'l',
  });
}

/**
 * Keeps Debian from starting a Redis of its own on port 6379, now and at the next boot: the stacks
 * run theirs. A policy of the machine's owner is left as it is.
 */
async function withoutServices(action) {
  if (!existsSync(policyFile)) {
    writeFileSync(policyFile, '#!/bin/sh\nexit 101\n');
    chmodSync(policyFile, 0o755);
    policyIsOurs = true;
  }
  try {
    await action();
    if (existsSync('/run/systemd/system')) {
      await run('systemctl', ['disable', 'redis-server']).catch(() => {});
    }
  } finally {
    removePolicy();
  }
}

function removePolicy() {
  if (policyIsOurs) rmSync(policyFile, { force: true });
  policyIsOurs = false;
}

/** npm packages, then the build, which needs them. */
async function prepareCode() {
  if (!packagesAreInstalled()) {
    const install = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
    await step('npm packages', () =>
      retried(
        () => run('npm', install),
        'check the network and that package-lock.json is unchanged',
      ),
    );
  }
  const turbo = join(checkoutRoot, 'node_modules', '.bin', 'turbo');
  // The tests' own package is only type-checked, which a start need not wait for.
  const filter = verb === 'start' ? ['--filter=!@semarak/test'] : [];
  await step('build', () =>
    run(turbo, ['run', 'build', '--output-logs=errors-only', ...filter], {
      TURBO_TELEMETRY_DISABLED: '1',
      TURBO_NO_UPDATE_NOTIFIER: '1',
      NO_COLOR: '1',
    }),
  );
}

/** Once; the servers start without it as well, only slower. */
async function prepareClasses() {
  if (classArchivesPresent()) return;
  const main = join(checkoutRoot, 'infra', 'dist', 'class-archives', 'main.js');
  const made = step('classes of Kafka and the schema registry', () =>
    run(process.execPath, [main]),
  );
  await made.catch((error) => progress(error.message));
}

/**
 * True when node_modules holds each package of the lock file in its version, by npm's own list of
 * what it installed. Optional packages, for other systems, need not be there.
 */
function packagesAreInstalled() {
  const installed = readPackages(join(checkoutRoot, 'node_modules', '.package-lock.json'));
  const wanted = readPackages(join(checkoutRoot, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version;
  });
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Says what begins, that it still runs, and how long it took. */
async function step(name, action) {
  const began = performance.now();
  const took = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  progress(`${name} …`);
  const timer = setInterval(() => progress(`${name} … ${took()}`), stillRunningEveryMs);
  try {
    await action();
  } catch (error) {
    throw error instanceof CommandError
      ? new InstallError(`${error.output}\nThe ${name} failed: correct what is said above.`)
      : error;
  } finally {
    clearInterval(timer);
  }
  progress(`${name}: done in ${took()}`);
}

/** Repeats what needs the network; in the end says why it fails and what the person can do. */
async function retried(action, advice) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (attempt === installAttemptsMax) {
        throw new InstallError(`${error.message}: ${advice} and start again.`, { cause: error });
      }
      progress(`attempt ${attempt} of ${installAttemptsMax} failed (${error.message})`);
      await sleep(installRetryDelayMs * attempt);
    }
  }
}

/** A command that ended badly; the message is its first line that names an error. */
class CommandError extends Error {
  name = 'CommandError';

  constructor(command, { output, why }) {
    const lines = output.split('\n');
    const telling = lines.find((line) => /^(E:|npm error|.*\berror\b)/i.test(line)) ?? why;
    super(`${command}: ${telling.trim().slice(0, errorCharsMax)}`);
    this.output = [...lines.slice(-outputLinesQuoted), `${command} ${why}`].join('\n');
  }
}

/** Runs a command to its end; throws CommandError when it fails. */
function run(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: checkoutRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: stepTimeoutMs,
    });
    children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output = (output + text).slice(-outputCharsMax);
      });
    }
    const failed = (why) =>
      reject(
        new CommandError(`${basename(command)} ${args[0]}`, { output: output.trimEnd(), why }),
      );
    child.once('error', (error) => failed(`cannot be run (${error.message})`));
    child.once('close', (code, signal) => {
      children.delete(child);
      if (code === 0) resolve();
      else failed(signal === null ? `ended with ${code}` : `was ended by ${signal}`);
    });
  });
}

function progress(line) {
  const elapsed = `${process.uptime().toFixed(1)} s`.padStart(8);
  console.log(`${elapsed}  ${line}`);
}

/** Ends what this process started and leaves no trace on the machine. */
function giveUp(code) {
  for (const child of children) child.kill('SIGTERM');
  removePolicy();
  process.exit(code);
}

// Last, because nothing below an await at the top level exists before it is over.
process.on('SIGINT', () => giveUp(130));
process.on('SIGTERM', () => giveUp(143));
try {
  if (!Object.hasOwn(handlers, verb)) {
    throw new InstallError(`"${verb}" is none of start, test and install.`);
  }
  checkMachine();
  await Promise.all([prepareMachine(), prepareCode()]);
  await prepareClasses();
  progress('everything is in place');
  await handlers[verb](rest);
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  console.error(error.message);
  giveUp(1);
}
