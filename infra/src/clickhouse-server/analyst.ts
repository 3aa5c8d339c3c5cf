import { refuseNestedSetting } from './analyst-settings.ts';
import type { ClickHouseServerConfig } from './config.ts';
import { settingNamed } from './catalogue.ts';
import type { Catalogue } from './catalogue.ts';
import { exception } from './exception.ts';
import { assignments, firstKeyword, hoistSettings } from './sql.ts';
import type { Statements } from './statements.ts';

export interface AnalystStatement {
  readonly text: string;
  readonly settings: ReadonlyMap<string, string>;
}

/**
 * The statement that is to run in place of an analyst's text, and the settings that it asks for.
 *
 * @throws DatabaseException READONLY (164), and as `Statements` does.
 */
export async function analystStatement(options: {
  statements: Statements;
  catalogue: Catalogue;
  text: string;
  config: ClickHouseServerConfig;
}): Promise<AnalystStatement> {
  if (Buffer.byteLength(options.text) > options.config.CLICKHOUSE_ANALYST_QUERY_BYTES_MAX) {
    throw exception('SYNTAX_ERROR', 'Max query size exceeded.');
  }
  const accepted = await options.statements.accepted({ text: options.text, user: 'analyst' });
  const { text, settings } = hoistSettings(accepted);
  // The engine does not hold limits against the settings of subqueries.
  const isSet = firstKeyword(text) === 'SET';
  for (const { name } of isSet ? [] : assignments(text)) {
    refuseNestedSetting({ config: options.config, name: settingNamed(options.catalogue, name) });
  }
  return { text, settings };
}
