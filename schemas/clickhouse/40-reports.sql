-- The six reports of domain.md, "The report database". Parameters: programme, as_of (the mall's date).
-- Periods are today, month_to_date and year_to_date; a sale of the year up to as_of lies in one, two or
-- three of them. They count the sales of members of which something remains.
--
-- What a posting changes is linear, so nothing looks for the newest posting of a sale: a member has as many
-- standing sales as standing_change adds up to. Where only sums are asked for they come from the projection
-- tenant_days.
--
-- Today is read by itself, and a period is joined to its figures, as the right side, rather than written
-- beside them: whoever asks for one period alone gets the other empty, and ClickHouse does not read it.

-- By category, the members and what they have spent: in month_to_date and year_to_date of the days from
-- first_day to last_day, month_to_date being the days from month on.
CREATE OR REPLACE VIEW semarak.spending_between AS
SELECT
    {programme:String} AS programme,
    category,
    countIf(m.sales_of_month > 0) AS customers_of_month,
    sum(m.spend_of_month) AS spend_of_month,
    countIf(m.sales > 0) AS customers,
    sum(m.spend) AS spend
FROM
(
    SELECT
        coalesce(nullIf(c.category, ''), 'unknown') AS category,
        p.member_id AS member_id,
        sumIf(p.standing_change, p.business_day >= {month:Date32}) AS sales_of_month,
        sumIf(p.remaining_change, p.business_day >= {month:Date32}) AS spend_of_month,
        sum(p.standing_change) AS sales,
        sum(p.remaining_change) AS spend
    FROM semarak.sale_postings AS p
    LEFT JOIN
    (
        SELECT * FROM semarak.tenant_categories WHERE programme = {programme:String}
    ) AS c ON c.tenant_id = p.tenant_id
    WHERE p.programme = {programme:String}
        AND p.business_day BETWEEN {first_day:Date32} AND {last_day:Date32}
        AND p.has_member
    GROUP BY category, member_id
) AS m
GROUP BY category;

CREATE OR REPLACE VIEW semarak.report_average_spending_by_category AS
SELECT period, category, customers, spend, spend / customers AS average_spending
FROM
(
    SELECT w.period AS period, f.category AS category, f.customers AS customers, f.spend AS spend
    FROM semarak.spending_between(
        programme = {programme:String},
        first_day = {as_of:Date32},
        month = {as_of:Date32},
        last_day = {as_of:Date32}) AS f
    INNER JOIN
    (
        SELECT {programme:String} AS programme, 'today' AS period
    ) AS w ON w.programme = f.programme
    UNION ALL
    SELECT
        w.period AS period,
        f.category AS category,
        if(w.period = 'month_to_date', f.customers_of_month, f.customers) AS customers,
        if(w.period = 'month_to_date', f.spend_of_month, f.spend) AS spend
    FROM semarak.spending_between(
        programme = {programme:String},
        first_day = toStartOfYear({as_of:Date32}),
        month = toStartOfMonth({as_of:Date32}),
        last_day = {as_of:Date32}) AS f
    INNER JOIN
    (
        SELECT {programme:String} AS programme, arrayJoin(['month_to_date', 'year_to_date']) AS period
    ) AS w ON w.programme = f.programme
)
WHERE customers > 0
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), category;

CREATE OR REPLACE VIEW semarak.report_transactions_by_category AS
SELECT period, category, toUInt64(standing) AS transactions
FROM
(
    SELECT
        category,
        ['today', 'month_to_date', 'year_to_date'] AS periods,
        [
            sumIf(d.sales, d.business_day = {as_of:Date32}),
            sumIf(d.sales, d.business_day >= toStartOfMonth({as_of:Date32})),
            sum(d.sales)
        ] AS counts
    FROM
    (
        SELECT
            d.business_day AS business_day,
            coalesce(nullIf(c.category, ''), 'unknown') AS category,
            d.sales AS sales
        FROM
        (
            SELECT business_day, toString(tenant_id) AS tenant_id, sum(t.sales) AS sales
            FROM semarak.tenant_days AS t
            WHERE programme = {programme:String}
                AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
                AND has_member
            GROUP BY business_day, tenant_id
        ) AS d
        LEFT JOIN
        (
            SELECT * FROM semarak.tenant_categories WHERE programme = {programme:String}
        ) AS c ON c.tenant_id = d.tenant_id
    ) AS d
    GROUP BY category
)
ARRAY JOIN periods AS period, counts AS standing
WHERE standing > 0
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), category;

-- The members with a standing sale from first_day to last_day, once; is_of_month: one from month on.
-- p.programme is the column: programme alone would be what is selected under that name, which is always equal.
CREATE OR REPLACE VIEW semarak.active_members_between AS
SELECT
    {programme:String} AS programme,
    member_id,
    sumIf(p.standing_change, p.business_day >= {month:Date32}) > 0 AS is_of_month
FROM semarak.sale_postings AS p
WHERE p.programme = {programme:String}
    AND business_day BETWEEN {first_day:Date32} AND {last_day:Date32}
    AND has_member
GROUP BY member_id
HAVING sum(p.standing_change) > 0;

-- For each period, how many of the active members have the same profile.
CREATE OR REPLACE VIEW semarak.active_profiles AS
SELECT
    w.period AS period,
    f.gender AS gender,
    f.birth_date AS birth_date,
    f.zone AS zone,
    f.members AS members
