-- Once for each month: its sales, number {from} and on, in random order within the month. Nothing here
-- depends on anything but the number, so that a fill can be repeated and gives the same.

-- The sales themselves. Of each the category is the tenant's by the version that decides, the second.
CREATE OR REPLACE TABLE bench.sales ENGINE = MergeTree ORDER BY number AS
WITH
    toDate32('{month}') AS month,
    -- A Saturday or Sunday has more visitors than a Tuesday.
    arrayMap(d -> [10, 9, 9, 10, 13, 19, 18][toDayOfWeek(month + d)], range({days})) AS weights,
    arrayCumSum(weights) AS shares,
    [10, 11, 11, 11, 12, 12, 12, 12, 13, 13, 14, 15, 16, 17, 17, 18, 18, 19, 19, 20, 21] AS hours,
    x -> x / 18446744073709551616. AS unit
SELECT
    *,
    concat('Category ', leftPad(toString(if(shop = 1, 2, shop % {categories})), 2, '0')) AS category,
    (member != '') AND NOT (is_refunded AND left_over = 0) AS stands
FROM
(
    SELECT
        number,
        -- Some come every week, most now and then; one sale of eight is nobody's.
        if(cityHash64(number, 'anonymous') % 8 = 0, '',
            concat('M', leftPad(toString(toUInt32({members} * pow(unit(cityHash64(number, 'member')), 2.5))), 7, '0'))) AS member,
        toUInt32({tenants} * pow(unit(cityHash64(number, 'tenant')), 1.4)) AS shop,
        concat('T', leftPad(toString(shop), 3, '0')) AS tenant,
        concat(tenant, '-', toString(number % 3)) AS terminal,
        month + toInt32(arrayFirstIndex(s -> s > cityHash64(number, 'day') % shares[-1], shares) - 1) AS day,
        concat(terminal, '/', toString(day), '/', toString(number)) AS sale_id,
        hours[cityHash64(number, 'hour') % length(hours) + 1] AS hour,
        -- One of three hundred is rung up after midnight, and is the day before's.
        toDateTime64(day, 3, 'UTC') - toIntervalHour(7)
            + toIntervalSecond(if(number % 300 = 0, 24 * 3600, hour * 3600) + cityHash64(number, 'second') % 3600) AS sold,
        500 * toInt64(40 + exp(5.5 + 1.3 * (unit(cityHash64(number, 'a')) + unit(cityHash64(number, 'b'))
            + unit(cityHash64(number, 'c')) + unit(cityHash64(number, 'd')) - 2) * 1.7)) AS paid,
        -- Three of a hundred are refunded or voided, a third of them to zero, some weeks later.
        cityHash64(number, 'refund') % 100 < 3 AS is_refunded,
        if(cityHash64(number, 'whole') % 3 = 0, 0, 500 * intDiv(paid, 1500)) AS left_over,
        sold + toIntervalSecond(pow(unit(cityHash64(number, 'late')), 6) * 40 * 86400) AS refunded
    FROM numbers({from}, {sales})
);

-- What each sale is the first of, among those of its member in the month, when all stand and once the refunds
-- are in: 1 of its day, 2 of the month.
CREATE OR REPLACE TABLE bench.firsts ENGINE = MergeTree ORDER BY number AS
SELECT
    number,
    multiIf(in_mall = 0, 2, in_mall < day, 1, 0) AS mall,
    multiIf(in_category = 0, 2, in_category < day, 1, 0) AS in_its_category,
    multiIf(NOT stands, 0, left_in_mall = 0, 2, left_in_mall < day, 1, 0) AS mall_left,
    multiIf(NOT stands, 0, left_in_category = 0, 2, left_in_category < day, 1, 0) AS in_its_category_left
