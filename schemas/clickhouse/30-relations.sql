-- What analysts read: current rows, computed from the facts. "The newest" is by the place of the
-- cause in the log, which orders all facts about one entity.

-- One row a version: that of the publication that stands. Of two publications of a version the first in the
-- partition that decides stands, partition 0, and no partition takes another.
CREATE OR REPLACE VIEW semarak.programme_versions AS
SELECT
    programme,
    version,
    name,
    effective_from,
    time_zone,
    currency,
    published_at,
    tenants,
    tiers,
    gifts,
    points_expire_after_months,
    tier_months,
    utc_offsets,
    source_partition,
    source_offset
FROM semarak.programme_publications
ORDER BY source_partition, source_offset
LIMIT 1 BY programme, version;

CREATE OR REPLACE VIEW semarak.programmes AS
SELECT
    programme,
    max(v.version) AS version,
    argMax(v.name, v.version) AS name,
    argMax(v.effective_from, v.version) AS effective_from,
    argMax(v.time_zone, v.version) AS time_zone,
    argMax(v.currency, v.version) AS currency
FROM semarak.programme_versions AS v
GROUP BY programme;

CREATE OR REPLACE VIEW semarak.tenants AS
SELECT
    programme,
    tenant.tenant_id AS tenant_id,
    tenant.name AS name,
    tenant.category AS category,
    tenant.floor AS floor
FROM
(
    SELECT programme, argMax(tenants, version) AS newest
    FROM semarak.programme_versions
    GROUP BY programme
)
ARRAY JOIN newest AS tenant;

-- A tenant that has left is in no new version; it keeps what the last that named it says.
CREATE OR REPLACE VIEW semarak.tenant_details AS
SELECT
    programme,
    tenant.tenant_id AS tenant_id,
    argMax(tenant.name, version) AS name,
    argMax(tenant.category, version) AS category,
    argMax(tenant.floor, version) AS floor
FROM semarak.programme_versions
ARRAY JOIN tenants AS tenant
GROUP BY programme, tenant_id;

CREATE OR REPLACE VIEW semarak.tenant_categories AS
SELECT programme, tenant_id, category
FROM semarak.tenant_details;

CREATE OR REPLACE VIEW semarak.transactions AS
SELECT
    r.programme AS programme,
    r.transaction_id AS transaction_id,
    r.type AS type,
    r.terminal_id AS terminal_id,
    nullIf(r.member_id, '') AS member_id,
    nullIf(r.tenant_id, '') AS tenant_id,
    if(r.tenant_id = '', NULL, coalesce(nullIf(t.category, ''), 'unknown')) AS category,
    r.business_day AS business_day,
    r.occurred_at AS occurred_at,
    r.received_at AS received_at,
    r.amount AS amount,
    nullIf(r.currency, '') AS currency,
    nullIf(r.original_id, '') AS original_id,
    r.source_partition AS source_partition,
    r.source_offset AS source_offset
FROM semarak.transaction_records AS r
LEFT JOIN semarak.tenant_categories AS t ON t.programme = r.programme AND t.tenant_id = r.tenant_id;

-- The category is that of the version that decided.
CREATE OR REPLACE VIEW semarak.sales AS
SELECT
    s.programme AS programme,
    s.transaction_id AS transaction_id,
    nullIf(s.member_id, '') AS member_id,
    s.tenant_id AS tenant_id,
    coalesce(nullIf(s.category, ''), 'unknown') AS category,
    s.business_day AS business_day,
    s.occurred_at AS occurred_at,
    s.amount AS amount,
    s.remaining AS remaining,
    s.points AS points,
    s.programme_version AS programme_version
FROM
(
    SELECT
        programme,
        business_day,
        transaction_id,
        member_id,
        any(p.tenant_id) AS tenant_id,
        argMax(toString(p.category), (p.source_offset, p.ordinal)) AS category,
        any(p.sold_at) AS occurred_at,
        any(p.amount) AS amount,
        argMax(p.remaining, (p.source_offset, p.ordinal)) AS remaining,
        argMax(p.points, (p.source_offset, p.ordinal)) AS points,
        argMax(p.programme_version, (p.source_offset, p.ordinal)) AS programme_version
    FROM semarak.sale_postings AS p
    GROUP BY programme, business_day, transaction_id, member_id
) AS s;

