-- Beside the six reports: what a mall's management asks next. Parameters: programme, as_of (the mall's
-- date), as for the six. Everything is what stands now: a late record or a refund changes the day of its
-- sale, whenever it came. Sales count with what remains of them, and are gone when nothing does.
--
-- What a posting changes is linear: sums of remaining_change are the spend that remains, and sums of
-- standing_change the sales that stand, with no need to find the newest posting of each sale.

-- The version in force at the end of as_of; of two with the same beginning the higher number. One row,
-- also when there is none.
CREATE OR REPLACE VIEW semarak.programme_in_force AS
SELECT
    argMax(v.version, (v.effective_from, v.version)) AS version,
    argMax(v.tiers, (v.effective_from, v.version)) AS tiers,
    argMax(v.gifts, (v.effective_from, v.version)) AS gifts
FROM semarak.programme_versions AS v
WHERE v.programme = {programme:String} AND substring(v.effective_from, 1, 10) <= toString({as_of:Date32});

-- Distinct members with a sale that stands. For each member the tenants where a sale began or ceased to
-- stand, as small numbers: a tenant that has as many of both is none of them. A group for each pair of
-- tenant and member would be three times as slow and as large.
CREATE OR REPLACE VIEW semarak.tenant_members AS
WITH
    (SELECT groupUniqArray(toString(t.tenant_id)) FROM semarak.tenant_days AS t WHERE t.programme = {programme:String})
        AS tenant_ids,
    arrayMap(n -> toUInt16(n), arrayEnumerate(tenant_ids)) AS numbers
SELECT tenant_ids[tenant] AS tenant_id, count() AS members
FROM
(
    SELECT
        groupArrayIf(transform(p.tenant_id, tenant_ids, numbers, toUInt16(0)), p.standing_change > 0) AS begun,
        groupArrayIf(transform(p.tenant_id, tenant_ids, numbers, toUInt16(0)), p.standing_change < 0) AS ended
    FROM semarak.sale_postings AS p
    WHERE p.programme = {programme:String}
        AND p.business_day BETWEEN {first_day:Date32} AND {last_day:Date32}
        AND p.has_member
    GROUP BY p.member_id
)
ARRAY JOIN arrayDistinct(arrayFilter(
    t -> NOT has(ended, t) OR countEqual(begun, t) > countEqual(ended, t),
    begun)) AS tenant
GROUP BY tenant_id;

-- Tenants in one period and the one before. A tenant of the newest version is always there, one that has
-- left while it has a figure.
CREATE OR REPLACE VIEW semarak.tenants_between AS
SELECT
    f.tenant_id AS tenant_id,
    coalesce(nullIf(d.name, ''), f.tenant_id) AS name,
    coalesce(nullIf(d.category, ''), 'unknown') AS category,
    coalesce(nullIf(d.floor, ''), 'unknown') AS floor,
    f.spend AS spend,
    f.visits AS visits,
    f.members AS members,
    f.previous_spend AS previous_spend,
    f.previous_visits AS previous_visits
FROM
(
    SELECT
        tenant_id,
        sum(u.spend) AS spend,
        sum(u.visits) AS visits,
        sum(u.members) AS members,
        sum(u.previous_spend) AS previous_spend,
        sum(u.previous_visits) AS previous_visits,
        max(u.listed) AS listed
    FROM
    (
        SELECT
            toString(tenant_id) AS tenant_id,
            sumIf(t.spend, t.business_day >= {first_day:Date32}) AS spend,
            sumIf(t.sales, t.business_day >= {first_day:Date32}) AS visits,
            toUInt64(0) AS members,
            sumIf(t.spend, t.business_day <= {previous_last_day:Date32}) AS previous_spend,
            sumIf(t.sales, t.business_day <= {previous_last_day:Date32}) AS previous_visits,
            0 AS listed
        FROM semarak.tenant_days AS t
        WHERE t.programme = {programme:String}
            AND (t.business_day BETWEEN {first_day:Date32} AND {last_day:Date32}
                OR t.business_day BETWEEN {previous_first_day:Date32} AND {previous_last_day:Date32})
        GROUP BY tenant_id
        UNION ALL
        SELECT tenant_id, 0, 0, m.members AS members, 0, 0, 0 AS listed
        FROM semarak.tenant_members(
            programme = {programme:String},
            first_day = {first_day:Date32},
            last_day = {last_day:Date32}) AS m
        UNION ALL
        SELECT tenant_id, 0, 0, 0 AS members, 0, 0, 1 AS listed
        FROM semarak.tenants
        WHERE programme = {programme:String}
    ) AS u
    GROUP BY tenant_id
) AS f
LEFT JOIN
(
    SELECT * FROM semarak.tenant_details WHERE programme = {programme:String}
) AS d ON d.tenant_id = f.tenant_id
WHERE f.listed = 1 OR f.visits != 0 OR f.previous_visits != 0;

