-- What each relation of the contract and its columns are, for tools that show it. Times are UTC, amounts whole
-- numbers of the currency's smallest unit. Run behind every view, since making a view anew drops its comments.

ALTER TABLE semarak.programmes
    MODIFY COMMENT 'One row for each programme, as its newest published version says',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN version 'Number of the newest published version',
    COMMENT COLUMN name 'Name of the programme',
    COMMENT COLUMN effective_from 'From when on the version is in force: YYYY-MM-DDTHH:MM in time_zone',
    COMMENT COLUMN time_zone 'IANA time zone of the mall',
    COMMENT COLUMN currency 'ISO 4217 code of all amounts';

ALTER TABLE semarak.tenants
    MODIFY COMMENT 'Tenants of the newest version of each programme',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN tenant_id 'Id of the tenant',
    COMMENT COLUMN name 'Name of the tenant',
    COMMENT COLUMN category 'Category of the tenant',
    COMMENT COLUMN floor 'Floor of the mall';

ALTER TABLE semarak.transactions
    MODIFY COMMENT 'Records of terminals as they came: sales, refunds and voids, repeats and refused ones too',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN transaction_id 'terminalId/businessDay/sequence',
    COMMENT COLUMN type 'sale, refund or void',
    COMMENT COLUMN terminal_id 'The till',
    COMMENT COLUMN member_id 'The member; NULL for a sale without one',
    COMMENT COLUMN tenant_id 'The tenant; NULL where the record names none',
    COMMENT COLUMN category 'Category of the tenant by the newest version that names it',
    COMMENT COLUMN business_day 'Trading date of the till, in the mall''s time zone',
    COMMENT COLUMN occurred_at 'When it happened at the till',
    COMMENT COLUMN received_at 'When the gateway accepted it',
    COMMENT COLUMN amount 'Amount in the smallest unit of currency; 0 for a void',
    COMMENT COLUMN currency 'ISO 4217 code',
    COMMENT COLUMN original_id 'Of a refund or void: the transaction that it is about',
    COMMENT COLUMN source_partition 'Partition of the record in the topic transactions',
    COMMENT COLUMN source_offset 'Offset of the record in its partition';

ALTER TABLE semarak.sales
    MODIFY COMMENT 'One row for each accepted sale, with what remains of it after refunds and voids',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN transaction_id 'terminalId/businessDay/sequence',
    COMMENT COLUMN member_id 'The member; NULL for a sale without one',
    COMMENT COLUMN tenant_id 'The tenant',
    COMMENT COLUMN category 'Category of the tenant by the version that decided',
    COMMENT COLUMN business_day 'Trading date of the till, in the mall''s time zone; it decides the month',
    COMMENT COLUMN occurred_at 'When it happened at the till',
    COMMENT COLUMN amount 'Amount of the sale when it was made',
    COMMENT COLUMN remaining 'Amount less accepted refunds; 0 when voided or wholly refunded',
    COMMENT COLUMN points 'Points that it earns for what remains',
    COMMENT COLUMN programme_version 'Version in force at occurred_at';

ALTER TABLE semarak.points_ledger
    MODIFY COMMENT 'Every change of a member''s points; a member''s balance is the sum of points',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN member_id 'The member',
    COMMENT COLUMN business_day 'Trading date of the sale; of expired points the day after their last',
    COMMENT COLUMN transaction_id 'The sale; NULL where there is none, as when points expire',
    COMMENT COLUMN points 'Change of the balance, negative when points are taken',
    COMMENT COLUMN balance 'Balance after the change; negative for a debt',
    COMMENT COLUMN kind 'earned, reversed, expired, redeemed, restored or adjusted',
    COMMENT COLUMN occurred_at 'When what caused the change happened',
    COMMENT COLUMN programme_version 'Version in force that decided',
    COMMENT COLUMN cause 'The record that made the change: the sale itself, a refund, a void …',
    COMMENT COLUMN source_partition 'Partition of the cause in its topic',
    COMMENT COLUMN source_offset 'Offset of the cause',
    COMMENT COLUMN ordinal 'Number of the change among those of one cause';