-- Each tenant's business days, sales with a member apart from anonymous ones: what the reports sum. Answered
-- from the projection of the same name.
CREATE OR REPLACE VIEW semarak.tenant_days AS
SELECT
    programme,
    business_day,
    tenant_id,
    has_member,
    count() AS postings,
    sum(p.standing_change) AS sales,
    sum(p.remaining_change) AS spend
FROM semarak.sale_postings AS p
GROUP BY programme, business_day, tenant_id, has_member;

-- What records have told of points. business_day is that of the sale, whenever it is corrected; what a month's end
-- takes is gone from the next day on.
CREATE OR REPLACE VIEW semarak.point_entries AS
SELECT
    programme,
    member_id,
    toNullable(transaction_id) AS transaction_id,
    points_change AS points,
    balance,
    if(points_change > 0, 'earned', 'reversed') AS kind,
    business_day,
    p.occurred_at AS occurred_at,
    programme_version,
    cause,
    source_partition,
    source_offset,
    ordinal
FROM semarak.sale_postings AS p
WHERE points_change != 0
UNION ALL
SELECT
    programme,
    member_id,
    CAST(NULL, 'Nullable(String)') AS transaction_id,
    points_change AS points,
    balance,
    'expired' AS kind,
    last_day + 1 AS business_day,
    e.occurred_at AS occurred_at,
    programme_version,
    cause,
    source_partition,
    source_offset,
    ordinal
FROM semarak.point_expiries AS e;

-- Versions by which points expire.
CREATE OR REPLACE VIEW semarak.expiring_versions AS
SELECT programme, version, any(v.points_expire_after_months) AS months
FROM semarak.programme_versions AS v
WHERE v.points_expire_after_months > 0
GROUP BY programme, version;

-- What has ended with the last month of which every business day is closed.
CREATE OR REPLACE VIEW semarak.closed_months AS
SELECT
    programme,
    toDate32(toStartOfMonth(max(c.business_day) + 1)) - 1 AS closed_through
FROM semarak.business_days_closed AS c
GROUP BY programme;

-- Lots of points that were good through a closed month, of which no record of the member has told yet that they
-- have expired: accrual tells it with the member's next record. A lot is what a month's sales earned by versions with
-- one term; what was told of it is taken off, so that nothing is left of one that was told.
CREATE OR REPLACE VIEW semarak.untold_expiries AS
SELECT
    programme,
    member_id,
    lots[place].1 AS last_day,
    -lots[place].2 AS points,
    told - arraySum(arrayMap(l -> l.2, arraySlice(lots, 1, place))) AS balance
FROM
(
    SELECT
        programme,
        member_id,
        sum(l.lot_points) AS told,
        arraySort(groupArrayIf((l.last_day, l.lot_points), l.lot_points > 0 AND l.last_day <= l.closed_through)) AS lots
    FROM
    (
        SELECT
            e.programme AS programme,
            e.member_id AS member_id,
            multiIf(
                e.kind = 'expired', e.business_day - 1,
                v.months > 0, toDate32(addMonths(toStartOfMonth(e.business_day), v.months + 1)) - 1,
                toDate32('2299-12-31')) AS last_day,
            any(c.closed_through) AS closed_through,
            sum(e.points) AS lot_points
        FROM semarak.point_entries AS e
        INNER JOIN semarak.closed_months AS c ON c.programme = e.programme
        LEFT JOIN semarak.expiring_versions AS v ON v.programme = e.programme AND v.version = e.programme_version
        WHERE e.programme IN (SELECT programme FROM semarak.expiring_versions) AND e.member_id != ''
        GROUP BY programme, member_id, last_day
    ) AS l
    GROUP BY programme, member_id
    HAVING notEmpty(lots)
)
ARRAY JOIN arrayEnumerate(lots) AS place;

-- The first midnight of months on each mall's clock, and the version in force before it.
CREATE OR REPLACE VIEW semarak.month_beginnings AS
SELECT
    programme,
    argMax(v.utc_offsets, v.version) AS utc_offsets,
    arraySort(groupUniqArray((v.effective_from, v.version))) AS versions