-- Which tenants are busy and which need promotion. Visits are sales, with a member or without; members are
-- distinct ones. The period before: yesterday; the same days of the month before, up to its end at most;
-- the same days of the year before.
CREATE OR REPLACE VIEW semarak.report_tenants AS
SELECT * FROM
(
    SELECT 'today' AS period, *
    FROM semarak.tenants_between(
        programme = {programme:String},
        first_day = {as_of:Date32},
        last_day = {as_of:Date32},
        previous_first_day = addDays({as_of:Date32}, -1),
        previous_last_day = addDays({as_of:Date32}, -1))
    UNION ALL
    SELECT 'month_to_date' AS period, *
    FROM semarak.tenants_between(
        programme = {programme:String},
        first_day = toStartOfMonth({as_of:Date32}),
        last_day = {as_of:Date32},
        previous_first_day = addMonths(toStartOfMonth({as_of:Date32}), -1),
        previous_last_day = addMonths({as_of:Date32}, -1))
    UNION ALL
    SELECT 'year_to_date' AS period, *
    FROM semarak.tenants_between(
        programme = {programme:String},
        first_day = toStartOfYear({as_of:Date32}),
        last_day = {as_of:Date32},
        previous_first_day = addYears(toStartOfYear({as_of:Date32}), -1),
        previous_last_day = addYears({as_of:Date32}, -1))
)
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), spend DESC, tenant_id;

CREATE OR REPLACE VIEW semarak.hours_between AS
SELECT
    if(s.category = '', 'unknown', toString(s.category)) AS category,
    s.hour AS hour,
    s.transactions AS transactions,
    s.spend AS spend
