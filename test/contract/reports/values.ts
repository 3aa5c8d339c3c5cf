import { isoDate } from '@semarak/schemas';
import { day } from './mall.ts';
import type { MallRecount } from './recount.ts';
import { groups, salesOf, sum, within, type Row } from './sales.ts';

/** The table of Bloomreach Engagement's RFM segmentation. */
export const groupCodes: Readonly<Record<string, string>> = {
  champions: '555 554 544 545 454 455 445',
  loyal: '543 444 435 355 354 345 344 335',
  potential_loyalists:
    '553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323',
  new: '512 511 422 421 412 411 311',
  promising: '525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313',
  need_attention: '535 534 443 434 343 334 325 324',
  about_to_sleep: '331 321 312 221 213 231 241 251',
  at_risk:
    '255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124',
  cannot_lose: '155 154 144 214 215 115 114 113',
  hibernating: '332 322 233 232 223 222 132 123 122 212 211',
  lost: '111 112 121 131 141 151',
};

/** The rows of the views of members' value. */
export function valueFigures(recount: MallRecount, asOf: string): Record<string, Row[]> {
  const last = day(asOf);
  const sales = salesOf(recount).filter(({ businessDay }) =>
    within(businessDay, [last - 364, last]),
  );
  const buyers = groups(
    sales.filter(({ memberId }) => memberId !== null),
    ({ memberId }) => memberId ?? '',
  ).map(([memberId, of]) => ({
    memberId,
    lastDay: Math.max(...of.map(({ businessDay }) => businessDay)),
    sales: of.length,
    spend: sum(of.map(({ remaining }) => remaining)),
  }));
  const scoreOf = (buyer: (typeof buyers)[number], by: 'lastDay' | 'sales' | 'spend') =>
    1 + Math.floor((5 * buyers.filter((other) => other[by] < buyer[by]).length) / buyers.length);
  const valued = buyers.map((buyer) => {
    const scores = [
      scoreOf(buyer, 'lastDay'),
      scoreOf(buyer, 'sales'),
      scoreOf(buyer, 'spend'),
    ] as const;
    const code = scores.join('');
    const group = Object.keys(groupCodes).find((name) => groupCodes[name]?.includes(code));
    return { buyer, scores, group: group ?? '' };
  });
  return {
    member_value: valued.map(({ buyer, scores, group }) => ({
      member_id: buyer.memberId,
      last_day: isoDate(buyer.lastDay),
      recency_days: last - buyer.lastDay,
      sales: buyer.sales,
      spend: buyer.spend,
      recency_score: scores[0],
      frequency_score: scores[1],
      monetary_score: scores[2],
      member_group: group,
    })),
    report_member_groups: groups(valued, ({ group }) => group).map(([group, of]) => {
      const spend = sum(of.map(({ buyer }) => buyer.spend));
      return {
        member_group: group,
        members: of.length,
        sales: sum(of.map(({ buyer }) => buyer.sales)),
        spend,
        average_spending: spend / of.length,
        average_recency_days: sum(of.map(({ buyer }) => last - buyer.lastDay)) / of.length,
      };
    }),
  };
}
