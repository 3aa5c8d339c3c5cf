-- The six reports of domain.md, "The report database". Parameters: programme, as_of (the mall's date).
-- Periods are today, month_to_date and year_to_date; a sale of the year up to as_of lies in one, two or
-- three of them.

-- The sales that reports count: a member's, of which something remains.
CREATE OR REPLACE VIEW semarak.counted_sales AS
SELECT
    s.programme AS programme,
    assumeNotNull(s.member_id) AS member_id,
    s.category AS category,
    s.business_day AS business_day,
    s.remaining AS remaining
FROM semarak.sales AS s
WHERE s.member_id IS NOT NULL AND s.remaining > 0;

CREATE OR REPLACE VIEW semarak.report_average_spending_by_category AS
SELECT
    period,
    category,
    uniqExact(member_id) AS customers,
    sum(remaining) AS spend,
    sum(remaining) / uniqExact(member_id) AS average_spending
FROM semarak.counted_sales
ARRAY JOIN arrayConcat(
    if(business_day = {as_of:Date32}, ['today'], []),
    if(business_day >= toStartOfMonth({as_of:Date32}), ['month_to_date'], []),
    ['year_to_date']) AS period
WHERE programme = {programme:String}
    AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
GROUP BY period, category
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), category;

CREATE OR REPLACE VIEW semarak.report_transactions_by_category AS
SELECT
    period,
    category,
    count() AS transactions
FROM semarak.counted_sales
ARRAY JOIN arrayConcat(
    if(business_day = {as_of:Date32}, ['today'], []),
    if(business_day >= toStartOfMonth({as_of:Date32}), ['month_to_date'], []),
    ['year_to_date']) AS period
WHERE programme = {programme:String}
    AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
GROUP BY period, category
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), category;

-- The members active in the year up to as_of: the day of the last sale tells in which periods.
CREATE OR REPLACE VIEW semarak.report_active_members_by_zone AS
SELECT
    period,
    coalesce(nullIf(p.zone, ''), 'unknown') AS zone,
    count() AS active_members
FROM
(
    SELECT
        member_id,
        arrayConcat(
            if(max(business_day) = {as_of:Date32}, ['today'], []),
            if(max(business_day) >= toStartOfMonth({as_of:Date32}), ['month_to_date'], []),
            ['year_to_date']) AS periods
    FROM semarak.counted_sales
    WHERE programme = {programme:String}
        AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
    GROUP BY member_id
) AS active
LEFT JOIN
(
    SELECT * FROM semarak.member_profile WHERE programme = {programme:String}
) AS p ON p.member_id = active.member_id
ARRAY JOIN active.periods AS period
GROUP BY period, zone
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), zone;

CREATE OR REPLACE VIEW semarak.report_active_members_by_age AS
SELECT
    period,
    multiIf(
        p.birth_date IS NULL, 'unknown',
        age('year', p.birth_date, {as_of:Date32}) < 18, 'under 18',
        age('year', p.birth_date, {as_of:Date32}) < 25, '18-24',
        age('year', p.birth_date, {as_of:Date32}) < 35, '25-34',
        age('year', p.birth_date, {as_of:Date32}) < 45, '35-44',
        age('year', p.birth_date, {as_of:Date32}) < 55, '45-54',
        '55 and over') AS age_band,
    count() AS active_members
FROM
(
    SELECT
        member_id,
        arrayConcat(
            if(max(business_day) = {as_of:Date32}, ['today'], []),
            if(max(business_day) >= toStartOfMonth({as_of:Date32}), ['month_to_date'], []),
            ['year_to_date']) AS periods
    FROM semarak.counted_sales
    WHERE programme = {programme:String}
        AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
    GROUP BY member_id
) AS active
LEFT JOIN
(
    SELECT * FROM semarak.member_profile WHERE programme = {programme:String}
) AS p ON p.member_id = active.member_id
ARRAY JOIN active.periods AS period
GROUP BY period, age_band
ORDER BY
    indexOf(['today', 'month_to_date', 'year_to_date'], period),
    indexOf(['under 18', '18-24', '25-34', '35-44', '45-54', '55 and over', 'unknown'], age_band);

CREATE OR REPLACE VIEW semarak.report_active_members_by_gender AS
SELECT
    period,
    coalesce(nullIf(p.gender, ''), 'unknown') AS gender,
    count() AS active_members
FROM
(
    SELECT
        member_id,
        arrayConcat(
            if(max(business_day) = {as_of:Date32}, ['today'], []),
            if(max(business_day) >= toStartOfMonth({as_of:Date32}), ['month_to_date'], []),
            ['year_to_date']) AS periods
    FROM semarak.counted_sales
    WHERE programme = {programme:String}
        AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
    GROUP BY member_id
) AS active
LEFT JOIN
(
    SELECT * FROM semarak.member_profile WHERE programme = {programme:String}
) AS p ON p.member_id = active.member_id
ARRAY JOIN active.periods AS period
GROUP BY period, gender
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), gender;

-- By the mall's date of enrolment; always three rows.
CREATE OR REPLACE VIEW semarak.report_new_members AS
SELECT period, new_members
FROM
(
    SELECT
        countIf(day = {as_of:Date32}) AS today,
        countIf(day >= toStartOfMonth({as_of:Date32})) AS month_to_date,
        count() AS year_to_date
    FROM
    (
        SELECT
            toDate32(toTimeZone(enrolled_at, assumeNotNull(ifNull(
                (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
                'UTC')))) AS day
        FROM semarak.member_enrolment
        WHERE programme = {programme:String}
    )
    WHERE day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
)
ARRAY JOIN
    ['today', 'month_to_date', 'year_to_date'] AS period,
    [today, month_to_date, year_to_date] AS new_members;
