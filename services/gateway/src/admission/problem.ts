/** What is wrong with one field of what was sent. */
export interface FieldProblem {
  /** Its path, such as `original.sequence`; `body` for the whole. */
  readonly field: string;
  /** Goes on where the field's name ends: `must be …`, `is required`. */
  readonly message: string;
}

/** Problems as one line of text. */
export const inWords = (problems: readonly FieldProblem[]): string =>
  problems.map(({ field, message }) => `${field} ${message}`).join('; ');
