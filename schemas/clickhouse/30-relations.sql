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

CREATE OR REPLACE VIEW semarak.points_ledger AS
SELECT
    programme,
    member_id,
    toNullable(transaction_id) AS transaction_id,
    points_change AS points,
    balance,
    if(points_change > 0, 'earned', 'reversed') AS kind,
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
    e.occurred_at AS occurred_at,
    programme_version,
    cause,
    source_partition,
    source_offset,
    ordinal
FROM semarak.point_expiries AS e;

CREATE OR REPLACE VIEW semarak.tier_changes AS
SELECT
    programme,
    member_id,
    from_tier,
    to_tier,
    -- A transaction id has slashes, a member id has none; a month's end has no transaction.
    if(position(cause, '/') > 0 AND reason != 'month_closed', cause, NULL) AS transaction_id,
    occurred_at,
    reason,
    programme_version,
    cause,
    source_partition,
    source_offset,
    ordinal
FROM semarak.membership_changes
WHERE type = 'tier_changed';

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
    coalesce(nullIf(c.tier, ''), 'none') AS tier,
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
    SELECT programme, member_id, sum(l.points) AS points
    FROM semarak.points_ledger AS l
    WHERE member_id != ''
    GROUP BY programme, member_id
) AS l ON l.programme = e.programme AND l.member_id = e.member_id
LEFT JOIN semarak.member_profiles AS p ON p.programme = e.programme AND p.member_id = e.member_id;
