-- The six reports of domain.md, "The report database". Parameters: programme, as_of (the mall's date).
-- Periods are today, month_to_date and year_to_date; a sale of the year up to as_of lies in one, two or
-- three of them. They count the sales of members of which something remains.
--
-- What a posting changes is linear, so nothing looks for the newest posting of a sale, and nothing for distinct
-- members: of a member's sales in a day, month or year one is the first, and postings say which. The sums come
-- from the projections tenant_days and member_firsts.

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

-- How many members have bought something, in each period, by what their newest profile says: `by` is zone or
-- gender. A sale is the first in the mall of its member's day, month or year, or ceases to be.
--
-- Today's members are few, so the profiles are looked at for them, and the newest is found afterwards. Month and
-- year are joined to their names, as the right side: who asks for today alone gets that empty, and ClickHouse
-- reads nothing of them.
CREATE OR REPLACE VIEW semarak.active_members_by AS
SELECT 'today' AS period, if(f.told = '', 'unknown', toString(f.told)) AS value, toUInt64(sum(f.change)) AS members
FROM
(
    SELECT
        any(a.change) AS change,
        argMax(if({by:String} = 'zone', p.zone, p.gender), p.source_offset) AS told
    FROM
    (
        SELECT member_key, zone, gender, source_offset
        FROM semarak.member_profiles
        WHERE programme = {programme:String}
    ) AS p
    RIGHT JOIN
    (
        SELECT
            reinterpretAsUInt128(sipHash128(s.member_id)) AS member_key,
            sum(s.day_members_change) AS change
        FROM semarak.sale_postings AS s
        WHERE s.programme = {programme:String} AND s.business_day = {as_of:Date32} AND s.day_members_change != 0
        GROUP BY member_key
    ) AS a ON a.member_key = p.member_key
    GROUP BY a.member_key
) AS f
GROUP BY value
HAVING members > 0
UNION ALL
SELECT
    w.period AS period,
    f.value AS value,
    toUInt64(if(w.period = 'month_to_date', f.members_of_month, f.members_of_year)) AS members
FROM
(
    SELECT
        {programme:String} AS programme,
        if(p.value = '', 'unknown', toString(p.value)) AS value,
        sum(a.change_of_month) AS members_of_month,
        sum(a.change_of_year) AS members_of_year
    FROM
    (
        SELECT
            first_member,
            if(business_day >= toStartOfMonth({as_of:Date32}), s.month_members_change, 0) AS change_of_month,
            s.year_members_change AS change_of_year
        FROM semarak.sale_postings AS s
        WHERE s.programme = {programme:String}
            AND (first_of = 3 AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
                OR first_of = 2 AND business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32})
    ) AS a
    LEFT JOIN
    (
        SELECT
            member_key,
            argMax(if({by:String} = 'zone', m.zone, m.gender), m.source_offset) AS value
        FROM semarak.member_profiles AS m
        WHERE m.programme = {programme:String}
        GROUP BY member_key
    ) AS p ON p.member_key = a.first_member
    GROUP BY value
) AS f
INNER JOIN
(
    SELECT {programme:String} AS programme, arrayJoin(['month_to_date', 'year_to_date']) AS period
) AS w ON w.programme = f.programme
WHERE members > 0;

CREATE OR REPLACE VIEW semarak.report_active_members_by_zone AS
SELECT period, value AS zone, members AS active_members
FROM semarak.active_members_by(programme = {programme:String}, as_of = {as_of:Date32}, by = 'zone')
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), zone;

CREATE OR REPLACE VIEW semarak.report_active_members_by_gender AS
SELECT period, value AS gender, members AS active_members
FROM semarak.active_members_by(programme = {programme:String}, as_of = {as_of:Date32}, by = 'gender')
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), gender;

-- The same by date of birth, in days since 1970-01-01 and a million; 0: unknown.
CREATE OR REPLACE VIEW semarak.active_members_by_birth_date AS
SELECT 'today' AS period, f.told AS birth_date, toUInt64(sum(f.change)) AS members
FROM
(
    SELECT
        any(a.change) AS change,
        -- A number, since argMax passes over rows whose value is NULL; 0 stands for it, and for no profile.
        argMax(p.birth_number, p.source_offset) AS told
    FROM
    (
        SELECT member_key, ifNull(toInt32(birth_date) + 1000000, 0) AS birth_number, source_offset
        FROM semarak.member_profiles
        WHERE programme = {programme:String}
    ) AS p
    RIGHT JOIN
    (
        SELECT
            reinterpretAsUInt128(sipHash128(s.member_id)) AS member_key,
            sum(s.day_members_change) AS change
        FROM semarak.sale_postings AS s
        WHERE s.programme = {programme:String} AND s.business_day = {as_of:Date32} AND s.day_members_change != 0
        GROUP BY member_key
    ) AS a ON a.member_key = p.member_key
    GROUP BY a.member_key
) AS f
GROUP BY birth_date
HAVING members > 0
UNION ALL
SELECT
    w.period AS period,
    f.birth_date AS birth_date,
    toUInt64(if(w.period = 'month_to_date', f.members_of_month, f.members_of_year)) AS members
FROM
(
    SELECT
        {programme:String} AS programme,
        p.birth_date AS birth_date,
        sum(a.change_of_month) AS members_of_month,
        sum(a.change_of_year) AS members_of_year
    FROM
    (
        SELECT
            first_member,
            if(business_day >= toStartOfMonth({as_of:Date32}), s.month_members_change, 0) AS change_of_month,
            s.year_members_change AS change_of_year
        FROM semarak.sale_postings AS s
        WHERE s.programme = {programme:String}
            AND (first_of = 3 AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
                OR first_of = 2 AND business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32})
    ) AS a
    LEFT JOIN
    (
        SELECT
            member_key,
            argMax(ifNull(toInt32(m.birth_date) + 1000000, 0), m.source_offset) AS birth_date
        FROM semarak.member_profiles AS m
        WHERE m.programme = {programme:String}
        GROUP BY member_key
    ) AS p ON p.member_key = a.first_member
    GROUP BY birth_date
) AS f
INNER JOIN
(
    SELECT {programme:String} AS programme, arrayJoin(['month_to_date', 'year_to_date']) AS period
) AS w ON w.programme = f.programme
WHERE members > 0;

CREATE OR REPLACE VIEW semarak.report_active_members_by_age AS
SELECT
    period,
    multiIf(
        m.birth_date = 0, 'unknown',
        age('year', toDate32(m.birth_date - 1000000), {as_of:Date32}) < 18, 'under 18',
        age('year', toDate32(m.birth_date - 1000000), {as_of:Date32}) < 25, '18-24',
        age('year', toDate32(m.birth_date - 1000000), {as_of:Date32}) < 35, '25-34',
        age('year', toDate32(m.birth_date - 1000000), {as_of:Date32}) < 45, '35-44',
        age('year', toDate32(m.birth_date - 1000000), {as_of:Date32}) < 55, '45-54',
        '55 and over') AS age_band,
    sum(m.members) AS active_members
FROM semarak.active_members_by_birth_date(programme = {programme:String}, as_of = {as_of:Date32}) AS m
GROUP BY period, age_band
ORDER BY
    indexOf(['today', 'month_to_date', 'year_to_date'], period),
    indexOf(['under 18', '18-24', '25-34', '35-44', '45-54', '55 and over', 'unknown'], age_band);

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
