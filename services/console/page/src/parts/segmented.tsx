import { useId } from 'react';

/** One of a few, as radio buttons that look like one control. */
export function Segmented<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly { readonly value: Value; readonly label: string; readonly title?: string }[];
  onChange: (value: Value) => void;
}) {
  const name = useId();
  return (
    <fieldset className="segmented">
      <legend className="only-heard">{props.label}</legend>
      {props.options.map(({ value, label, title }) => (
        <label key={value} title={title}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
            {...(title === undefined ? {} : { 'aria-label': title })}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
