/** The product’s name with its sign. */
export function Mark() {
  return (
    <span className="mark">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" />
        <path d="M9 21v-5M16 21V10M23 21v-8" />
      </svg>
      Semarak
    </span>
  );
}