FROM
(
    SELECT
        category,
        toHour(toTimeZone(sold_at, assumeNotNull(ifNull(
            (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
            'UTC')))) AS hour,
        sum(standing_change) AS transactions,
        sum(remaining_change) AS spend
    FROM semarak.sale_postings
    WHERE programme = {programme:String}
        AND business_day BETWEEN {first_day:Date32} AND {last_day:Date32}
    GROUP BY category, hour
) AS s
WHERE s.transactions > 0;

-- The hour is that of the sale on the mall's clock, 0 to 23, the period that of its business day: a sale
-- at 00:20 of yesterday's business day counts in yesterday's hour 0. Sales with a member or without. No
-- sale, no row.
CREATE OR REPLACE VIEW semarak.report_hours_by_category AS
SELECT * FROM
(
    SELECT 'today' AS period, *
    FROM semarak.hours_between(
        programme = {programme:String},
        first_day = {as_of:Date32},
        last_day = {as_of:Date32})
    UNION ALL
    SELECT 'month_to_date' AS period, *
    FROM semarak.hours_between(
        programme = {programme:String},
        first_day = toStartOfMonth({as_of:Date32}),
        last_day = {as_of:Date32})
    UNION ALL
    SELECT 'year_to_date' AS period, *
    FROM semarak.hours_between(
        programme = {programme:String},
        first_day = toStartOfYear({as_of:Date32}),
        last_day = {as_of:Date32})
)
ORDER BY indexOf(['today', 'month_to_date', 'year_to_date'], period), category, hour;

-- Records of business days up to as_of that wait now for another, by what they wait for, with the oldest's business day.
CREATE OR REPLACE VIEW semarak.report_waiting_records AS
SELECT reason, count() AS records, min(w.business_day) AS oldest_day
FROM semarak.waiting_records AS w
WHERE programme = {programme:String} AND w.business_day <= {as_of:Date32}
GROUP BY reason
ORDER BY records DESC, reason;

-- Every day of the year up to as_of, by the mall's date of enrolment.
CREATE OR REPLACE VIEW semarak.report_new_members_by_day AS
SELECT day, sum(u.members) AS new_members
FROM
(
    SELECT
        toDate32(toTimeZone(enrolled_at, assumeNotNull(ifNull(
            (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
            'UTC')))) AS day,
        1 AS members
    FROM semarak.member_enrolments
    WHERE programme = {programme:String}
    UNION ALL
    SELECT addDays(toDate32(toStartOfYear({as_of:Date32})), number) AS day, 0 AS members
    FROM numbers(toUInt64(toDayOfYear({as_of:Date32})))
) AS u
WHERE day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
GROUP BY day
ORDER BY day;

-- Changes as they were told, and those that members who stay away have to be told yet, by the month (YYYY-MM) of their business day, of the year up to as_of: that of the record
-- that made the change; without one the mall's date. What a month's end takes is gone on the next day. A rise that
-- a refund took back is there twice, up and down. No change, no row.
CREATE OR REPLACE VIEW semarak.report_tier_movement_by_month AS
SELECT
    substring(toString(day), 1, 7) AS month,
    from_tier,
    to_tier,
    count() AS changes
FROM
(
    SELECT
        ifNull(business_day, toDate32(toTimeZone(occurred_at, assumeNotNull(ifNull(
            (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
            'UTC'))))) AS day,
        from_tier,
        to_tier
    FROM semarak.tier_steps
    WHERE programme = {programme:String}
    UNION ALL
    SELECT last_day + 1, toString(from_tier), toString(to_tier)
    FROM semarak.tier_endings
    WHERE programme = {programme:String} AND last_day < {as_of:Date32}
)
WHERE day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
GROUP BY month, from_tier, to_tier
ORDER BY
    month,
    indexOf(['none', 'temporary', 'blue', 'gold'], from_tier),
    indexOf(['none', 'temporary', 'blue', 'gold'], to_tier);

-- Entries up to as_of by business day: a refund takes points back on the day of its sale, as it takes spend. given is
-- what was earned less what was reversed; expired what a month's end has taken since its lot was good, whether a record of
-- the member has told it yet or not, on the day after; redeemed is every other kind of entry, taken off the balance.
-- outstanding is what all members together hold at the end of as_of, debts taken off: everything given less everything
-- redeemed and expired. What was told of a lot is taken off what is left of it, so that nothing is counted twice.
CREATE OR REPLACE VIEW semarak.report_points AS
WITH
    (SELECT groupArray(version) FROM semarak.expiring_versions WHERE programme = {programme:String}) AS versions,
    (SELECT groupArray(months) FROM semarak.expiring_versions WHERE programme = {programme:String}) AS terms
SELECT
    figures.1 AS period,
    figures.2 AS given,
    figures.3 AS redeemed,
    figures.4 AS expired,
    balance AS outstanding
FROM
(
    SELECT
        sum(points) AS balance,
        sumIf(points, is_given AND day = {as_of:Date32}) AS given_today,
        -sumIf(points, is_redeemed AND day = {as_of:Date32}) AS redeemed_today,
        -sumIf(points, is_expired AND day = {as_of:Date32}) AS expired_today,
        sumIf(points, is_given AND day >= toStartOfMonth({as_of:Date32})) AS given_month,
        -sumIf(points, is_redeemed AND day >= toStartOfMonth({as_of:Date32})) AS redeemed_month,
        -sumIf(points, is_expired AND day >= toStartOfMonth({as_of:Date32})) AS expired_month,
        sumIf(points, is_given AND day >= toStartOfYear({as_of:Date32})) AS given_year,
        -sumIf(points, is_redeemed AND day >= toStartOfYear({as_of:Date32})) AS redeemed_year,
        -sumIf(points, is_expired AND day >= toStartOfYear({as_of:Date32})) AS expired_year
    FROM
    (
        SELECT
            entry.1 AS day,
            entry.2 AS points,
            entry.3 = 'given' AS is_given,
            entry.3 = 'expired' AS is_expired,
            entry.3 = 'redeemed' AS is_redeemed
        FROM
        (
            SELECT
                last_day,
                groupArray((d.day, d.points, d.kind)) AS told,
                greatest(0, sum(d.points)) AS untold
            FROM
            (
                SELECT
                    multiIf(e.kind = 'expired', 'expired', e.kind IN ('earned', 'reversed'), 'given', 'redeemed') AS kind,
                    e.business_day AS day,
                    multiIf(
                        kind = 'expired', day - 1,
                        kind = 'redeemed' OR NOT has(versions, e.programme_version), toDate32('2299-12-31'),
                        toDate32(addMonths(
                            toStartOfMonth(day),
                            terms[indexOf(versions, e.programme_version)] + 1)) - 1) AS last_day,
                    sum(e.points) AS points
                FROM semarak.point_entries AS e
                WHERE e.programme = {programme:String}
                GROUP BY kind, day, last_day
            ) AS d
            GROUP BY last_day
        )
        ARRAY JOIN arrayConcat(
            told,
            if(last_day < {as_of:Date32}, [(last_day + 1, -untold, 'expired')], [])) AS entry
    )
    WHERE day <= {as_of:Date32}
)
ARRAY JOIN [
    ('today', given_today, redeemed_today, expired_today),
    ('month_to_date', given_month, redeemed_month, expired_month),
    ('year_to_date', given_year, redeemed_year, expired_year)] AS figures;

-- Numbers of the sales of each business day of the year up to as_of, by what they are now: issued ones
-- are in the draw, voided ones are not and are never issued again. No number, no row.
CREATE OR REPLACE VIEW semarak.report_tickets_by_day AS
SELECT
    business_day AS day,
    draw,
    countIf(status = 'issued') AS issued,
    countIf(status = 'voided') AS voided
FROM semarak.draw_tickets
WHERE programme = {programme:String}
    AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
GROUP BY day, draw
ORDER BY day, draw;

-- Gifts of the sales of each business day of the year up to as_of, by what they are now. No gift, no row.
CREATE OR REPLACE VIEW semarak.report_gifts_by_day AS
SELECT
    business_day AS day,
    campaign,
    gift,
    edition,
    countIf(status = 'earned') AS earned,
    countIf(status = 'returned') AS returned,
    countIf(status = 'unavailable') AS unavailable,
    countIf(status = 'claimed') AS claimed
FROM semarak.gifts
WHERE programme = {programme:String}
    AND business_day BETWEEN toStartOfYear({as_of:Date32}) AND {as_of:Date32}
GROUP BY day, campaign, gift, edition
ORDER BY day, campaign, gift, edition;

-- The editions of as_of's month, also those of which none was given: each month's stock is one of its
-- own. stock is what the version in force at as_of says; what sales up to as_of hold of it now is taken
-- off. A gift that was handed over and then withdrawn (claimed) is gone too.
CREATE OR REPLACE VIEW semarak.report_gift_stock AS
SELECT
    s.campaign AS campaign,
    s.gift AS gift,
    s.edition AS edition,
    s.month AS month,
    s.stock AS stock,
    greatest(0, s.stock - toInt64(ifNull(t.taken, 0))) AS stock_left
FROM
(
    SELECT
        stocked.campaign AS campaign,
        stocked.gift AS gift,
        stocked.edition AS edition,
        stocked.month AS month,
        stocked.stock AS stock
    FROM semarak.programme_in_force(programme = {programme:String}, as_of = {as_of:Date32})
    ARRAY JOIN gifts AS stocked
    WHERE stocked.month = substring(toString({as_of:Date32}), 1, 7)
) AS s
LEFT JOIN
(
    SELECT campaign, edition, countIf(status IN ('earned', 'claimed')) AS taken
    FROM semarak.gifts
    WHERE programme = {programme:String}
        AND business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32}
    GROUP BY campaign, edition
) AS t ON t.campaign = s.campaign AND t.edition = s.edition
ORDER BY campaign, gift, edition;

-- Who bought enough in as_of's month, up to it, to be near some tier even if all of it counts.
CREATE OR REPLACE VIEW semarak.month_buyers AS
SELECT p.member_id AS member_id
FROM semarak.sale_postings AS p
WHERE p.programme = {programme:String}
    AND p.business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32}
    AND p.has_member
GROUP BY member_id
HAVING sum(p.remaining_change) * 2 >=
(
    SELECT arrayMin(arrayFilter(spend -> spend > 0, tiers.month_spend))
    FROM semarak.programme_in_force(programme = {programme:String}, as_of = {as_of:Date32})
);

-- Active members of whom at least half of the next tier's month spend is reached, the nearest first.
-- month_spend counts as for the tier: what remains of the sales from the activating one on, in the
-- history's order, of as_of's month and up to it by business day. The tier is that of the last change
-- with a business day up to as_of; what a month's end takes away is known here from the member's next
-- record on. missing is 0 when a new version has lowered a threshold that the member's next sale will
-- find reached.
CREATE OR REPLACE VIEW semarak.report_members_near_next_tier AS
SELECT
    member_id,
    tier,
    next.tier AS next_tier,
    month_spend,
    greatest(0, next.month_spend - month_spend) AS missing
FROM
(
    SELECT
        m.member_id AS member_id,
        if(u.tier = '', m.tier, u.tier) AS tier,
        s.month_spend AS month_spend,
        arrayFirst(
            t -> indexOf(['none', 'temporary', 'blue', 'gold'], t.tier)
                > indexOf(['none', 'temporary', 'blue', 'gold'], tier),
            f.tiers) AS next
    FROM
    (
        SELECT p.member_id AS member_id, sum(p.remaining_change) AS month_spend
        FROM semarak.sale_postings AS p
        INNER JOIN
        (
            SELECT member_id, activated_at, activated_by
            FROM semarak.member_activation
            WHERE programme = {programme:String}
                AND member_id IN (
                    SELECT member_id
                    FROM semarak.month_buyers(programme = {programme:String}, as_of = {as_of:Date32}))
        ) AS a ON a.member_id = p.member_id
        WHERE p.programme = {programme:String}
            AND p.business_day BETWEEN toStartOfMonth({as_of:Date32}) AND {as_of:Date32}
            AND (p.sold_at, p.transaction_id) >= (assumeNotNull(a.activated_at), a.activated_by)
            AND a.activated_at IS NOT NULL
        GROUP BY member_id
    ) AS s
    INNER JOIN
    (
        SELECT
            c.member_id AS member_id,
            toString(argMax(c.to_tier, (c.source_offset, c.ordinal))) AS tier
        FROM semarak.tier_steps AS c
        WHERE c.programme = {programme:String}
            AND c.member_id IN (
                SELECT member_id FROM semarak.month_buyers(programme = {programme:String}, as_of = {as_of:Date32}))
            AND ifNull(c.business_day, toDate32(toTimeZone(c.occurred_at, assumeNotNull(ifNull(
                (SELECT any(time_zone) FROM semarak.programmes WHERE programme = {programme:String}),
                'UTC'))))) <= {as_of:Date32}
        GROUP BY member_id
    ) AS m ON m.member_id = s.member_id
    LEFT JOIN
    (
        SELECT member_id, toString(argMax(o.to_tier, (o.last_day, o.step))) AS tier
        FROM semarak.tier_endings AS o
        WHERE o.programme = {programme:String} AND o.last_day < {as_of:Date32}
        GROUP BY member_id
    ) AS u ON u.member_id = s.member_id
    CROSS JOIN semarak.programme_in_force(programme = {programme:String}, as_of = {as_of:Date32}) AS f
    WHERE m.tier != 'none'
)
WHERE next.tier != '' AND month_spend * 2 >= next.month_spend
ORDER BY missing, member_id;

-- Recency, frequency and monetary value of each member who bought in the 365 days up to as_of. A score
-- is the fifth of all these members, 1 to 5, that the member's value begins in: one more than five times
-- the share of members with a smaller value, rounded down. Equal values have equal scores.
--
-- The groups are those of the RFM segmentation of Bloomreach Engagement
-- (documentation.bloomreach.com/engagement/docs/rfm-segmentation), which gives each of the 125 codes of
-- recency, frequency and monetary score to one of eleven.
CREATE OR REPLACE VIEW semarak.member_value AS
SELECT
    member_id,
    last_day,
    toUInt16(dateDiff('day', last_day, {as_of:Date32})) AS recency_days,
    sales,
    spend,
    recency_score,
    frequency_score,
    monetary_score,
    multiIf(
        code IN (555, 554, 544, 545, 454, 455, 445), 'champions',
        code IN (543, 444, 435, 355, 354, 345, 344, 335), 'loyal',
        code IN (553, 551, 552, 541, 542, 533, 532, 531, 452, 451, 442, 441, 431, 453, 433, 432, 423, 353, 352,
            351, 342, 341, 333, 323), 'potential_loyalists',
        code IN (512, 511, 422, 421, 412, 411, 311), 'new',
        code IN (525, 524, 523, 522, 521, 515, 514, 513, 425, 424, 413, 414, 415, 315, 314, 313), 'promising',
        code IN (535, 534, 443, 434, 343, 334, 325, 324), 'need_attention',
        code IN (331, 321, 312, 221, 213, 231, 241, 251), 'about_to_sleep',
        code IN (255, 254, 245, 244, 253, 252, 243, 242, 235, 234, 225, 224, 153, 152, 145, 143, 142, 135, 134,
            133, 125, 124), 'at_risk',
        code IN (155, 154, 144, 214, 215, 115, 114, 113), 'cannot_lose',
        code IN (332, 322, 233, 232, 223, 222, 132, 123, 122, 212, 211), 'hibernating',
        'lost') AS member_group
FROM
(
    SELECT
        *,
        toUInt8(intDiv(5 * (rank() OVER (ORDER BY last_day) - 1), count() OVER ()) + 1) AS recency_score,
        toUInt8(intDiv(5 * (rank() OVER (ORDER BY sales) - 1), count() OVER ()) + 1) AS frequency_score,
        toUInt8(intDiv(5 * (rank() OVER (ORDER BY spend) - 1), count() OVER ()) + 1) AS monetary_score,
        recency_score * 100 + frequency_score * 10 + monetary_score AS code
    FROM
    (
        SELECT
            member_id,
            addDays({as_of:Date32}, -toInt32(arrayMin(
                d -> if(has(ended, d) AND countEqual(ended, d) >= countEqual(begun, d), 365, d),
                begun))) AS last_day,
            b.sales AS sales,
            b.spend AS spend
        FROM
        (
            SELECT
                member_id,
                sum(p.standing_change) AS sales,
                sum(p.remaining_change) AS spend,
                -- Days before as_of on which a sale began or ceased to stand: one that has as many of both is
                -- no last day. Kept as small numbers: twenty million groups by day would be gigabytes.
                groupArrayIf(toUInt16(dateDiff('day', p.business_day, {as_of:Date32})), p.standing_change > 0) AS begun,
                groupArrayIf(toUInt16(dateDiff('day', p.business_day, {as_of:Date32})), p.standing_change < 0) AS ended
            FROM semarak.sale_postings AS p
            WHERE programme = {programme:String}
                AND business_day BETWEEN addDays({as_of:Date32}, -364) AND {as_of:Date32}
                AND has_member
            GROUP BY member_id
            HAVING sales > 0
        ) AS b
    )
);

-- Who is valuable, who is leaving. A group without members has no row.
CREATE OR REPLACE VIEW semarak.report_member_groups AS
SELECT
    member_group,
    count() AS members,
    sum(v.sales) AS sales,
    sum(v.spend) AS spend,
    sum(v.spend) / count() AS average_spending,
    avg(v.recency_days) AS average_recency_days
FROM semarak.member_value(programme = {programme:String}, as_of = {as_of:Date32}) AS v
GROUP BY member_group
ORDER BY indexOf(
    ['champions', 'loyal', 'potential_loyalists', 'new', 'promising', 'need_attention', 'about_to_sleep', 'at_risk',
        'cannot_lose', 'hibernating', 'lost'],
    member_group);
