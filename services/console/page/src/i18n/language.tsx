import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { en, type Messages } from './en.ts';
import { id } from './id.ts';
import { createFormat, type Format } from './format.ts';

const languages = ['en', 'id'] as const;
export type Language = (typeof languages)[number];

const messages: Record<Language, Messages> = { en, id };
const locales: Record<Language, string> = { en: 'en-GB', id: 'id-ID' };
const storageKey = 'semarak.language';

interface Speaking {
  readonly language: Language;
  readonly m: Messages;
  readonly format: Format;
  readonly speak: (language: Language) => void;
}

const LanguageContext = createContext<Speaking | undefined>(undefined);

/** The words and the numbers of the language in use. Throws outside of LanguageProvider. */
export function useLanguage(): Speaking {
  const speaking = use(LanguageContext);
  if (speaking === undefined) throw new Error('useLanguage needs a LanguageProvider');
  return speaking;
}

/** The language chosen last, else the first of the browser's that there is, else English. */
function firstLanguage(): Language {
  const chosen = [localStorage.getItem(storageKey) ?? '', ...navigator.languages];
  const known = chosen.map((tag) => languages.find((language) => tag.startsWith(language)));
  return known.find((language) => language !== undefined) ?? 'en';
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(firstLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speaking = useMemo(
    () => ({
      language,
      m: messages[language],
      format: createFormat(locales[language]),
      speak(next: Language) {
        localStorage.setItem(storageKey, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={speaking}>{children}</LanguageContext>;
}
