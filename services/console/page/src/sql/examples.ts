interface Example {
  readonly name: 'exampleTiers' | 'exampleTenants' | 'exampleHours';
  readonly sql: string;
}

/** Statements to begin with, for the programme and the date that are shown. */
export function examplesFor(of: {
  programme: string;
  asOf: string;
}): readonly [Example, ...Example[]] {
  const programme = `'${of.programme.replaceAll("'", "''")}'`;
  const asOf = `'${of.asOf}'`;
  return [
    {
      name: 'exampleTiers',
      sql: `SELECT tier, count() AS members, sum(points) AS points
FROM semarak.members
WHERE programme = ${programme}
GROUP BY tier
ORDER BY members DESC`,
    },
    {
      name: 'exampleTenants',
      sql: `SELECT name, category, spend, visits, previous_spend, previous_visits
FROM semarak.report_tenants(programme = ${programme}, as_of = ${asOf})
WHERE period = 'month_to_date'
ORDER BY visits DESC
LIMIT 20`,
    },
    {
      name: 'exampleHours',
      sql: `SELECT hour, sum(transactions) AS transactions, sum(spend) AS spend
FROM semarak.report_hours_by_category(programme = ${programme}, as_of = ${asOf})
WHERE period = 'today'
GROUP BY hour
ORDER BY hour`,
    },
  ];
}
