-- Once for each month: its sales, number {from} and on, in random order within the month. Nothing here
-- depends on anything but the number, so that a fill can be repeated and gives the same.

INSERT INTO {facts}.sale_postings
    (programme, programme_version, transaction_id, member_id, tenant_id, business_day, sold_at, amount,
     remaining, remaining_change, points, points_change, balance, tickets, gift, parking, cause,
     occurred_at, received_at, source_partition, source_offset, ordinal)
WITH
    toDate32('{month}') AS month,
    -- A Saturday or Sunday has more visitors than a Tuesday.
    arrayMap(d -> [10, 9, 9, 10, 13, 19, 18][toDayOfWeek(month + d)], range({days})) AS weights,
    arrayCumSum(weights) AS shares,
    [10, 11, 11, 11, 12, 12, 12, 12, 13, 13, 14, 15, 16, 17, 17, 18, 18, 19, 19, 20, 21] AS hours,
    x -> x / 18446744073709551616. AS unit
SELECT
    '{programme}',
    2,
    sale_id,
    member,
    tenant,
    day,
    sold,
    paid,
    if(step = 0, paid, left_over),
    if(step = 0, paid, left_over - paid),
    if(member = '', 0, intDiv(if(step = 0, paid, left_over), 250000)) AS earned,
    if(step = 0, earned, earned - if(member = '', 0, intDiv(paid, 250000))),
    cityHash64(member) % 4000,
    toUInt32(step = 0 AND member != '' AND paid >= 500000),
    multiIf(step = 1 OR member = '' OR paid < 750000, '', paid < 1000000, 'magic-balloon', 'teddy-bear'),
    step = 0 AND member != '' AND hour BETWEEN 18 AND 21,
    if(step = 0, sale_id, concat(sale_id, '9')),
    changed,
    changed + toIntervalSecond(1),
    cityHash64(if(member = '', terminal, member)) % {partitions},
    2 * number + step,
    0
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
        range(1 + is_refunded) AS steps,
        sold + toIntervalSecond(pow(unit(cityHash64(number, 'late')), 6) * 40 * 86400) AS refunded
    FROM numbers({from}, {sales})
)
ARRAY JOIN steps AS step, arrayMap(s -> if(s = 0, sold, refunded), steps) AS changed;
