-- What reports sum, summed up as facts come in: views that ClickHouse runs over every block inserted into a
-- table of facts. They lie in the generation with their facts, and everything in them can be recounted
-- from these.
--
-- source_partition is part of the key although no report asks for it: whoever owns a source partition is
-- the only one who writes its rows, so that they can be compared with the facts and corrected while the
-- other partitions go on.

-- Each tenant's business days. A sale stands as long as something of it remains; what a posting changes of
-- that is linear, so sums of changes are the sales and the spend that stand now.
CREATE TABLE IF NOT EXISTS {facts:Identifier}.tenant_days
(
    programme LowCardinality(String),
    business_day Date32,
    tenant_id LowCardinality(String),
    source_partition UInt16,
    postings UInt64 COMMENT 'rows of sale_postings',
    member_postings UInt64 COMMENT 'those of sales with a member',
    member_sales Int64 COMMENT 'sales with a member that stand',
    member_spend Int64 COMMENT 'what remains of them',
    sales Int64 COMMENT 'sales that stand, with a member or without',
    spend Int64 COMMENT 'what remains of them'
)
ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(business_day)
ORDER BY (programme, business_day, tenant_id, source_partition)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS {facts:Identifier}.tenant_days_of_postings TO {facts:Identifier}.tenant_days AS
SELECT
    programme,
    business_day,
    tenant_id,
    source_partition,
    count() AS postings,
    countIf(member_id != '') AS member_postings,
    sumIf(toInt64(remaining > 0) - toInt64(remaining - remaining_change > 0), member_id != '') AS member_sales,
    sumIf(remaining_change, member_id != '') AS member_spend,
    sum(toInt64(remaining > 0) - toInt64(remaining - remaining_change > 0)) AS sales,
    sum(remaining_change) AS spend
FROM {facts:Identifier}.sale_postings
GROUP BY programme, business_day, tenant_id, source_partition;