FROM
(
    SELECT
        {programme:String} AS programme,
        p.gender AS gender,
        p.birth_date AS birth_date,
        p.zone AS zone,
        count() AS members
    FROM
    (
        SELECT * FROM semarak.member_profile WHERE programme = {programme:String}
    ) AS p
    RIGHT JOIN semarak.active_members_between(
        programme = {programme:String},
        first_day = {as_of:Date32},
        month = {as_of:Date32},
        last_day = {as_of:Date32}) AS a ON a.member_id = p.member_id
    GROUP BY gender, birth_date, zone
) AS f
INNER JOIN
(
    SELECT {programme:String} AS programme, 'today' AS period
) AS w ON w.programme = f.programme
UNION ALL
SELECT
    w.period AS period,
    f.gender AS gender,
    f.birth_date AS birth_date,
    f.zone AS zone,
    if(w.period = 'month_to_date', f.members_of_month, f.members) AS members
FROM
(
    SELECT
        {programme:String} AS programme,
        p.gender AS gender,
        p.birth_date AS birth_date,
        p.zone AS zone,
        countIf(a.is_of_month) AS members_of_month,
        count() AS members
    FROM
    (
        SELECT * FROM semarak.member_profile WHERE programme = {programme:String}
    ) AS p
    RIGHT JOIN semarak.active_members_between(
        programme = {programme:String},
        first_day = toStartOfYear({as_of:Date32}),
        month = toStartOfMonth({as_of:Date32}),
        last_day = {as_of:Date32}) AS a ON a.member_id = p.member_id
    GROUP BY gender, birth_date, zone
) AS f
INNER JOIN
(
    SELECT {programme:String} AS programme, arrayJoin(['month_to_date', 'year_to_date']) AS period
) AS w ON w.programme = f.programme;

CREATE OR REPLACE VIEW semarak.report_active_members_by_zone AS
SELECT period, coalesce(nullIf(p.zone, ''), 'unknown') AS zone, sum(p.members) AS active_members
FROM semarak.active_profiles(programme = {programme:String}, as_of = {as_of:Date32}) AS p
GROUP BY period, zone
HAVING active_members > 0
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
    sum(p.members) AS active_members
FROM semarak.active_profiles(programme = {programme:String}, as_of = {as_of:Date32}) AS p
GROUP BY period, age_band
HAVING active_members > 0
ORDER BY
    indexOf(['today', 'month_to_date', 'year_to_date'], period),
    indexOf(['under 18', '18-24', '25-34', '35-44', '45-54', '55 and over', 'unknown'], age_band);

CREATE OR REPLACE VIEW semarak.report_active_members_by_gender AS
SELECT period, coalesce(nullIf(p.gender, ''), 'unknown') AS gender, sum(p.members) AS active_members
FROM semarak.active_profiles(programme = {programme:String}, as_of = {as_of:Date32}) AS p
GROUP BY period, gender
HAVING active_members > 0
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), gender;

-- By the mall's date of enrolment; always three rows. Of today only those are looked at who have an enrolment
-- today: theirs may still be a second one.
CREATE OR REPLACE VIEW semarak.report_new_members AS
SELECT period, new_members
FROM
(
    SELECT w.period AS period, f.new_members AS new_members
    FROM
    (
        SELECT {programme:String} AS programme, count() AS new_members
        FROM
        (
            SELECT
                toDate32(toTimeZone(min(e.enrolled_at), assumeNotNull(ifNull(
                    (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
                    'UTC')))) AS day
            FROM semarak.member_enrolments AS e
            WHERE programme = {programme:String}
                AND member_id IN
                (
                    SELECT member_id
                    FROM semarak.member_enrolments
                    WHERE programme = {programme:String}
                        AND enrolled_at >= toDateTime64({as_of:Date32}, 3, 'UTC') - INTERVAL 1 DAY
                        AND enrolled_at < toDateTime64({as_of:Date32}, 3, 'UTC') + INTERVAL 2 DAY
                        AND toDate32(toTimeZone(enrolled_at, assumeNotNull(ifNull(
                            (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
                            'UTC')))) = {as_of:Date32}
                )
            GROUP BY member_id
        )
        WHERE day = {as_of:Date32}
    ) AS f
    INNER JOIN
    (
        SELECT {programme:String} AS programme, 'today' AS period
    ) AS w ON w.programme = f.programme
    UNION ALL
    SELECT
        w.period AS period,
        if(w.period = 'month_to_date', f.month_to_date, f.year_to_date) AS new_members
    FROM
    (
        SELECT
            {programme:String} AS programme,
            countIf(day >= toStartOfMonth({as_of:Date32})) AS month_to_date,
            count() AS year_to_date
        FROM
        (
            SELECT
                toDate32(toTimeZone(min(e.enrolled_at), assumeNotNull(ifNull(
                    (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
                    'UTC')))) AS day
            FROM semarak.member_enrolments AS e
            WHERE programme = {programme:String}
            GROUP BY member_id
        )
        WHERE day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
    ) AS f
    INNER JOIN
    (
        SELECT {programme:String} AS programme, arrayJoin(['month_to_date', 'year_to_date']) AS period
    ) AS w ON w.programme = f.programme
)
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period);
