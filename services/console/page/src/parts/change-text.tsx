import { useLanguage } from '../i18n/language.tsx';
import { change } from '../tenants/judgement.ts';

/** More than ten times as much says no more than that. */
const shareMax = 9.99;

/** The change against the period before: a sign for the eye, words for the ear. */
export function ChangeText({ now, before }: { now: number; before: number }) {
  const { m, format } = useLanguage();
  const share = change(now, before);
  if (share === undefined) return <span className="change none">{now === 0 ? '–' : m.isNew}</span>;
  const written =
    Math.abs(share) > shareMax ? `>${format.percent(shareMax)}` : format.percent(Math.abs(share));
  const direction = share > 0 ? 'up' : share < 0 ? 'down' : 'same';
  const words = { up: m.upBy(written), down: m.downBy(written), same: m.same }[direction];
  const sign = { up: '▲', down: '▼', same: '=' }[direction];
  return (
    <span className={`change ${direction}`}>
      <span aria-hidden="true">
        {sign} {written}
      </span>
      <span className="only-heard">{words}</span>
    </span>
  );
}
