-- The six reports of domain.md, "The report database". Parameters: programme, as_of (the mall's date).
-- Periods are today, month_to_date and year_to_date; a sale of the year up to as_of lies in one, two or
-- three of them. They count the sales of members of which something remains.
--
-- What a posting changes is linear, so nothing looks for the newest posting of a sale, and nothing for distinct
-- members: of a member's sales in a day, month or year one is the first, and postings say which. Sums by category come
-- from the projection tenant_days, members from member_firsts.

-- A day lies in one, two or three of the periods: year, month and day.
CREATE OR REPLACE VIEW semarak.report_average_spending_by_category AS
SELECT
    ['year_to_date', 'month_to_date', 'today'][level] AS period,
    category,
    toUInt64(sum([d.customers_of_year, d.customers_of_month, d.customers_of_day][level])) AS customers,
    sum(d.spend) AS spend,
    spend / customers AS average_spending
FROM
(
    SELECT
        business_day,
        if(p.category = '', 'unknown', toString(p.category)) AS category,
        sum(p.remaining_change) AS spend,
        sum(p.day_customers_change) AS customers_of_day,
        sum(p.month_customers_change) AS customers_of_month,
        sum(p.year_customers_change) AS customers_of_year
    FROM semarak.sale_postings AS p
    WHERE p.programme = {programme:String}
        AND p.business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
        AND p.has_member
    GROUP BY business_day, p.category
) AS d
ARRAY JOIN range(1, 2 + (business_day >= toStartOfMonth({as_of:Date32})) + (business_day = {as_of:Date32})) AS level
GROUP BY level, category
HAVING customers > 0
ORDER BY level DESC, category;

CREATE OR REPLACE VIEW semarak.report_transactions_by_category AS
SELECT
    ['year_to_date', 'month_to_date', 'today'][level] AS period,
    category,
    toUInt64(sum(d.sales)) AS transactions
FROM
(
    SELECT
        business_day,
        if(p.category = '', 'unknown', toString(p.category)) AS category,
        sum(p.standing_change) AS sales
    FROM semarak.sale_postings AS p
    WHERE p.programme = {programme:String}
        AND p.business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
        AND p.has_member
    GROUP BY business_day, p.category
) AS d
ARRAY JOIN range(1, 2 + (business_day >= toStartOfMonth({as_of:Date32})) + (business_day = {as_of:Date32})) AS level
GROUP BY level, category
HAVING transactions > 0
ORDER BY level DESC, category;

-- What sales up to as_of add to the active members of each period and take from them, joined to what the members'
-- newest profiles say. Who asks for one period has nothing read of the others. The first half is there three times, since a view
-- for it takes 3 ms more to plan. transform works on the few words there are, `if` on every row.
CREATE OR REPLACE VIEW semarak.report_active_members_by_zone AS
SELECT
    a.period AS period,
    transform(p.zone, [''], ['unknown']) AS zone,
    toUInt64(sum(a.change)) AS active_members
FROM
(
    SELECT period, member_key, change
    FROM semarak.member_firsts
    WHERE programme = {programme:String}
        AND (period = 'today' AND business_day = {as_of:Date32}
            OR period = 'month_to_date' AND business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32}
            OR period = 'year_to_date' AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32})
) AS a
LEFT JOIN
(
    SELECT member_key, zone
    FROM semarak.member_profiles
    WHERE programme = {programme:String}
) AS p ON p.member_key = a.member_key
GROUP BY period, zone
HAVING active_members > 0
ORDER BY period, zone;

CREATE OR REPLACE VIEW semarak.report_active_members_by_gender AS
SELECT
    a.period AS period,
    transform(p.gender, [''], ['unknown']) AS gender,
    toUInt64(sum(a.change)) AS active_members
FROM
(
    SELECT period, member_key, change
    FROM semarak.member_firsts
    WHERE programme = {programme:String}
        AND (period = 'today' AND business_day = {as_of:Date32}
            OR period = 'month_to_date' AND business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32}
            OR period = 'year_to_date' AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32})
) AS a
LEFT JOIN
(
    SELECT member_key, gender
    FROM semarak.member_profiles
    WHERE programme = {programme:String}
) AS p ON p.member_key = a.member_key
GROUP BY period, gender
HAVING active_members > 0
ORDER BY period, gender;

-- A band is a number until the end: 0 for unknown, else what roundAge makes of the whole years, which are 10000 each in
-- YYYYMMDD; who is born on 29 February is a year older on 1 March. The younger than one, and who is born after as_of, are
-- counted as one year old, since roundAge keeps a band of its own for them.
CREATE OR REPLACE VIEW semarak.report_active_members_by_age AS
SELECT
    a.period AS period,
    transform(
        p.band,
        [17, 18, 25, 35, 45, 55],
        ['under 18', '18-24', '25-34', '35-44', '45-54', '55 and over'],
        'unknown') AS age_band,
    toUInt64(sum(a.change)) AS active_members
FROM
(
    SELECT period, member_key, change
    FROM semarak.member_firsts
    WHERE programme = {programme:String}
        AND (period = 'today' AND business_day = {as_of:Date32}
            OR period = 'month_to_date' AND business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32}
            OR period = 'year_to_date' AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32})
) AS a
LEFT JOIN
(
    SELECT
        member_key,
        if(birth_day = 0, 0, roundAge(greatest(1, intDiv(toYYYYMMDD({as_of:Date32}) - birth_day, 10000)))) AS band
    FROM semarak.member_profiles
    WHERE programme = {programme:String}
) AS p ON p.member_key = a.member_key
GROUP BY period, p.band
HAVING active_members > 0
ORDER BY period, p.band = 0, p.band;

-- By the mall's date of enrolment; always three rows.
CREATE OR REPLACE VIEW semarak.report_new_members AS
SELECT counted.1 AS period, counted.2 AS new_members
FROM
(
    SELECT
        countIf(day = {as_of:Date32}) AS today,
        countIf(day >= toStartOfMonth({as_of:Date32})) AS month_to_date,
        count() AS year_to_date
    FROM
    (
        SELECT
            toDate32(toTimeZone(e.enrolled_at, assumeNotNull(ifNull(
                (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
                'UTC')))) AS day
        FROM semarak.member_enrolments AS e
        WHERE programme = {programme:String}
    )
    WHERE day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
)
ARRAY JOIN [('today', today), ('month_to_date', month_to_date), ('year_to_date', year_to_date)] AS counted;