ALTER TABLE semarak.tier_changes
    MODIFY COMMENT 'Every change of a member''s tier, in the order in which they were decided',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN member_id 'The member',
    COMMENT COLUMN business_day 'Trading date of the transaction that made the change; NULL without one',
    COMMENT COLUMN from_tier 'Tier before; none for a member who is not active',
    COMMENT COLUMN to_tier 'Tier after',
    COMMENT COLUMN transaction_id 'The transaction that caused it; NULL at the end of a month',
    COMMENT COLUMN occurred_at 'When it takes effect',
    COMMENT COLUMN reason 'Why the tier changed',
    COMMENT COLUMN programme_version 'Version in force that decided',
    COMMENT COLUMN cause 'The record that made the change',
    COMMENT COLUMN source_partition 'Partition of the cause in its topic',
    COMMENT COLUMN source_offset 'Offset of the cause',
    COMMENT COLUMN ordinal 'Number of the change among those of one cause';

ALTER TABLE semarak.draw_tickets
    MODIFY COMMENT 'One row for each number of a lucky draw, as it is now',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN draw 'The lucky draw',
    COMMENT COLUMN number 'Number of the ticket: 1, 2, 3 … without a gap',
    COMMENT COLUMN member_id 'The member who holds it',
    COMMENT COLUMN transaction_id 'The sale that it was given for',
    COMMENT COLUMN status 'issued or voided; a voided number is never issued again',
    COMMENT COLUMN business_day 'Business day of the sale',
    COMMENT COLUMN issued_at 'When it was issued';

ALTER TABLE semarak.gifts
    MODIFY COMMENT 'One row for each gift of a sale, as it is now',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN campaign 'The gift''s stock',
    COMMENT COLUMN gift_id 'Id of the gift',
    COMMENT COLUMN gift 'What it is',
    COMMENT COLUMN edition 'Edition of the month',
    COMMENT COLUMN member_id 'The member',
    COMMENT COLUMN transaction_id 'The sale that it was given for',
    COMMENT COLUMN status 'earned, unavailable (stock gone), returned, or claimed (handed over and then withdrawn)',
    COMMENT COLUMN business_day 'Business day of the sale';

ALTER TABLE semarak.parking_grants
    MODIFY COMMENT 'Free parking of a sale, as it is now',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN member_id 'The member',
    COMMENT COLUMN transaction_id 'The sale that gave it',
    COMMENT COLUMN business_day 'Business day of the sale',
    COMMENT COLUMN status 'granted or withdrawn';

ALTER TABLE semarak.rejected_transactions
    MODIFY COMMENT 'Records that were refused and still are',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN member_id 'The member; NULL for a record without one',
    COMMENT COLUMN transaction_id 'Id of the refused record',
    COMMENT COLUMN reason 'conflict, no_programme_in_force, too_late, sale_voided or refund_exceeds_sale',
    COMMENT COLUMN business_day 'Business day of the id',
    COMMENT COLUMN occurred_at 'When it happened at the till',
    COMMENT COLUMN content 'Digest that tells records of one id apart';

ALTER TABLE semarak.members
    MODIFY COMMENT 'One row for each enrolled member, without name and address',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN member_id 'Number on the card or in the app',
    COMMENT COLUMN enrolled_at 'When the member was enrolled',
    COMMENT COLUMN activated_at 'When the membership became active; NULL until then',
    COMMENT COLUMN tier 'Membership level now; none until active',
    COMMENT COLUMN points 'Balance of points; negative for a debt',
    COMMENT COLUMN gender 'unknown without a profile',
    COMMENT COLUMN birth_date 'NULL without a profile',
    COMMENT COLUMN zone 'Where the member lives; unknown without a profile';

ALTER TABLE semarak.report_average_spending_by_category
    MODIFY COMMENT 'Report: net spend by distinct member who bought in a category. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_transactions_by_category
    MODIFY COMMENT 'Report: transactions by category. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_active_members_by_zone
    MODIFY COMMENT 'Report: members with a sale that stands, by zone. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_active_members_by_gender
    MODIFY COMMENT 'Report: members with a sale that stands, by gender. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_active_members_by_age
    MODIFY COMMENT 'Report: members with a sale that stands, by age at as_of. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_new_members
    MODIFY COMMENT 'Report: members enrolled in each period. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_tenants
    MODIFY COMMENT 'Report: spend and visits of each tenant and the period before. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_hours_by_category
    MODIFY COMMENT 'Report: transactions by hour of the mall''s day. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_waiting_records
    MODIFY COMMENT 'Report: records that wait for another, by reason. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_new_members_by_day
    MODIFY COMMENT 'Report: members enrolled on each day of the year. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_tier_movement_by_month
    MODIFY COMMENT 'Report: changes of tier by month of the year. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_points
    MODIFY COMMENT 'Report: points given, redeemed, expired and outstanding. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_tickets_by_day
    MODIFY COMMENT 'Report: numbers of draws by business day. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_gifts_by_day
    MODIFY COMMENT 'Report: gifts by business day. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_gift_stock
    MODIFY COMMENT 'Report: stock of the month''s gifts. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_members_near_next_tier
    MODIFY COMMENT 'Report: members near their next tier. Parameters: programme, as_of (date)';
