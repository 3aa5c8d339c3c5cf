import { useAccess } from '../api/access.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { views, writeAddress, type ViewName } from '../selection/address.ts';
import { useAddress } from '../selection/selection.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { Mark } from './mark.tsx';

export function TopBar({ view }: { view: ViewName }) {
  const { m } = useLanguage();
  const { leave } = useAccess();
  const address = useAddress();
  return (
    <header className="top">
      <Mark />
      <nav aria-label={m.sections}>
        <ul>
          {views.map((name) => (
            <li key={name}>
              <a
                href={writeAddress({ ...address, view: name })}
                {...(name === view ? { 'aria-current': 'page' as const } : {})}
              >
                {m[name]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="end">
        <LanguageSwitch />
        <button type="button" className="quiet" onClick={() => leave('signed_out')}>
          {m.signOut}
        </button>
      </div>
    </header>
  );
}
