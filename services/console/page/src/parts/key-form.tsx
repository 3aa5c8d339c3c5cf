import { useId, useRef, useState, type SyntheticEvent } from 'react';
import type { AccessState } from '../api/access.tsx';
import { ApiError, createApi } from '../api/client.ts';
import { useLanguage } from '../i18n/language.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { Mark } from './mark.tsx';

/** Asks for the analyst key and tries it before it is kept. */
export function KeyForm(props: {
  why: Extract<AccessState, { type: 'none' }>['why'];
  enter: (key: string) => void;
}) {
  const { m } = useLanguage();
  const [state, setState] = useState<'asking' | 'trying' | 'missing' | 'refused' | Error>(
    props.why === 'refused' ? 'refused' : 'asking',
  );
  const input = useRef<HTMLInputElement>(null);
  const id = useId();

  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const key = input.current?.value.trim() ?? '';
    if (key === '') setState('missing');
    else {
      setState('trying');
      try {
        await createApi(key).programmes();
        props.enter(key);
        return;
      } catch (error) {
        const isRefused = error instanceof ApiError && [401, 403].includes(error.status);
        setState(isRefused ? 'refused' : error instanceof Error ? error : new Error(String(error)));
      }
    }
    input.current?.focus();
    input.current?.select();
  };

  const problem = problemText(state, m);
  return (
    <main className="door">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <div className="door-head">
          <Mark />
          <LanguageSwitch />
        </div>
        <h1>{m.keyTitle}</h1>
        <p className="lead">{m.keyLead}</p>
        {props.why === 'signed_out' && state === 'asking' && <p role="status">{m.signedOut}</p>}
        <label htmlFor={`${id}-key`}>{m.key}</label>
        <input
          ref={input}
          id={`${id}-key`}
          name="key"
          type="password"
          autoComplete="current-password"
          autoFocus
          aria-invalid={problem !== undefined}
          aria-describedby={`${id}-problem ${id}-hint`}
        />
        <p id={`${id}-problem`} className="problem" role="alert">
          {problem}
        </p>
        <button type="submit" className="main" disabled={state === 'trying'}>
          {state === 'trying' ? m.entering : m.enter}
        </button>
        <p id={`${id}-hint`} className="hint">
          {m.keyHint} {m.keyKept}
        </p>
      </form>
    </main>
  );
}

function problemText(
  state: 'asking' | 'trying' | 'missing' | 'refused' | Error,
  m: { noKey: string; keyRefused: string },
): string | undefined {
  if (state instanceof Error) return state.message;
  switch (state) {
    case 'asking':
    case 'trying':
      return undefined;
    case 'missing':
      return m.noKey;
    case 'refused':
      return m.keyRefused;
  }
}
