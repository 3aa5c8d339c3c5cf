-- The tables of a generation: all facts lie in a database of their own, `semarak_1` first, and when they are
-- made again from the log in the next, `semarak_2`. Nobody reads them by that name: `semarak` has a view
-- for each table, over the generation that `semarak.generation` names.
--
-- What the projector writes: one table for each kind of fact, append-only, one row for a record of
-- the log. (source_partition, source_offset, ordinal) is where the record comes from: for the tables
-- of `transactions` and `members` its own place there, for derived events the place of their cause
-- (loyalty-events: in `transactions`; reward-events: in `entitlements`). A fact is never updated; what
-- stands now is computed by the views of 30-relations.sql. Of a member's enrolments only the first counts and of
-- its profiles the newest, so of these ClickHouse keeps that one alone, and writing one again changes nothing.
--
-- A table is partitioned by the month of the business day that is part of a transaction id, so that
-- all facts about one entity lie in one partition. The projector works out the same month.
--
-- non_replicated_deduplication_window: how many of the newest blocks of a table ClickHouse knows the
-- token of. A block is repeated only after a crash or an answer that did not come, while the other
-- input partitions go on: 10,000 blocks are seven minutes of inserts at 24 a second into one table
-- (8 partitions, 3 rounds a second), far longer than Kafka needs to give a partition to another owner.
-- An entry costs about 100 bytes of memory. The projector does not rely on it alone: it counts the
-- rows of a range that was interrupted before it writes any. Where writing again changes nothing no window is
-- kept: without a token ClickHouse knows a block by its rows (`deduplicate_insert`, on since 26.1, whatever
-- `insert_deduplicate` says), and it notes a block before the rows are in place, so that one killed between the
-- two would take the same rows for known when they come again, and have none.
--
-- An empty string stands for "none" here, so that nothing in a sorting key is Nullable; the views
-- say NULL.

