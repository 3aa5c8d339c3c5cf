/** The commands of a Markdown text's ```bash blocks; a backslash at a line's end continues it. */
export const commandsOf = (markdown: string): string[] =>
  blocksOf(markdown, 'bash').flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );

/** The statements of a Markdown text's ```sql blocks. */
export const queriesOf = (markdown: string): string[] => blocksOf(markdown, 'sql');

const blocksOf = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(/^```(\w+)\n([^]*?)^```/gm)]
    .filter((match) => match[1] === language)
    .map((match) => (match[2] ?? '').trim());
