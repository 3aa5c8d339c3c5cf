import { useId, useState } from 'react';
import { periods, type Programme } from '../api/reports.ts';
import { useLanguage } from '../i18n/language.tsx';
import { changeAddress, useAddress, useSelection } from '../selection/selection.tsx';
import { isDay } from '../selection/days.ts';
import { FreshnessLine } from './freshness.tsx';
import { Segmented } from './segmented.tsx';

/** Which programme, which date and which period the figures are of, and how fresh they are. */
export function Controls({ programmes }: { programmes: readonly Programme[] }) {
  const { m } = useLanguage();
  const { programme, asOf, period } = useSelection();
  const { asOf: chosenDay } = useAddress();
  const id = useId();
  return (
    <section className="controls" aria-label={m.shownFigures}>
      <div className="field">
        <label htmlFor={`${id}-programme`}>{m.programme}</label>
        <select
          id={`${id}-programme`}
          value={programme.programme}
          onChange={(event) => changeAddress({ programme: event.target.value, asOf: undefined })}
        >
          {programmes.map(({ programme: value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor={`${id}-date`}>{m.date}</label>
        <div className="joined">
          <DateField id={`${id}-date`} asOf={asOf} />
          {chosenDay !== undefined && chosenDay !== programme.today && (
            <button
              type="button"
              className="quiet"
              onClick={() => changeAddress({ asOf: undefined })}
            >
              {m.newestDate}
            </button>
          )}
        </div>
      </div>
      <Segmented
        label={m.period}
        value={period}
        options={periods.map((value) => ({ value, label: m[value] }))}
        onChange={(value) => changeAddress({ period: value })}
      />
      <FreshnessLine />
    </section>
  );
}

/**
 * Takes a date over as soon as it is a whole one. What is half typed stays as it is until the field is
 * left.
 */
function DateField({ id, asOf }: { id: string; asOf: string }) {
  const [draft, setDraft] = useState<string>();
  return (
    <input
      id={id}
      type="date"
      value={draft ?? asOf}
      onChange={(event) => {
        const { value } = event.target;
        setDraft(value);
        if (isDay(value) && value !== asOf) changeAddress({ asOf: value });
      }}
      onBlur={() => setDraft(undefined)}
    />
  );
}
