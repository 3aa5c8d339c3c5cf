import { join, resolve } from 'node:path';
import {
  checkoutRoot,
  ownerKeyOf,
  portBaseOf,
  serverPorts,
  stackUrls,
} from '../local-stack/index.ts';

/** Where the servers are. `environment`: its variables, and what is not set as `npm start` has it. */
export type ServersOption =
  | { readonly type: 'environment' }
  | { readonly type: 'data_folder'; readonly folder: string }
  | { readonly type: 'port_base'; readonly portBase: number };

/** The options of a command that say where the servers are, as `parseArgs` of Node takes them. */
export const serversOptions = {
  data: { type: 'string' },
  'port-base': { type: 'string' },
} as const;

const portBaseMin = 1_024;
const portBaseMax = 65_503;
/** The ports of a system that was started without a base: ClickHouse has its own. */
const portBaseDefault = 8_080;
const clickhousePortDefault = 8_123;
/** Where `npm start` keeps everything, its keys among it, when no folder is named. */
const folderDefault = join(checkoutRoot, '.semarak');

/** What the options come to. Throws a sentence on what is wrong with them. */
export function serversOption(given: {
  readonly data?: string | undefined;
  readonly 'port-base'?: string | undefined;
}): ServersOption {
  const { data: folder, 'port-base': base } = given;
  if (folder !== undefined && base !== undefined)
    throw new Error('--data and --port-base both say where the servers are: give one of them.');
  if (folder === '') throw new Error('--data must name a folder.');
  if (folder !== undefined) return { type: 'data_folder', folder };
  if (base === undefined) return { type: 'environment' };
  const portBase = Number(base);
  if (/^\d+$/.test(base) && portBase >= portBaseMin && portBase <= portBaseMax)
    return { type: 'port_base', portBase };
  throw new Error(`--port-base must be a whole number from ${portBaseMin} to ${portBaseMax}.`);
}

/**
 * The environment with the servers’ URLs in it, for `readConfiguration`. A folder is relative to the
 * working directory. Throws a sentence when no system was ever started with it.
 */
export function environmentOf(
  option: ServersOption,
  from: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly workingDir: string;
  },
): Record<string, string> {
  const set = Object.fromEntries(
    Object.entries(from.environment).filter((entry): entry is [string, string] => !!entry[1]),
  );
  switch (option.type) {
    case 'environment':
      return { ...urlsOf(portBaseDefault, folderDefault), ...set };
    case 'port_base':
      return { ...set, ...urlsOf(option.portBase, folderDefault) };
    case 'data_folder': {
      const folder = resolve(from.workingDir, option.folder);
      return { ...set, ...urlsOf(portBaseOf(folder), folder) };
    }
  }
}

/** ClickHouse's owner is asked for in the keys of the folder, when they are there. */
function urlsOf(base: number, folder: string): Record<string, string> {
  const ports = serverPorts(base);
  const owner = ownerKeyOf(folder);
  return {
    ...stackUrls(
      base === portBaseDefault ? { ...ports, clickhouse: clickhousePortDefault } : ports,
      owner === undefined ? {} : { owner },
    ),
  };
}
