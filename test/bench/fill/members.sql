-- Once, before the sales. {facts}: the database of the generation; the other words in braces are numbers
-- and texts that the command puts in.

-- Which members were in which category in the months that are filled, and whether a sale there still stands.
CREATE DATABASE IF NOT EXISTS bench;

CREATE OR REPLACE TABLE bench.visits (member String, category String, stands UInt8)
ENGINE = MergeTree ORDER BY (member, category);

-- Every version is there once for each partition. In the second one a tenant has changed its category.
INSERT INTO {facts}.programme_publications
    (programme, version, name, effective_from, time_zone, currency, published_at, tenants,
     source_partition, source_offset, ordinal)
SELECT
    '{programme}',
    intDiv(number, {partitions}) + 1 AS edition,
    'A mall of {tenants} tenants',
    '{year}-01-01T00:00',
    'Asia/Jakarta',
    'IDR',
    '{year}-01-01 00:00:00',
    arrayMap(n -> (
        concat('T', leftPad(toString(n), 3, '0')),
        concat('Tenant ', toString(n)),
        concat('Category ', leftPad(toString(if(n = 1 AND edition = 2, 2, n % {categories})), 2, '0')),
        toString(n % 6)), range({tenants})),
    number % {partitions},
    intDiv(number, {partitions}),
    0
FROM numbers(2 * {partitions});

-- Two of a hundred members are never enrolled, four of ten were before the year, the others in its course.
INSERT INTO {facts}.member_enrolments
    (programme, member_id, enrolled_at, received_at, source_partition, source_offset, ordinal)
SELECT
    '{programme}',
    concat('M', leftPad(toString(number), 7, '0')) AS member,
    toDateTime64('{year}-01-01 03:00:00', 3, 'UTC')
        + toIntervalMinute(if(cityHash64(number, 'before') % 10 < 4, -1, 1)
            * toInt64(cityHash64(number, 'enrolled') % (365 * 24 * 60))) AS enrolled,
    enrolled + toIntervalSecond(1),
    cityHash64(member) % {partitions},
    10 + number,
    0
FROM numbers({members})
WHERE number % 50 != 7;

-- One of twenty has no profile, one of fifty has told something else later.
INSERT INTO {facts}.member_profiles
    (programme, member_id, gender, birth_date, zone, received_at, source_partition, source_offset, ordinal)
SELECT
    '{programme}',
    concat('M', leftPad(toString(number), 7, '0')) AS member,
    ['female', 'female', 'female', 'male', 'male', 'male', 'other', 'unknown'][cityHash64(number, 'gender') % 8 + 1],
    if(cityHash64(number, 'no birth date') % 30 = 0, NULL,
        toDate32('1944-01-01') + toInt32(cityHash64(number, 'birth date') % 21900)),
    concat('Zone ', leftPad(toString(intDiv(cityHash64(number, 'zone', change) % 144, 1 + cityHash64(number) % 12)), 3, '0')),
    toDateTime64('{year}-01-01 00:00:00', 3, 'UTC') + toIntervalDay(change * 100),
    cityHash64(member) % {partitions},
    2 * number + change,
    0
FROM numbers({members})
ARRAY JOIN range(if(number % 50 = 9, 2, 1)) AS change
WHERE number % 20 != 3;