FROM semarak.programme_versions AS v
GROUP BY programme;

-- Every entry of the points, those included that have expired with a closed month and that the member's next record
-- will tell: they have no cause and no place in the log, and source_offset is -1.
CREATE OR REPLACE VIEW semarak.points_ledger AS
SELECT * FROM semarak.point_entries
UNION ALL
SELECT
    programme,
    member_id,
    CAST(NULL, 'Nullable(String)') AS transaction_id,
    u.points AS points,
    u.balance AS balance,
    'expired' AS kind,
    u.last_day + 1 AS business_day,
    fromUnixTimestamp64Milli(
        toInt64(toInt32(u.last_day + 1)) * 86400000
            - arrayLast(o -> o.1 <= toInt32(u.last_day + 1), m.utc_offsets).2 * 60000,
        'UTC') AS occurred_at,
    if(m.versions[1].1 > toString(u.last_day + 1), m.versions[1], arrayLast(
        v -> v.1 < concat(toString(u.last_day + 1), 'T00:00'), m.versions)).2 AS programme_version,
    '' AS cause,
    0 AS source_partition,
    -1 AS source_offset,
    0 AS ordinal
FROM semarak.untold_expiries AS u
INNER JOIN semarak.month_beginnings AS m ON m.programme = u.programme;

CREATE OR REPLACE VIEW semarak.tier_steps AS
SELECT
    programme,
    member_id,
    from_tier,
    to_tier,
    -- A transaction id has slashes, a member id has none; a month's end has no transaction.
    if(position(cause, '/') > 0 AND reason != 'month_closed', cause, NULL) AS transaction_id,
    -- Of that transaction; NULL: the mall's date of occurred_at.
    toDate32OrNull(splitByChar('/', ifNull(transaction_id, ''))[2]) AS business_day,
    occurred_at,
    reason,
    programme_version,
    cause,
    source_partition,
    source_offset,
    ordinal
FROM semarak.membership_changes
WHERE type = 'tier_changed';

-- From when on a member's sales count, and the first that does: NULL and nothing for one who is not active.
CREATE OR REPLACE VIEW semarak.member_activation AS
SELECT
    programme,
    member_id,
    argMax(tuple(c.activated_at), (c.source_offset, c.ordinal)).1 AS activated_at,
    argMax(c.activated_by, (c.source_offset, c.ordinal)) AS activated_by
FROM semarak.membership_changes AS c
WHERE c.type != 'tier_changed'
GROUP BY programme, member_id;

-- Versions by which a tier ends.
CREATE OR REPLACE VIEW semarak.ending_versions AS
SELECT
    programme,
    version,
    arrayMap(
        (t, months) -> (indexOf(['none', 'temporary', 'blue', 'gold'], t.1), t.2, months),
        any(v.tiers),
        any(v.tier_months)) AS rules
FROM semarak.programme_versions AS v
WHERE v.programme IN (
    SELECT programme FROM semarak.programme_versions WHERE arrayExists(months -> months > 0, tier_months))
GROUP BY programme, version;

-- The last day through which a member keeps each tier that a month's spend has reached; 2299-12-31: no end. What counts
-- is what remains of the sales from the activating one on, month by month, by the thresholds of the versions that
-- decided them. Members of programmes in which tiers end.
CREATE OR REPLACE VIEW semarak.kept_tiers AS
SELECT
    programme,
    member_id,
    reached.1 AS rank,
    max(if(reached.3 = 0, toDate32('2299-12-31'), toDate32(addMonths(month, reached.3 + 1)) - 1)) AS last_day
