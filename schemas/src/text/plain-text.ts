import { z } from 'zod';

/**
 * Control characters, and those that show nothing: zero-width ones, marks of direction, fillers, halves of a
 * pair, characters of private use. Two texts that look the same would differ.
 */
const invisible = /[\p{Cc}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/u;

/** Spaces of any width, and separators of lines and paragraphs. */
const spaces = /\p{Z}+/gu;

/** One spelling for texts that look the same: NFC, a single space for any white space, none at the ends. */
const inOneSpelling = (text: string): string => text.normalize('NFC').replace(spaces, ' ').trim();

/**
 * Text that a person wrote and others read, such as a name: taken in one spelling, with 1 to `max`
 * characters of which all can be seen.
 */
export const plainText = ({ max }: { readonly max: number }) => {
  const message = `must be 1 to ${String(max)} characters, all of them visible: no control characters, none of zero width`;
  return z
    .string({ error: message })
    .refine((text) => !invisible.test(text), { error: message, abort: true })
    .overwrite(inOneSpelling)
    .min(1, message)
    .max(max, message);
};

/** Stands in reports for what nobody has said, and so is no name of anything. */
const unknownName = 'unknown';

/** The name of a group that reports count by, such as a zone or a category. */
export const groupName = ({ max }: { readonly max: number }) =>
  plainText({ max }).refine(
    (text) => text.toLowerCase() !== unknownName,
    `must not be ${unknownName}, which stands for what is not known`,
  );
