/** One row of a table: the text of its cells by the title of their column, and its line in the file. */
export interface Row {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

/** A heading of the third level with what stands below it. */
export interface Section {
  readonly chapter: string;
  readonly title: string;
  readonly line: number;
  /** The lines that are neither table nor empty, joined. */
  readonly text: string;
  readonly rows: readonly Row[];
}

/** The sections of a Markdown file, in order. A section has at most one table. Throws on a cell too few or many. */
export function sectionsOf(markdown: string): Section[] {
  const sections: Section[] = [];
  let chapter = '';
  let open:
    { title: string; line: number; text: string[]; table: [number, string[]][] } | undefined;
  const close = () => {
    if (open === undefined) return;
    const { title, line, text, table } = open;
    sections.push({ chapter, title, line, text: text.join(' '), rows: rowsOf(table) });
    open = undefined;
  };
  markdown.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const text = raw.trim();
    const [, marks, title = ''] = /^(#{1,3}) (.+)$/.exec(text) ?? [];
    if (marks !== undefined) {
      close();
      if (marks === '##') chapter = title;
      if (marks === '###') open = { title, line, text: [], table: [] };
    } else if (text.startsWith('|')) open?.table.push([line, cellsOf(text)]);
    else if (text !== '') open?.text.push(text);
  });
  close();
  return sections;
}

const cellsOf = (text: string): string[] =>
  text
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

function rowsOf(table: readonly [number, string[]][]): Row[] {
  const [head, , ...body] = table;
  if (head === undefined) return [];
  const [, columns] = head;
  return body.map(([line, cells]) => {
    if (cells.length !== columns.length)
      throw new Error(`line ${line}: ${cells.length} cells under ${columns.length} columns`);
    return { line, cells: new Map(columns.map((column, index) => [column, cells[index] ?? ''])) };
  });
}