FROM
(
    SELECT
        m.programme AS programme,
        m.member_id AS member_id,
        m.month AS month,
        v.rules AS rules,
        m.counted[place].2 AS spend
    FROM
    (
        SELECT
            programme,
            member_id,
            month,
            arraySort(groupArray((s.version, s.spend))) AS by_version,
            arrayMap((v, sum) -> (v.1, sum), by_version, arrayCumSum(arrayMap(v -> v.2, by_version))) AS counted
        FROM
        (
            SELECT
                p.programme AS programme,
                p.member_id AS member_id,
                toStartOfMonth(p.business_day) AS month,
                p.programme_version AS version,
                sum(p.remaining_change) AS spend
            FROM semarak.sale_postings AS p
            INNER JOIN semarak.member_activation AS a
                ON a.programme = p.programme AND a.member_id = p.member_id
            WHERE p.has_member
                AND p.programme IN (SELECT programme FROM semarak.ending_versions)
                AND a.activated_at IS NOT NULL
                AND (p.sold_at, p.transaction_id) >= (assumeNotNull(a.activated_at), a.activated_by)
            GROUP BY programme, member_id, month, version
            HAVING spend > 0
        ) AS s
        GROUP BY programme, member_id, month
    ) AS m
    ARRAY JOIN arrayEnumerate(m.counted) AS place
    INNER JOIN semarak.ending_versions AS v ON v.programme = m.programme AND v.version = m.counted[place].1
)
ARRAY JOIN arrayFilter(r -> spend >= r.2, rules) AS reached
GROUP BY programme, member_id, rank;

-- When the tier that was told last ends, and then each lower one, step by step: also in days to come, unless it is reached
-- again. A lower tier follows if it is kept longer; the first is kept forever.
CREATE OR REPLACE VIEW semarak.tier_endings AS
SELECT
    programme,
    member_id,
    ['none', 'temporary', 'blue', 'gold'][steps[step].1] AS from_tier,
    ['none', 'temporary', 'blue', 'gold'][steps[step].2] AS to_tier,
    last_day,
    step
FROM
(
    SELECT
        programme,
        member_id,
        ends[place].2 AS last_day,
        arrayFilter(
            r -> r = ends[place + 1].1 OR has(ranks, r),
            arrayMap(d -> toInt64(ends[place].1) - d, range(1, toUInt64(ends[place].1 - ends[place + 1].1) + 1))) AS below,
        arrayMap((from_rank, to_rank) -> (from_rank, to_rank),
            arrayPushFront(arrayPopBack(below), toInt64(ends[place].1)), below) AS steps
    FROM
    (
        SELECT
            k.programme AS programme,
            k.member_id AS member_id,
            any(r.ranks) AS ranks,
            arrayReverseSort(groupArray((toInt64(k.rank), k.last_day))) AS kept,
            arrayFilter(
                (h, place) -> h.2 > arrayMax(arrayPushFront(
                    arrayMap(o -> o.2, arraySlice(kept, 1, place - 1)), toDate32('1900-01-01'))),
                kept,
                arrayEnumerate(kept)) AS ends
        FROM semarak.kept_tiers AS k
        INNER JOIN
        (
            SELECT
                programme,
                member_id,
                indexOf(['none', 'temporary', 'blue', 'gold'], argMax(c.to_tier, (c.source_offset, c.ordinal))) AS told
            FROM semarak.tier_steps AS c
            GROUP BY programme, member_id
        ) AS t ON t.programme = k.programme AND t.member_id = k.member_id
        INNER JOIN
        (
            SELECT programme, arrayMap(r -> toInt64(r.1), argMax(rules, version)) AS ranks
            FROM semarak.ending_versions
            GROUP BY programme
        ) AS r ON r.programme = k.programme
        WHERE k.rank <= t.told
        GROUP BY programme, member_id
    )
    ARRAY JOIN arrayEnumerate(ends) AS place
    WHERE place < length(ends)
)
ARRAY JOIN arrayEnumerate(steps) AS step;

-- Those of closed months, which accrual tells with the member's next record.
CREATE OR REPLACE VIEW semarak.untold_tier_endings AS
SELECT e.*
FROM semarak.tier_endings AS e
INNER JOIN semarak.closed_months AS c ON c.programme = e.programme
WHERE e.last_day <= c.closed_through;

