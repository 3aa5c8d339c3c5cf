import { BarChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use as register, type EChartsType } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { ChartOption } from './options.ts';

register([BarChart, GridComponent, TooltipComponent, SVGRenderer]);

/** Draws with ECharts, and draws changes into what is there. Hidden from screen readers. */
export default function Drawing({ option, height }: { option: ChartOption; height: number }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  useEffect(() => {
    if (place.current === null) return;
    const own = init(place.current, null, { renderer: 'svg' });
    chart.current = own;
    const watch = new ResizeObserver(() => own.resize());
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      own.dispose();
      chart.current = undefined;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(option, { replaceMerge: ['series'] });
  }, [option]);
  return <Sized place={place} height={height} />;
}

/** The height is set on the element itself, which the page's security policy allows. */
function Sized({
  place,
  height,
}: {
  place: React.RefObject<HTMLDivElement | null>;
  height: number;
}) {
  return <div ref={place} className="drawing" aria-hidden="true" style={{ height }} />;
}
