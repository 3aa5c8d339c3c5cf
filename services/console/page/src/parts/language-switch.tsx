import { useLanguage, type Language } from '../i18n/language.tsx';
import { Segmented } from './segmented.tsx';

const options: readonly { value: Language; label: string; title: string }[] = [
  { value: 'en', label: 'EN', title: 'English' },
  { value: 'id', label: 'ID', title: 'Bahasa Indonesia' },
];

export function LanguageSwitch() {
  const { language, speak, m } = useLanguage();
  return <Segmented label={m.language} value={language} options={options} onChange={speak} />;
}