ALTER TABLE semarak.report_member_groups
    MODIFY COMMENT 'Report: recency, frequency and value of members by group. Parameters: programme, as_of (date)';
ALTER TABLE semarak.member_value
    MODIFY COMMENT 'Recency, frequency and value of each member. Parameters: programme, as_of (date)';
ALTER TABLE semarak.programme_in_force MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.member_activation MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.tenant_members MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.tenants_between MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.hours_between MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.month_buyers MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.tenant_details MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.tenant_categories MODIFY COMMENT 'Step of the reports: not for queries, may change';
ALTER TABLE semarak.tenant_days MODIFY COMMENT 'Step of the reports: not for queries, may change';

ALTER TABLE semarak.programme_versions
    MODIFY COMMENT 'One row for each published version of a programme',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN version 'Number of the version',
    COMMENT COLUMN name 'Name of the programme',
    COMMENT COLUMN effective_from 'From when on it is in force: YYYY-MM-DDTHH:MM in time_zone',
    COMMENT COLUMN time_zone 'IANA time zone of the mall',
    COMMENT COLUMN currency 'ISO 4217 code of all amounts',
    COMMENT COLUMN published_at 'When it was published',
    COMMENT COLUMN tenants 'Tenants with name, category and floor',
    COMMENT COLUMN tiers 'Tiers upwards, with the spend of a month that reaches each',
    COMMENT COLUMN gifts 'Gifts with edition, month (YYYY-MM) and stock',
    COMMENT COLUMN points_expire_after_months 'A lot of a month is good through that many more; 0: forever',
    COMMENT COLUMN tier_months 'Through how many more months each of tiers is kept; 0: forever',
    COMMENT COLUMN utc_offsets 'Of the mall''s clock when months begin: from a day (since 1970) on, minutes ahead of UTC',
    COMMENT COLUMN source_partition 'Partition of the record in the topic transactions',
    COMMENT COLUMN source_offset 'Offset of the record in its partition';

ALTER TABLE semarak.waiting_records
    MODIFY COMMENT 'Records that wait for another, which may never come: they change or grant nothing and are not refused',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN transaction_id 'terminalId/businessDay/sequence',
    COMMENT COLUMN type 'sale, refund or void',
    COMMENT COLUMN reason 'original_missing, original_refused, original_is_no_sale, member_missing, other_member, other_till, not_enrolled',
    COMMENT COLUMN member_id 'The member; NULL for a record without one',
    COMMENT COLUMN original_id 'What a refund or void names; NULL for a sale',
    COMMENT COLUMN business_day 'Trading date of the till, in the mall''s time zone',
    COMMENT COLUMN occurred_at 'When it happened at the till',
    COMMENT COLUMN waiting_since 'When it was received',
    COMMENT COLUMN waiting_seconds 'How long that is ago';

ALTER TABLE semarak.shared_transaction_ids
    MODIFY COMMENT 'Ids under which sales stand for more than one member: one payment is counted twice or more',
    COMMENT COLUMN programme 'Id of the programme',
    COMMENT COLUMN transaction_id 'terminalId/businessDay/sequence',
    COMMENT COLUMN sales 'How many stand',
    COMMENT COLUMN member_ids 'Of those that have a member',
    COMMENT COLUMN remaining 'What remains of them together',
    COMMENT COLUMN shared_since 'When the last of them was received';

ALTER TABLE semarak.late_copies MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.first_corrections MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.named_originals MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.point_entries MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.expiring_versions MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.closed_months MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.untold_expiries MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.month_beginnings MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.tier_steps MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.ending_versions MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.kept_tiers MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.tier_endings MODIFY COMMENT 'Step of the relations: not for queries, may change';

ALTER TABLE semarak.untold_tier_endings MODIFY COMMENT 'Step of the relations: not for queries, may change';
