import { HourMap } from './hour-map.tsx';
import { TenantTable } from './tenant-table.tsx';

/** Who sells, who needs help, and when people come. */
export function Tenants() {
  return (
    <div className="cards">
      <TenantTable />
      <HourMap />
    </div>
  );
}
