import { useId, useState, type ReactNode } from 'react';
import type { Row } from '../api/reports.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ReportCard } from '../parts/card.tsx';
import { ChangeText } from '../parts/change-text.tsx';
import { Segmented } from '../parts/segmented.tsx';
import { useSelection } from '../selection/selection.tsx';
import {
  areComparable,
  categoryShareMin,
  fallShareMin,
  judgeTenants,
  type Judgement,
} from '../tenants/judgement.ts';
import { orderTenants, tenantFits, type Order, type SortKey } from '../tenants/order.ts';

const rowsShownFirst = 15;

type Tenant = Row<'report_tenants'> & { readonly judgement: Judgement };

const judged = (rows: readonly Row<'report_tenants'>[]): Tenant[] => {
  const judgements = judgeTenants(rows);
  return rows.map((row) => ({ ...row, judgement: judgements.get(row.tenant_id) ?? 'steady' }));
};

export function TenantTable() {
  const { m, format } = useLanguage();
  const { period } = useSelection();
  return (
    <ReportCard
      report="report_tenants"
      title={m.tenantsTitle}
      lead={m.tenantsLead(m.before[period])}
      select={(rows) => rows.filter((row) => row.period === period)}
    >
      {(rows) => (
        <>
          <Tenants tenants={judged(rows)} />
          <p className="hint">
            {areComparable(rows)
              ? m.tenantsRule(format.percent(fallShareMin))
              : m.tenantsRuleAlone(format.percent(categoryShareMin))}
          </p>
        </>
      )}
    </ReportCard>
  );
}

function Tenants({ tenants }: { tenants: readonly Tenant[] }) {
  const { m, format } = useLanguage();
  const [order, setOrder] = useState<Order>({ by: 'spend', direction: 'descending' });
  const [only, setOnly] = useState<'all' | 'busy' | 'promote'>('all');
  const [text, setText] = useState('');
  const [isWhole, setIsWhole] = useState(false);
  const id = useId();
  const count = (judgement: Judgement) =>
    format.count(tenants.filter((tenant) => tenant.judgement === judgement).length);
  const found = orderTenants(
    tenants.filter((tenant) => only === 'all' || tenant.judgement === only),
    order,
  ).filter((tenant) => tenantFits(tenant, text));
  const shown = isWhole ? found : found.slice(0, rowsShownFirst);
  const spendMax = Math.max(...tenants.map(({ spend }) => spend), 1);
  return (
    <>
      <div className="table-tools">
        <Segmented
          label={m.filter}
          value={only}
          options={[
            { value: 'all', label: `${m.all} ${format.count(tenants.length)}` },
            { value: 'busy', label: `${m.busy} ${count('busy')}` },
            { value: 'promote', label: `${m.promote} ${count('promote')}` },
          ]}
          onChange={setOnly}
        />
        <div className="field">
          <label htmlFor={`${id}-find`} className="only-heard">
            {m.find}
          </label>
          <input
            id={`${id}-find`}
            type="search"
            placeholder={m.findHint}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      </div>
      <table className="data tenants">
        <caption className="only-heard">{m.tenantsTitle}</caption>
        <TenantHead order={order} onOrder={setOrder} />
        <tbody>
          {shown.map((tenant) => (
            <TenantRow
              key={tenant.tenant_id}
              tenant={tenant}
              spendMax={spendMax}
              change={areComparable(tenants) ? 'shown' : 'hidden'}
            />
          ))}
        </tbody>
      </table>
      {found.length === 0 && <p className="empty">{m.noTenantFound}</p>}
      {found.length > rowsShownFirst && (
        <button type="button" className="quiet more" onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? m.showFewer : m.showAll(format.count(found.length))}
        </button>
      )}
    </>
  );
}

function TenantHead({ order, onOrder }: { order: Order; onOrder: (order: Order) => void }) {
  const { m } = useLanguage();
  const column = (by: SortKey, label: string, kind: 'text' | 'number') => (
    <th
      scope="col"
      className={`${kind} of-${by}`}
      {...(order.by === by ? { 'aria-sort': order.direction } : {})}
    >
      <button
        type="button"
        title={m.sortBy(label)}
        onClick={() => {
          const isTurned = order.by === by && order.direction === 'descending';
          onOrder({ by, direction: isTurned ? 'ascending' : 'descending' });
        }}
      >
        {label}
        <i aria-hidden="true" />
      </button>
    </th>
  );
  return (
    <thead>
      <tr>
        {column('name', m.tenant, 'text')}
        {column('spend', m.spend, 'number')}
        {column('visits', m.visits, 'number')}
        {column('members', m.membersWhoBought, 'number')}
        {column('status', m.status, 'text')}
      </tr>
    </thead>
  );
}

function TenantRow(props: {
  tenant: Tenant;
  spendMax: number;
  /** Where no tenant has anything before, there is nothing to say of it. */
  change: 'shown' | 'hidden';
}) {
  const { tenant, spendMax, change } = props;
  const { m, format } = useLanguage();
  const { currency } = useSelection().programme;
  const exact = (column: keyof Tenant, shown: ReactNode) => (
    <data value={String(tenant[column])} data-column={column}>
      {shown}
    </data>
  );
  return (
    <tr data-row={tenant.tenant_id}>
      <th scope="row" className="text">
        {tenant.name}
        <small>
          {tenant.category} · {tenant.floor}
        </small>
        {/* On a phone the status stands here; its column is hidden then. */}
        <span className={`badge ${tenant.judgement}`}>{m[tenant.judgement]}</span>
      </th>
      <td className="number of-spend">
        {exact('spend', format.money(tenant.spend, currency))}
        {change === 'shown' && <Change now={tenant.spend} before={tenant.previous_spend} />}
        <span className="meter" aria-hidden="true">
          <i style={{ width: `${(100 * tenant.spend) / spendMax}%` }} />
        </span>
      </td>
      <td className="number">
        {exact('visits', format.count(tenant.visits))}
        {change === 'shown' && <Change now={tenant.visits} before={tenant.previous_visits} />}
      </td>
      <td className="number of-members">{exact('members', format.count(tenant.members))}</td>
      <td className="text of-status">
        <span className={`badge ${tenant.judgement}`}>{m[tenant.judgement]}</span>
      </td>
    </tr>
  );
}

function Change({ now, before }: { now: number; before: number }) {
  return (
    <small>
      <ChangeText now={now} before={before} />
    </small>
  );
}