-- Every step from one tier to another, those included that a closed month has taken and that the member's next record
-- will tell: they have no cause and no place in the log, and source_offset is -1.
CREATE OR REPLACE VIEW semarak.tier_changes AS
SELECT * FROM semarak.tier_steps
UNION ALL
SELECT
    programme,
    member_id,
    e.from_tier AS from_tier,
    e.to_tier AS to_tier,
    CAST(NULL, 'Nullable(String)') AS transaction_id,
    CAST(NULL, 'Nullable(Date32)') AS business_day,
    fromUnixTimestamp64Milli(
        toInt64(toInt32(e.last_day + 1)) * 86400000
            - arrayLast(o -> o.1 <= toInt32(e.last_day + 1), m.utc_offsets).2 * 60000,
        'UTC') AS occurred_at,
    'month_closed' AS reason,
    if(m.versions[1].1 > toString(e.last_day + 1), m.versions[1], arrayLast(
        v -> v.1 < concat(toString(e.last_day + 1), 'T00:00'), m.versions)).2 AS programme_version,
    '' AS cause,
    0 AS source_partition,
    -1 AS source_offset,
    e.step AS ordinal
FROM semarak.untold_tier_endings AS e
INNER JOIN semarak.month_beginnings AS m ON m.programme = e.programme;

CREATE OR REPLACE VIEW semarak.draw_tickets AS
SELECT
    programme,
    draw,
    number,
    any(c.member_id) AS member_id,
    any(c.transaction_id) AS transaction_id,
    argMax(c.status, (c.source_offset, c.ordinal)) AS status,
    any(c.business_day) AS business_day,
    minIf(c.occurred_at, c.status = 'issued') AS issued_at
FROM semarak.draw_ticket_changes AS c
GROUP BY programme, draw, number;

CREATE OR REPLACE VIEW semarak.gifts AS
SELECT
    programme,
    campaign,
    gift_id,
    any(c.gift) AS gift,
    any(c.edition) AS edition,
    any(c.member_id) AS member_id,
    any(c.transaction_id) AS transaction_id,
    argMax(c.status, (c.source_offset, c.ordinal)) AS status,
    any(c.business_day) AS business_day
FROM semarak.gift_changes AS c
GROUP BY programme, campaign, gift_id;

CREATE OR REPLACE VIEW semarak.parking_grants AS
SELECT
    programme,
    member_id,
    transaction_id,
    business_day,
    argMax(c.status, (c.source_offset, c.ordinal)) AS status
FROM semarak.parking_changes AS c
GROUP BY programme, business_day, transaction_id, member_id;

-- Records that were sent again: the same id and content, later in the log than the first. What is derived of a copy
-- is the first's; where accrual's memory has ended it takes a copy for a new record that comes too late.
CREATE OR REPLACE VIEW semarak.late_copies AS
SELECT source_partition, source_offset
FROM
(
    SELECT source_partition, groupArray(r.source_offset) AS offsets, min(r.source_offset) AS first_offset
    FROM semarak.transaction_records AS r
    WHERE (programme, business_day, transaction_id) IN (
        SELECT programme, business_day, transaction_id
        FROM semarak.rejection_changes
        WHERE status = 'rejected' AND reason = 'too_late' AND cause = transaction_id)
    GROUP BY
        programme, business_day, transaction_id, source_partition, member_id, type, tenant_id, amount, currency,
        occurred_at, original_id
)
ARRAY JOIN offsets AS source_offset
WHERE source_offset > first_offset;

-- Without those of copies that came after all memory of the first: it stands, or was refused itself.
CREATE OR REPLACE VIEW semarak.rejected_transactions AS
SELECT
    r.programme AS programme,
    nullIf(r.member_id, '') AS member_id,
    r.transaction_id AS transaction_id,
    r.reason AS reason,
    r.business_day AS business_day,
    r.occurred_at AS occurred_at,
    r.content AS content
FROM
(
    SELECT
        programme,
        business_day,
        transaction_id,
        content,
        argMax(c.member_id, (c.source_offset, c.ordinal)) AS member_id,
        argMax(c.status, (c.source_offset, c.ordinal)) AS status,
        argMax(c.reason, (c.source_offset, c.ordinal)) AS reason,
        argMax(c.occurred_at, (c.source_offset, c.ordinal)) AS occurred_at
    FROM semarak.rejection_changes AS c
    WHERE NOT (c.status = 'rejected' AND c.reason = 'too_late' AND c.cause = c.transaction_id)
        OR (c.source_partition, c.source_offset) NOT IN (
            SELECT source_partition, source_offset FROM semarak.late_copies)
    GROUP BY programme, business_day, transaction_id, content
) AS r
WHERE r.status = 'rejected';

