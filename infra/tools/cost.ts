// Prints the cost table of docs/DEPLOY.md: approximate list prices of us-east-1, in dollars.

const HOURS = 730; // of a month
const TASKS_PER_HOUR = [0, 100, 1000, 10_000];

/** What a task is taken to be. */
const TASK = {
  hours: 5 / 60,
  vcpu: 1,
  gb: 2,
  posts: 60, // of its runner, for 200 events
  calls: 20, // of people and programs, for a task
  followers: 1,
  logGb: 200e-6,
  fileGb: 1e-3,
  rowGb: 200e-6,
};

interface Line {
  readonly name: string;
  /** A month, whether it is used or not. */
  readonly idle: number;
  /** A month in which it is used, if that is another sum. */
  readonly used?: number;
  /** A task. */
  readonly task: number;
  readonly formula: string;
}

const calls = TASK.posts + TASK.calls;
const pushes = TASK.posts * TASK.followers;

const LINES: readonly Line[] = [
  {
    name: 'Fargate, arm64, on demand',
    idle: 0,
    task: TASK.hours * (TASK.vcpu * 0.03238 + TASK.gb * 0.00356),
    formula: '5 min × (1 vCPU × 0.03238/h + 2 GB × 0.00356/h)',
  },
  { name: 'Public IPv4', idle: 0, task: TASK.hours * 0.005, formula: '5 min × 0.005/h' },
  {
    name: 'Lambda, arm64',
    idle: 43_800 * (0.2e-6 + 0.05 * 0.25 * 13.3334e-6),
    task: calls * (0.2e-6 + 0.03 * 0.25 * 13.3334e-6),
    formula: '80 calls × (0.20/million + 30 ms × 256 MB × 0.0000133334/GB-s); idle: the ticks, 50 ms each',
  },
  { name: 'HTTP API', idle: 0, task: calls * 1e-6, formula: '80 requests × 1.00/million' },
  {
    name: 'WebSocket API',
    idle: 0,
    task: pushes * 1e-6 + TASK.followers * 5 * 0.25e-6,
    formula: '60 pushes × 1.00/million + 5 min × 0.25/million, for each follower',
  },
  {
    name: 'SQS',
    idle: 5 * 3 * 60 * HOURS * 0.4e-6,
    task: 6 * 0.4e-6,
    formula: '6 calls × 0.40/million; idle: 5 pollers × 3 looks/min',
  },
  {
    name: 'DynamoDB',
    idle: 43_800 * 8 * 0.125e-6,
    task: 100 * 0.625e-6 + 100 * 0.125e-6 + TASK.rowGb * (0.25 + 0.2),
    formula:
      '100 writes × 0.625/million + 100 reads × 0.125/million + 200 KB × (0.25 + 0.20 recovery)/GB; idle: 8 reads a tick',
  },
  {
    name: 'S3',
    idle: 0,
    task: 4 * 5e-6 + TASK.fileGb * 0.023,
    formula: '4 PUT × 0.005/1,000 + 1 MB × 0.023/GB, first month',
  },
  { name: 'Logs', idle: 0.01, task: TASK.logGb * 0.5, formula: '200 KB × 0.50/GB' },
  { name: 'Traffic out', idle: 0, task: TASK.fileGb * 0.09, formula: '1 MB × 0.09/GB' },
  { name: 'KMS', idle: 1, task: 10 * 3e-6, formula: '1 key; 10 calls × 0.03/10,000' },
  { name: 'Secrets Manager', idle: 4 * 0.4, task: 5e-6, formula: '4 secrets × 0.40; 1 read × 0.05/10,000' },
  { name: 'Alarms', idle: 22 * 0.1, task: 0, formula: '15 alarms over 22 metrics × 0.10 (the first 10 are free)' },
  {
    name: 'Own metrics',
    idle: 2 * 0.3,
    used: 25 * 0.3,
    task: 0,
    formula: '25 × 0.30 (the first 10 are free); idle: the 2 that the ticks say',
  },
  { name: 'Image', idle: 0.28 * 0.1, task: 0, formula: '280 MB × 0.10/GB for each of at most 10 images' },
];

export function table(): string {
  const dollars = (amount: number): string =>
    amount >= 100 ? Math.round(amount).toLocaleString('en-US') : amount === 0 ? '0' : amount.toFixed(2);
  const month = ({ idle, used = idle, task }: Omit<Line, 'name' | 'formula'>): string[] =>
    TASKS_PER_HOUR.map((rate) => dollars(rate === 0 ? idle : used + task * rate * HOURS));
  const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const sum = {
    idle: LINES.reduce((total, { idle }) => total + idle, 0),
    used: LINES.reduce((total, { idle, used = idle }) => total + used, 0),
    task: LINES.reduce((total, { task }) => total + task, 0),
  };
  return [
    row(['a month', 'idle', ...TASKS_PER_HOUR.slice(1).map((rate) => `${rate.toLocaleString('en-US')}/h`), 'formula']),
    '|---|--:|--:|--:|--:|---|',
    ...LINES.map((line) => row([line.name, ...month(line), line.formula])),
    row(['**together**', ...month(sum).map((cell) => `**${cell}**`), `${sum.task.toFixed(5)} a task`]),
  ].join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) console.log(table());
