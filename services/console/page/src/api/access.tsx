import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import { createApi, type Api } from './client.ts';

const storageKey = 'semarak.analyst-key';

export interface Access {
  readonly api: Api;
  /** Forgets the key; `refused`: the server said no to it. */
  readonly leave: (why: 'signed_out' | 'refused') => void;
}

export type AccessState =
  | { readonly type: 'none'; readonly why: 'first' | 'signed_out' | 'refused' }
  | { readonly type: 'key'; readonly key: string };

const AccessContext = createContext<Access | undefined>(undefined);

/** Who has come in. Throws outside of AccessProvider. */
export function useAccess(): Access {
  const access = use(AccessContext);
  if (access === undefined) throw new Error('useAccess needs an AccessProvider');
  return access;
}

/** The key lives in sessionStorage: it ends with the tab. */
export function useAccessState(): {
  readonly state: AccessState;
  readonly enter: (key: string) => void;
  readonly leave: Access['leave'];
} {
  const [state, setState] = useState<AccessState>(() => {
    const key = sessionStorage.getItem(storageKey);
    return key === null ? { type: 'none', why: 'first' } : { type: 'key', key };
  });
  const enter = useCallback((key: string) => {
    sessionStorage.setItem(storageKey, key);
    setState({ type: 'key', key });
  }, []);
  const leave = useCallback((why: 'signed_out' | 'refused') => {
    sessionStorage.removeItem(storageKey);
    setState({ type: 'none', why });
  }, []);
  return { state, enter, leave };
}

export function AccessProvider(props: {
  accessKey: string;
  leave: Access['leave'];
  children: ReactNode;
}) {
  const { accessKey, leave } = props;
  const api = useMemo(() => createApi(accessKey), [accessKey]);
  const access = useMemo(() => ({ api, leave }), [api, leave]);
  return <AccessContext value={access}>{props.children}</AccessContext>;
}
