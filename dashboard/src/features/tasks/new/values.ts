import * as z from 'zod/mini';
import type { NewTask, Priority, Task } from '@/api/types';

/** The form as it is written: text, as inputs give it. */
export interface FormValues {
  prompt: string;
  title: string;
  repository: string;
  ref: string;
  model: string;
  maxTurns: string;
  /** Dollars. */
  budget: string;
  /** Minutes. */
  timeout: string;
  priority: Priority;
  /** With commas between. */
  tags: string;
  maxAttempts: string;
  /** `YYYY-MM-DDTHH:mm` in the browser's zone. */
  notBefore: string;
}

export const EMPTY: FormValues = {
  prompt: '',
  title: '',
  repository: '',
  ref: '',
  model: '',
  maxTurns: '',
  budget: '',
  timeout: '60',
  priority: 'normal',
  tags: '',
  maxAttempts: '3',
  notBefore: '',
};

const MAX_PROMPT_BYTES = 150 * 1024;
const bytes = (text: string) => new TextEncoder().encode(text).length;

const within = (min: number, max: number, whole: boolean) => (text: string) => {
  if (text.trim() === '') return true;
  const value = Number(text);
  return value >= min && value <= max && (!whole || Number.isInteger(value));
};
const numeric = (min: number, max: number, message: string, whole = true) =>
  z.string().check(z.refine(within(min, max, whole), message));

/** What can be said without asking the server. What only it knows comes back as a problem with the field's name. */
export const formSchema = z.object({
  prompt: z.string().check(
    z.refine((text) => text.trim() !== '', 'Say what is to be done.'),
    z.refine((text) => bytes(text) <= MAX_PROMPT_BYTES, 'A prompt has at most 150 KiB.'),
  ),
  title: z.string().check(z.maxLength(200, 'A title has at most 200 characters.')),
  repository: z
    .string()
    .check(
      z.refine(
        (url) => url.trim() === '' || /^(?:https|file):\/\/\S+$/.test(url.trim()),
        'An address that starts with https://.',
      ),
    ),
  ref: z.string(),
  model: z.string().check(z.maxLength(100, 'At most 100 characters.')),
  maxTurns: numeric(1, 1000, 'Between 1 and 1,000.'),
  budget: numeric(0.01, 10_000, 'Between $0.01 and $10,000.', false),
  timeout: numeric(1, 1440, 'Between 1 minute and 24 hours (1,440).', false),
  priority: z.enum(['urgent', 'high', 'normal', 'low']),
  tags: z.string().check(z.refine((text) => splitTags(text).length <= 20, 'At most 20 tags.')),
  maxAttempts: numeric(1, 10, 'Between 1 and 10.'),
  notBefore: z.string(),
});

const splitTags = (text: string) => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];
const given = (text: string) => text.trim() || undefined;
const numberOf = (text: string, factor = 1) => (text.trim() ? Math.round(Number(text) * factor) : undefined);

/** What the API is asked for. What is empty is left out, so that the server's defaults hold. */
export function toNewTask(values: FormValues): NewTask {
  const url = given(values.repository);
  const ref = given(values.ref);
  const tags = splitTags(values.tags);
  return defined({
    prompt: values.prompt,
    title: given(values.title),
    repository: url && { url, ...(ref ? { ref } : {}) },
    model: given(values.model),
    max_turns: numberOf(values.maxTurns),
    budget_usd_micros: numberOf(values.budget, 1e6),
    timeout_s: numberOf(values.timeout, 60),
    priority: values.priority,
    tags: tags.length > 0 ? tags : undefined,
    max_attempts: numberOf(values.maxAttempts),
    not_before: values.notBefore ? new Date(values.notBefore).toISOString() : undefined,
  });
}

function defined<T extends { prompt: string }>(task: T): NewTask {
  return Object.fromEntries(Object.entries(task).filter(([, value]) => value !== undefined)) as unknown as NewTask;
}

/** The form of a task that was there before: the same again, to be changed. Its time has passed. */
export function fromTask(task: Task): FormValues {
  const spec = task.spec;
  if (!spec) return EMPTY;
  const text = (value: number | null | undefined, divisor = 1) => (value == null ? '' : String(value / divisor));
  return {
    ...EMPTY,
    prompt: spec.prompt,
    // A title that is the prompt's first line is made again from what the prompt becomes.
    title: spec.prompt.startsWith(task.title) ? '' : task.title,
    repository: spec.repository?.url ?? '',
    ref: spec.repository?.ref ?? '',
    model: spec.model ?? '',
    maxTurns: text(spec.max_turns),
    budget: text(spec.budget_usd_micros, 1e6),
    timeout: text(spec.timeout_s, 60),
    priority: task.priority,
    tags: task.tags.join(', '),
    maxAttempts: String(task.max_attempts),
  };
}

const FIELDS: Record<string, keyof FormValues> = {
  prompt: 'prompt',
  title: 'title',
  repository: 'repository',
  'repository.url': 'repository',
  'repository.ref': 'ref',
  model: 'model',
  max_turns: 'maxTurns',
  budget_usd_micros: 'budget',
  timeout_s: 'timeout',
  priority: 'priority',
  tags: 'tags',
  max_attempts: 'maxAttempts',
  not_before: 'notBefore',
};

/** The input that shows what a problem says of a field: `tags[3]` is the tags' input. */
export const inputOf = (field: string): keyof FormValues | undefined => FIELDS[field.replace(/\[\d+\].*$/, '')];