FROM
(
    SELECT
        number,
        stands,
        toInt32(day) AS day,
        max(toInt32(day)) OVER (PARTITION BY member ORDER BY day, sold, sale_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS in_mall,
        max(toInt32(day)) OVER (PARTITION BY member, category ORDER BY day, sold, sale_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS in_category,
        max(stands * toInt32(day)) OVER (PARTITION BY member ORDER BY day, sold, sale_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS left_in_mall,
        max(stands * toInt32(day)) OVER (PARTITION BY member, category ORDER BY day, sold, sale_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS left_in_category
    FROM bench.sales
    WHERE member != ''
);

-- What accrual posts of them.
CREATE OR REPLACE TABLE bench.postings ENGINE = MergeTree ORDER BY source_offset AS
SELECT
    '{programme}' AS programme,
    2 AS programme_version,
    sale_id AS transaction_id,
    member AS member_id,
    tenant AS tenant_id,
    category,
    day AS business_day,
    sold AS sold_at,
    paid AS amount,
    if(step = 1, left_over, paid) AS remaining,
    multiIf(step = 0, paid, step = 1, left_over - paid, 0) AS remaining_change,
    if(step = 0, category_first, category_first_left) AS first_in_category,
    if(step = 0, category_first, category_first_left - category_first) AS first_in_category_change,
    if(step = 0, 0, mall_first) AS first_in_mall_before,
    if(step = 0, mall_first, mall_first_left) AS first_in_mall,
    if(member = '', 0, intDiv(remaining, 250000)) AS points,
    multiIf(step = 0, points, step = 1, points - if(member = '', 0, intDiv(paid, 250000)), 0) AS points_change,
    cityHash64(member) % 4000 AS balance,
    toUInt32(step != 1 AND member != '' AND paid >= 500000) AS tickets,
    multiIf(step = 1 OR member = '' OR paid < 750000, '', paid < 1000000, 'magic-balloon', 'teddy-bear') AS gift,
    step != 1 AND member != '' AND hour BETWEEN 18 AND 21 AS parking,
    if(step = 0, sale_id, concat(sale_id, '9')) AS cause,
    changed AS occurred_at,
    changed + toIntervalSecond(1) AS received_at,
    cityHash64(if(member = '', terminal, member)) % {partitions} AS source_partition,
    3 * number + step AS source_offset,
    0 AS ordinal
FROM
(
    SELECT
        s.number AS number,
        s.member AS member,
        s.tenant AS tenant,
        s.terminal AS terminal,
        s.category AS category,
        s.day AS day,
        s.sold AS sold,
        s.hour AS hour,
        s.sale_id AS sale_id,
        s.paid AS paid,
        s.left_over AS left_over,
        s.is_refunded AS is_refunded,
        s.refunded AS refunded,
        -- A month's first is the year's when its member was not there in the months before.
        f.mall + (f.mall = 2 AND b.mall = 0) AS mall_first,
        f.mall_left + (f.mall_left = 2 AND b.mall_left = 0) AS mall_first_left,
        f.in_its_category + (f.in_its_category = 2 AND c.in_category = 0) AS category_first,
        f.in_its_category_left + (f.in_its_category_left = 2 AND c.in_category_left = 0) AS category_first_left,
        -- A refund, and what it makes another sale the first of.
        multiIf(is_refunded, [0, 1], category_first != category_first_left OR mall_first != mall_first_left, [0, 2], [0]) AS steps
    FROM bench.sales AS s
    LEFT JOIN bench.firsts AS f ON f.number = s.number
    LEFT JOIN
    (
        SELECT member, 1 AS mall, max(stands) AS mall_left FROM bench.visits GROUP BY member
    ) AS b ON b.member = s.member
    LEFT JOIN
    (
        SELECT member, category, 1 AS in_category, max(stands) AS in_category_left FROM bench.visits GROUP BY member, category
    ) AS c ON c.member = s.member AND c.category = s.category
)
ARRAY JOIN steps AS step, arrayMap(s -> if(s = 0, sold, refunded), steps) AS changed;

INSERT INTO {facts}.sale_postings
    (programme, programme_version, transaction_id, member_id, tenant_id, category, business_day, sold_at, amount,
     remaining, remaining_change, first_in_category, first_in_category_change, points, points_change, balance,
     tickets, gift, parking, cause, occurred_at, received_at, source_partition, source_offset, ordinal)
SELECT * EXCEPT (first_in_mall_before, first_in_mall)
FROM bench.postings;

INSERT INTO {facts}.member_firsts
    (programme, period, business_day, member_id, change, source_partition, source_offset, ordinal)
SELECT
    programme,
    ['today', 'month_to_date', 'year_to_date'][level + 1],
    business_day,
    member_id,
    if(first_in_mall > first_in_mall_before, 1, -1),
    source_partition,
    source_offset,
    ordinal
FROM bench.postings
ARRAY JOIN range(least(first_in_mall_before, first_in_mall), greatest(first_in_mall_before, first_in_mall)) AS level;

INSERT INTO bench.visits
SELECT member, category, max(stands)
FROM bench.sales
WHERE member != ''
GROUP BY member, category;