-- The first record under each id of a history: of a member, or of a till's business day of anonymous sales, in which
-- a refund or void lies with what it names.
CREATE OR REPLACE VIEW semarak.first_corrections AS
SELECT
    programme,
    business_day,
    transaction_id,
    member_id,
    history,
    argMin(c.type, c.source_offset) AS type,
    argMin(c.original_id, c.source_offset) AS original_id,
    argMin(c.occurred_at, c.source_offset) AS occurred_at,
    argMin(c.received_at, c.source_offset) AS received_at
FROM
(
    SELECT
        *,
        if(member_id != '', member_id, arrayStringConcat(arraySlice(splitByChar('/', original_id), 1, 2), '/')) AS history
    FROM semarak.transaction_records
    WHERE type != 'sale'
) AS c
GROUP BY programme, business_day, transaction_id, member_id, history;

-- What is known of each id that a refund or void names: a tuple (history, type, of a member, refused) for each history.
CREATE OR REPLACE VIEW semarak.named_originals AS
SELECT
    programme,
    transaction_id,
    groupArray((history, type, member_id != '', refused)) AS found
FROM
(
    SELECT
        r.programme AS programme,
        r.transaction_id AS transaction_id,
        r.member_id AS member_id,
        if(r.member_id != '', r.member_id, arrayStringConcat(arraySlice(
            splitByChar('/', if(r.original_id = '', r.transaction_id, r.original_id)), 1, 2), '/')) AS history,
        argMin(r.type, r.source_offset) AS type,
        max((r.programme, r.transaction_id, r.member_id) IN (
            SELECT programme, transaction_id, ifNull(member_id, '')
            FROM semarak.rejected_transactions
            WHERE reason != 'conflict')) AS refused
    FROM semarak.transaction_records AS r
    WHERE (r.programme, r.business_day, r.transaction_id) IN (
        SELECT
            programme,
            assumeNotNull(toDate32OrNull(splitByChar('/', original_id)[2])),
            original_id
        FROM semarak.transaction_records
        WHERE type != 'sale' AND toDate32OrNull(splitByChar('/', original_id)[2]) IS NOT NULL)
    GROUP BY programme, transaction_id, member_id, history
)
GROUP BY programme, transaction_id;

