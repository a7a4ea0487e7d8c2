/** A value for every label, by name. */
export type LabelValues<L extends string> = Readonly<Record<L, string>>;

/** What stands above the samples, and in the reference. */
export interface MetricAbout<L extends string = string> {
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  /** In the order they are printed. Never a person, a key or an id: every value is a series that is kept for ever. */
  readonly labels?: readonly L[];
}

export interface MetricDescription extends MetricAbout {
  readonly type: 'counter' | 'gauge' | 'histogram';
}

export interface Counter<L extends string> {
  add(labels: LabelValues<L>, by?: number): void;
  /** For a total that something else counts. */
  setTotal(labels: LabelValues<L>, total: number): void;
}

export interface Gauge<L extends string> {
  set(labels: LabelValues<L>, value: number): void;
  add(labels: LabelValues<L>, by?: number): void;
  /** Forgets every series: what is not set again has vanished. */
  clear(): void;
}

export interface Histogram<L extends string> {
  observe(labels: LabelValues<L>, value: number): void;
}

export interface MetricRegistry {
  counter<L extends string = never>(about: MetricAbout<L>): Counter<L>;
  gauge<L extends string = never>(about: MetricAbout<L>): Gauge<L>;
  /** `buckets`: upper bounds, ascending, without infinity. */
  histogram<L extends string = never>(
    about: MetricAbout<L> & { readonly buckets: readonly number[] },
  ): Histogram<L>;
  /** Called before every exposition: for what is worked out only when somebody asks. */
  onCollect(collect: () => void): void;
  describe(): MetricDescription[];
  /** Prometheus' text format, version 0.0.4. */
  expose(): string;
}

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Seconds; from a request answered from memory to one that waits for a change. */
export const DURATION_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

interface Family {
  readonly description: MetricDescription;
  readonly samples: () => string[];
}

export function createMetricRegistry(): MetricRegistry {
  const families: Family[] = [];
  const collectors: (() => void)[] = [];

  const add = (family: Family) => {
    const { name } = family.description;
    if (families.some(({ description }) => description.name === name))
      throw new Error(`there is a metric ${name} already`);
    families.push(family);
  };

  const values = <L extends string>(type: 'counter' | 'gauge', about: MetricAbout<L>) => {
    const series = new Map<string, number>();
    const { name } = about;
    add({
      description: { ...describe(about), type },
      samples: () => [...series].map(([labels, value]) => sample(name, labels, value)),
    });
    return {
      series,
      set: (labels: LabelValues<L>, value: number) =>
        void series.set(labelText(about.labels ?? [], labels), value),
      add: (labels: LabelValues<L>, by = 1) => {
        const key = labelText(about.labels ?? [], labels);
        series.set(key, (series.get(key) ?? 0) + by);
      },
    };
  };

  return {
    counter(about) {
      const { add: count, set } = values('counter', about);
      return { add: count, setTotal: set };
    },
    gauge(about) {
      const { series, add: count, set } = values('gauge', about);
      return { set, add: count, clear: () => series.clear() };
    },
    histogram(about) {
      const { observe, samples } = createBuckets(about);
      add({ description: { ...describe(about), type: 'histogram' }, samples });
      return { observe: (labels, value) => observe(labelText(about.labels ?? [], labels), value) };
    },
    onCollect: (collect) => void collectors.push(collect),
    describe: () => families.map(({ description }) => description),
    expose() {
      for (const collect of collectors) collect();
      return families
        .flatMap(({ description: { name, help, type }, samples }) => [
          `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
          `# TYPE ${name} ${type}`,
          ...samples(),
        ])
        .map((line) => `${line}\n`)
        .join('');
    },
  };
}

function describe({ name, help, labels = [] }: MetricAbout): MetricAbout {
  return { name, help, labels };
}

/** The buckets of one histogram, by label text. They are cumulative: each counts all below its bound. */
function createBuckets({ name, buckets }: MetricAbout & { readonly buckets: readonly number[] }) {
  const series = new Map<string, { counts: number[]; count: number; sum: number }>();
  return {
    observe: (labels: string, value: number): void => {
      const known = series.get(labels) ?? { counts: buckets.map(() => 0), count: 0, sum: 0 };
      series.set(labels, known);
      for (const [at, bound] of buckets.entries())
        if (value <= bound) known.counts[at] = (known.counts[at] ?? 0) + 1;
      known.count++;
      known.sum += value;
    },
    samples: () =>
      [...series].flatMap(([labels, { counts, count, sum }]) => [
        ...buckets.map((bound, at) => sample(`${name}_bucket`, withBound(labels, bound), counts[at] ?? 0)),
        sample(`${name}_bucket`, withBound(labels, Infinity), count),
        sample(`${name}_sum`, labels, sum),
        sample(`${name}_count`, labels, count),
      ]),
  };
}

function withBound(labels: string, bound: number): string {
  return `${labels}${labels === '' ? '' : ','}le="${printNumber(bound)}"`;
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${printNumber(value)}`;
}

function labelText<L extends string>(names: readonly L[], values: LabelValues<L>): string {
  return names.map((name) => `${name}="${escapeLabel(values[name])}"`).join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function printNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