CREATE TABLE IF NOT EXISTS {facts:Identifier}.transaction_records
(
    programme LowCardinality(String),
    transaction_id String,
    type LowCardinality(String),
    terminal_id LowCardinality(String),
    tenant_id LowCardinality(String),
    member_id String,
    business_day Date32,
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    amount Int64,
    currency LowCardinality(String),
    original_id String,
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (programme, business_day, transaction_id, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000;

-- Rows of one day were mostly received on it, so that those received on another day are found without reading
-- the rest: what came late. A part from before is read whole.
ALTER TABLE {facts:Identifier}.transaction_records
    ADD INDEX IF NOT EXISTS received received_at TYPE minmax GRANULARITY 1;

-- The earliest of a member's enrolments.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.member_enrolments
(
    programme LowCardinality(String),
    member_key UInt64 DEFAULT sipHash64(member_id) COMMENT 'quicker to compare than member_id',
    earliness Int64 DEFAULT -toUnixTimestamp64Milli(enrolled_at),
    member_id String,
    enrolled_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = ReplacingMergeTree(earliness)
ORDER BY (programme, member_key);

-- A table from before has a window.
ALTER TABLE {facts:Identifier}.member_enrolments MODIFY SETTING non_replicated_deduplication_window = 0;

-- The publications of a programme's versions: each is there once for each partition of `transactions`, and again
-- when it was written again. A table from before has the name of what is read of it.
RENAME TABLE IF EXISTS {facts:Identifier}.programme_versions TO {facts:Identifier}.programme_publications;

CREATE TABLE IF NOT EXISTS {facts:Identifier}.programme_publications
(
    programme LowCardinality(String),
    version UInt32,
    name String,
    effective_from String COMMENT 'YYYY-MM-DDTHH:MM in time_zone',
    time_zone LowCardinality(String),
    currency LowCardinality(String),
    published_at DateTime64(3, 'UTC'),
    tenants Array(Tuple(tenant_id String, name String, category String, floor String)),
    tiers Array(Tuple(tier String, month_spend Int64)) COMMENT 'upwards, with the spend of a month that reaches each',
    gifts Array(Tuple(campaign String, gift String, edition String, month String, stock Int64)) COMMENT 'month: YYYY-MM',
    points_expire_after_months UInt16 COMMENT '0: never; a lot earned in a month is good through that many more',
    tier_months Array(Int64) COMMENT 'through how many more months each of tiers is kept; 0: forever',
    utc_offsets Array(Tuple(from_day Int64, minutes Int64)) COMMENT 'of the clock at the first midnight of each month from a day on, in days since 1970',
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
ORDER BY (programme, version, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000;

-- A table from before has its rows without them until they are made again.
ALTER TABLE {facts:Identifier}.programme_publications
    ADD COLUMN IF NOT EXISTS tiers Array(Tuple(tier String, month_spend Int64)) AFTER tenants,
    ADD COLUMN IF NOT EXISTS gifts Array(Tuple(campaign String, gift String, edition String, month String, stock Int64))
        AFTER tiers,
    ADD COLUMN IF NOT EXISTS points_expire_after_months UInt16 AFTER gifts,
    ADD COLUMN IF NOT EXISTS tier_months Array(Int64) AFTER points_expire_after_months,
    ADD COLUMN IF NOT EXISTS utc_offsets Array(Tuple(from_day Int64, minutes Int64)) AFTER tier_months;

-- Every business day up to and including this one is over; once for each partition of `transactions`.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.business_days_closed
(
    programme LowCardinality(String),
    business_day Date32,
    closed_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
ORDER BY (programme, business_day, source_partition, source_offset)
SETTINGS non_replicated_deduplication_window = 10000;

-- The newest of a member's profiles, without name and address, which never leave the topic `members`.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.member_profiles
(
    programme LowCardinality(String),
    member_key UInt64 DEFAULT sipHash64(member_id) COMMENT 'quicker to compare than member_id',
    member_id String,
    gender LowCardinality(String),
    birth_date Nullable(Date32),
    birth_day UInt32 DEFAULT ifNull(toYYYYMMDD(birth_date), 0) COMMENT 'YYYYMMDD, 0 unknown: quicker to compare',
    zone LowCardinality(String),
    received_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = ReplacingMergeTree(source_offset)
ORDER BY (programme, member_key);

-- A table from before has a window, and computes the birth day when it is read.
ALTER TABLE {facts:Identifier}.member_profiles MODIFY SETTING non_replicated_deduplication_window = 0;
ALTER TABLE {facts:Identifier}.member_profiles
    ADD COLUMN IF NOT EXISTS birth_day UInt32 DEFAULT ifNull(toYYYYMMDD(birth_date), 0) AFTER birth_date;

-- What remains of a sale and what it earns, each time it changes, with the change: the points ledger
-- and every later rollup are sums over it.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.sale_postings
(
    programme LowCardinality(String),
    programme_version UInt32,
    transaction_id String COMMENT 'the sale',
    member_id String,
    tenant_id LowCardinality(String),
    category LowCardinality(String) COMMENT 'of the tenant, by the version that decided',
    business_day Date32,
    sold_at DateTime64(3, 'UTC'),
    amount Int64,
    remaining Int64,
    remaining_change Int64,
    first_in_category UInt8 COMMENT 'among the sales of the member that stand: 1 of its business day, 2 of its month too, 3 of its year too',
    first_in_category_change Int8,
    points Int64,
    points_change Int64,
    balance Int64 COMMENT 'of the member, after this',
    tickets UInt32,
    gift LowCardinality(String),
    parking Bool,
    cause String COMMENT 'the record that made the change: the sale itself, a refund, a void, a member',
    occurred_at DateTime64(3, 'UTC') COMMENT 'of the cause',
    received_at DateTime64(3, 'UTC') COMMENT 'of the cause',
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (programme, business_day, transaction_id, member_id, source_offset, ordinal)
SETTINGS non_replicated_deduplication_window = 10000;

-- Rows that are deleted by hand leave the sums too.
ALTER TABLE {facts:Identifier}.sale_postings MODIFY SETTING lightweight_mutation_projection_mode = 'rebuild';

-- What reports sum of a posting. A sale stands as long as something of it remains, and what a posting changes
-- of that is linear. So are the firsts: of the sales of a member in a day, month or year one is the first, and
-- whoever sums up what became a first and what ceased to be one counts each member once. Columns of their own,
-- so that the sums below are recognised as those of a query.
--
-- A projection lies in each part together with its rows: it appears with them, is merged with them and cannot
-- say anything else than they do, whatever is killed when. ClickHouse reads it by itself for a query with
-- these columns and sums.
ALTER TABLE {facts:Identifier}.sale_postings
    ADD COLUMN IF NOT EXISTS has_member Bool DEFAULT member_id != '',
    ADD COLUMN IF NOT EXISTS standing_change Int8 DEFAULT (remaining > 0) - (remaining - remaining_change > 0),
    ADD COLUMN IF NOT EXISTS day_customers_change Int8
        DEFAULT (first_in_category >= 1) - (first_in_category - first_in_category_change >= 1),
    ADD COLUMN IF NOT EXISTS month_customers_change Int8
        DEFAULT (first_in_category >= 2) - (first_in_category - first_in_category_change >= 2),
    ADD COLUMN IF NOT EXISTS year_customers_change Int8
        DEFAULT (first_in_category >= 3) - (first_in_category - first_in_category_change >= 3),
    ADD PROJECTION IF NOT EXISTS tenant_days
    (
        SELECT
            programme,
            business_day,
            tenant_id,
            category,
            has_member,
            count(),
            sum(standing_change),
            sum(remaining_change),
            sum(day_customers_change),
            sum(month_customers_change),
            sum(year_customers_change)
        GROUP BY programme, business_day, tenant_id, category, has_member
    );

-- The members who have bought something, in the periods of the reports: +1 when a sale becomes the first of its
-- member in its day, month or year, -1 when it ceases to be. A posting makes as many rows as it changes periods, all
-- with its place. The period is in the key, so that nothing is read of one that is not asked for; a year is a partition, since
-- few parts are quicker to look through than many.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.member_firsts
(
    programme LowCardinality(String),
    period Enum8('today' = 1, 'month_to_date' = 2, 'year_to_date' = 3) COMMENT 'as the reports call it',
    business_day Date32,
    member_id String EPHEMERAL,
    member_key UInt64 DEFAULT sipHash64(member_id) COMMENT 'as in member_profiles',
    change Int8,
    source_partition UInt16,
    source_offset Int64 CODEC(Delta, LZ4),
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYear(business_day)
ORDER BY (programme, period, business_day)
SETTINGS non_replicated_deduplication_window = 10000;

-- Points that expired at the end of a month, and each change of what has expired of a lot: a sale of
-- it that came late, was refunded or voided. With the postings it makes the points ledger.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.point_expiries
(
    programme LowCardinality(String),
    programme_version UInt32,
    member_id String,
    last_day Date32 COMMENT 'on which the lot was good; with the member it names the lot',
    points Int64 COMMENT 'of the lot that have expired',
    points_change Int64 COMMENT 'of the balance',
    balance Int64 COMMENT 'of the member, after this',
    cause String COMMENT 'the record that made it known',
    occurred_at DateTime64(3, 'UTC') COMMENT 'the end of last_day',
    received_at DateTime64(3, 'UTC') COMMENT 'of the cause',
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(last_day)
ORDER BY (programme, member_id, last_day, source_offset, ordinal)
SETTINGS non_replicated_deduplication_window = 10000;

-- Activations, deactivations and tier changes in one table: they come together, and a table more is
-- an insert more in every round.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.membership_changes
(
    programme LowCardinality(String),
    programme_version UInt32,
    member_id String,
    type LowCardinality(String) COMMENT 'activated, deactivated, tier_changed',
    activated_at Nullable(DateTime64(3, 'UTC')),
    activated_by String COMMENT 'the sale; empty when enrolment did',
    from_tier LowCardinality(String),
    to_tier LowCardinality(String),
    reason LowCardinality(String),
    cause String,
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
ORDER BY (programme, member_id, source_partition, source_offset, ordinal)
SETTINGS non_replicated_deduplication_window = 10000;

ALTER TABLE {facts:Identifier}.membership_changes ADD COLUMN IF NOT EXISTS activated_by String AFTER activated_at;

CREATE TABLE IF NOT EXISTS {facts:Identifier}.parking_changes
(
    programme LowCardinality(String),
    programme_version UInt32,
    transaction_id String,
    member_id String,
    business_day Date32,
    status LowCardinality(String) COMMENT 'granted, withdrawn',
    cause String,
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (programme, business_day, transaction_id, member_id, source_offset, ordinal)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS {facts:Identifier}.rejection_changes
(
    programme LowCardinality(String),
    programme_version UInt32,
    transaction_id String COMMENT 'the record refused',
    content Int64 COMMENT 'digest that tells records of one id apart',
    member_id String,
    business_day Date32 COMMENT 'of the transaction id',
    status LowCardinality(String) COMMENT 'rejected, withdrawn',
    reason LowCardinality(String),
    cause String,
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (programme, business_day, transaction_id, content, source_partition, source_offset, ordinal)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS {facts:Identifier}.draw_ticket_changes
(
    programme LowCardinality(String),
    programme_version UInt32,
    draw LowCardinality(String),
    number Int64,
    member_id String,
    transaction_id String,
    ticket UInt32 COMMENT '0, 1 … among the tickets of the sale',
    business_day Date32 COMMENT 'of the transaction id',
    status LowCardinality(String) COMMENT 'issued, voided',
    cause String,
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (programme, draw, number, source_partition, source_offset, ordinal)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS {facts:Identifier}.gift_changes
(
    programme LowCardinality(String),
    programme_version UInt32,
    campaign LowCardinality(String),
    gift LowCardinality(String),
    edition LowCardinality(String),
    gift_id String,
    member_id String,
    transaction_id String,
    business_day Date32 COMMENT 'of the transaction id',
    status LowCardinality(String) COMMENT 'earned, unavailable, returned, claimed',
    stock_left Int64,
    cause String,
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    source_partition UInt16,
    source_offset Int64,
    ordinal UInt16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (programme, campaign, gift_id, source_partition, source_offset, ordinal)
SETTINGS non_replicated_deduplication_window = 10000;