-- Records that wait for another, which may never come: they change nothing, or grant nothing, and are not refused.
-- reason: original_missing (what a refund or void names is not in the log), original_refused, original_is_no_sale
-- (a refund names a refund or void), member_missing (a correction without a member of a member's sale), other_member
-- (a correction of a sale that is another member's, or nobody's), other_till (without a member a void reaches its
-- refund only where both lie with the same till and day), not_enrolled (a sale of a member who is not enrolled).
-- A refund that is voided waits no more. Sales without a member are not here: no record is to come for them.
CREATE OR REPLACE VIEW semarak.waiting_records AS
SELECT
    w.programme AS programme,
    w.transaction_id AS transaction_id,
    w.type AS type,
    w.reason AS reason,
    nullIf(w.member_id, '') AS member_id,
    nullIf(w.original_id, '') AS original_id,
    w.business_day AS business_day,
    w.occurred_at AS occurred_at,
    w.received_at AS waiting_since,
    greatest(0, dateDiff('second', w.received_at, now64(3, 'UTC'))) AS waiting_seconds
FROM
(
    SELECT
        c.programme AS programme,
        c.transaction_id AS transaction_id,
        toString(c.type) AS type,
        c.member_id AS member_id,
        c.original_id AS original_id,
        c.business_day AS business_day,
        c.occurred_at AS occurred_at,
        c.received_at AS received_at,
        arrayFirst(f -> f.1 = c.history, o.found) AS own,
        multiIf(
            empty(o.found), 'original_missing',
            own.1 = '' AND c.member_id = '' AND arrayExists(f -> f.3, o.found), 'member_missing',
            own.1 = '' AND c.member_id = '', 'other_till',
            own.1 = '', 'other_member',
            own.4, 'original_refused',
            c.type = 'refund' AND own.2 != 'sale', 'original_is_no_sale',
            '') AS reason
    FROM semarak.first_corrections AS c
    LEFT JOIN semarak.named_originals AS o ON o.programme = c.programme AND o.transaction_id = c.original_id
    WHERE (c.programme, c.transaction_id, c.member_id) NOT IN (
            SELECT programme, transaction_id, ifNull(member_id, '')
            FROM semarak.rejected_transactions
            WHERE reason != 'conflict')
        AND (c.type != 'refund' OR (c.programme, c.transaction_id, c.history) NOT IN (
            SELECT programme, original_id, history
            FROM semarak.first_corrections
            WHERE type = 'void' AND (programme, transaction_id, member_id) NOT IN (
                SELECT programme, transaction_id, ifNull(member_id, '')
                FROM semarak.rejected_transactions
                WHERE reason != 'conflict')))
    UNION ALL
    SELECT
        programme,
        transaction_id,
        'sale',
        member_id,
        '',
        business_day,
        any(p.sold_at),
        min(p.received_at),
        ('', '', 0, 0),
        'not_enrolled'
    FROM semarak.sale_postings AS p
    WHERE p.has_member AND (p.programme, p.member_id) NOT IN (SELECT programme, member_id FROM semarak.member_enrolments)
    GROUP BY programme, business_day, transaction_id, member_id
    HAVING sum(p.remaining_change) > 0
) AS w
WHERE w.reason != '';

-- Ids under which sales stand for more than one member, or for a member and nobody: one payment is counted twice. The
-- gateway refuses the second as long as it remembers the first; each member's history sees only its own.
CREATE OR REPLACE VIEW semarak.shared_transaction_ids AS
SELECT
    programme,
    transaction_id,
    count() AS sales,
    arraySort(groupArrayIf(member_id, member_id != '')) AS member_ids,
    sum(remaining) AS remaining,
    max(received_at) AS shared_since
FROM
(
    SELECT
        programme,
        business_day,
        transaction_id,
        member_id,
        sum(p.remaining_change) AS remaining,
        min(p.received_at) AS received_at
    FROM semarak.sale_postings AS p
    WHERE (p.programme, p.business_day, p.transaction_id) IN (
        SELECT programme, business_day, transaction_id
        FROM semarak.transaction_records
        WHERE type = 'sale'
        GROUP BY programme, business_day, transaction_id
        HAVING min(member_id) != max(member_id))
    GROUP BY programme, business_day, transaction_id, member_id
    HAVING remaining > 0
)
GROUP BY programme, business_day, transaction_id
HAVING sales > 1;

CREATE OR REPLACE VIEW semarak.members AS
SELECT
    e.programme AS programme,
    e.member_id AS member_id,
    e.enrolled_at AS enrolled_at,
    c.activated_at AS activated_at,
    coalesce(nullIf(u.tier, ''), nullIf(c.tier, ''), 'none') AS tier,
    coalesce(l.points, 0) AS points,
    coalesce(nullIf(p.gender, ''), 'unknown') AS gender,
    p.birth_date AS birth_date,
    coalesce(nullIf(p.zone, ''), 'unknown') AS zone
FROM semarak.member_enrolments AS e
LEFT JOIN
(
    SELECT
        programme,
        member_id,
        argMaxIf(tuple(m.activated_at), (m.source_offset, m.ordinal), m.type != 'tier_changed').1 AS activated_at,
        argMaxIf(m.to_tier, (m.source_offset, m.ordinal), m.type = 'tier_changed') AS tier
    FROM semarak.membership_changes AS m
    GROUP BY programme, member_id
) AS c ON c.programme = e.programme AND c.member_id = e.member_id
LEFT JOIN
(
    SELECT programme, member_id, argMax(o.to_tier, (o.last_day, o.step)) AS tier
    FROM semarak.untold_tier_endings AS o
    GROUP BY programme, member_id
) AS u ON u.programme = e.programme AND u.member_id = e.member_id
LEFT JOIN
(
    SELECT programme, member_id, sum(l.points) AS points
    FROM semarak.points_ledger AS l
    WHERE member_id != ''
    GROUP BY programme, member_id
) AS l ON l.programme = e.programme AND l.member_id = e.member_id
LEFT JOIN semarak.member_profiles AS p ON p.programme = e.programme AND p.member_id = e.member_id;
